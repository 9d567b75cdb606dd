import numpy as np
import pytest

from core.lenses.learning_rate import Finding
from explorer.charts.learning_rate import ceiling, finder_chart, finder_tables
from explorer.theme import LIGHT


def made_up(losses, **more) -> Finding:
    exponents = np.linspace(-3, 0, len(losses))
    smooth = np.where(np.isfinite(losses), losses, np.nan).astype(np.float64)
    read = {"lowest": -1.0, "steepest": -2.9, "start": -1.5, "end": -0.5, "exploded": None}
    return Finding(exponents, np.asarray(losses, np.float32), smooth, **(read | more))


def test_every_loss_is_drawn_once():
    """Below the edge as a dot, above it as a mark, one that is no number as a word."""
    finding = made_up([3.0, 2.9, 2.5, 2.0, 2.2, 40.0, np.inf], exploded=0.0)
    tables = finder_tables(finding, reading=-1.0, low=-3, high=0)
    assert tables["raw"]["loss"].to_pylist() == pytest.approx([3.0, 2.9, 2.5, 2.0, 2.2])
    assert tables["beyond"]["exponent"].to_pylist() == [-0.5, 0.0]
    assert tables["beyond"]["what"].to_pylist() == [None, "Inf"]
    assert tables["raw"]["lr"].to_pylist()[0] == pytest.approx(1e-3)
    assert tables["anchors"]["loss"].to_pylist()[1] == ceiling(finding) == pytest.approx(4.8)
    assert tables["smooth"].num_rows == 5


def test_marks_lie_on_the_curve_and_names_within_the_picture():
    tables = finder_tables(made_up(np.linspace(3, 2, 7)), reading=-1.2, low=-3, high=0)
    lowest = dict(zip(tables["marks"]["label"].to_pylist(), tables["marks"]["loss"].to_pylist(), strict=True))["lowest"]
    assert lowest == pytest.approx(3 - 2 / 3)
    assert tables["marks"]["align"].to_pylist()[0] == "left", "there is no room at the left edge"
    assert tables["reading"].to_pylist() == [
        {"exponent": -1.2, "label": "your reading 0.063", "align": "right", "dx": -6}
    ]
    inner = finder_tables(made_up(np.linspace(3, 2, 7), steepest=-1.5), reading=-1.2, low=-3, high=0)
    assert inner["marks"]["align"].to_pylist()[0] == "right"


def test_of_a_loss_that_hardly_falls_nothing_is_marked():
    flat = made_up([2.1, 2.08, 2.06, 2.05, 2.06, 2.3, 3.0])
    tables = finder_tables(flat, reading=-1.0, low=-3, high=0)
    assert flat.flat
    assert tables["marks"].num_rows == tables["valley"].num_rows == 0
    assert tables["reading"].num_rows == 1
    assert tables["raw"].num_rows + tables["beyond"].num_rows == 7


def test_the_spec_is_constant():
    assert finder_chart(LIGHT).to_dict() == finder_chart(LIGHT).to_dict()
