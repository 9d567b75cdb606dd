"""The pictures of the BatchNorm lab hold the numbers they are given, and take their axes from their anchors."""

import html
import re

import numpy as np
import pandas as pd
import pytest
import vl_convert

from core.lenses.batchnorm.convergence import WAYS, Convergence
from core.lenses.batchnorm.useless_bias import BIAS, WEIGHT
from core.lenses.initialisation.depth import TANH, expected, measured
from explorer.charts.depth import depth_chart, depth_tables
from explorer.charts.norm_company import MOVED, OTHERS, company_chart, company_tables
from explorer.charts.norm_convergence import excess_chart, excess_tables, statistic_chart, statistic_tables
from explorer.charts.norm_means import means_chart, means_tables
from explorer.charts.norm_mistakes import (
    PARAMETERS,
    company_spread,
    company_spread_tables,
    gradient_chart,
    gradient_tables,
)
from explorer.charts.norm_sizes import (
    noise_chart,
    noise_tables,
    size_loss_tables,
    size_losses,
    variance_chart,
    variance_tables,
)
from explorer.charts.state_curves import curve_tables, loss_curves
from explorer.theme import PALETTES

CHARTS = {
    company_chart: {"names": ("..e", ".em"), "title": "after"},
    statistic_chart: {"what": "mean"},
    excess_chart: {},
    size_losses: {},
    noise_chart: {},
    variance_chart: {},
    company_spread: {"characters": (".", "a")},
    gradient_chart: {"names": PARAMETERS},
    depth_chart: {"what": "gradients"},
    loss_curves: {"names": ("as is", "tanh")},
}


@pytest.fixture
def found() -> Convergence:
    rng = np.random.default_rng(0)
    mean, var = ({way: rng.random((3, 5)) for way in WAYS} for _ in range(2))
    return Convergence(np.array([1, 10, 100]), mean, var, {way: rng.random(3) + 2 for way in WAYS})


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.__name__)
@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_axes_come_from_anchors(chart, palette):
    vega = vl_convert.vegalite_to_vega(chart(palette, **CHARTS[chart]).to_dict())
    scales = {scale["name"]: scale for scale in vega["scales"]}
    assert {"x", "y"} <= scales.keys()
    for name in ("x", "y"):
        assert not isinstance(scales[name]["domain"], dict) or "signal" in scales[name]["domain"]


def test_company_says_who_moved_and_by_how_much():
    tables = company_tables(("..e", ".em", "emm"), np.array([0.0, 1, 2]), np.array([3.0, 0.5, 2]), 0, (-5.0, 5.0))
    rows = tables["points"].to_pylist()
    assert [row["who"] for row in rows] == [MOVED, OTHERS, OTHERS]
    assert [row["by"] for row in rows] == [3, -0.5, 0]
    assert tables["anchors"]["value"].to_pylist() == [-5, 5]


def test_a_word_s_own_characters_stay_text():
    """An apostrophe or a backslash in a name must not end the expression that writes it."""
    names = ("o'n", 'a"b', "c\\d")
    tables = company_tables(names, np.zeros(3), np.ones(3), 0, (-1.0, 1.0))
    spec = company_chart(PALETTES["light"], names=names, title="after").to_dict()
    spec["datasets"] = {name: table.to_pylist() for name, table in tables.items()}
    drawn = vl_convert.vegalite_to_svg(spec)
    assert all(text in html.unescape(drawn) for text in names)


def test_every_example_of_the_largest_batch_has_its_name():
    names = tuple(f"ex{n:02}" for n in range(12))
    spec = company_chart(PALETTES["light"], names=names, title="after", height=140).to_dict()
    spec["datasets"] = {
        name: table.to_pylist()
        for name, table in company_tables(names, np.zeros(12), np.ones(12), 0, (-1.0, 1.0)).items()
    }
    drawn = re.findall(r'opacity="1">(ex\d\d)<', vl_convert.vegalite_to_svg(spec))
    assert tuple(drawn) == names


def test_statistics_are_one_channel_s(found):
    rows = statistic_tables(found, "var", 3)["rows"].to_pandas()
    assert rows[rows.way == "running"].value.tolist() == found.var["running"][:, 3].tolist()
    assert rows.step.tolist() == [1, 10, 100] * 3


def test_excess_is_measured_from_calibrated_and_told_in_full(found):
    tables = excess_tables(found)
    rows = tables["rows"].to_pandas().set_index("way")
    assert (rows.loc["calibrated", "value"] == 0).all()
    assert np.allclose(rows.loc["batch", "value"], found.loss["batch"] - found.loss["calibrated"])
    assert rows.loc["batch", "said"].tolist() == found.loss["batch"].tolist()
    low, high = tables["anchors"]["value"].to_pylist()
    assert low < rows.value.min() < rows.value.max() < high


def test_means_have_a_cell_each_and_labels_with_shape_and_count():
    means = {"bug": np.arange(12.0).reshape(1, 4, 3), "right": np.ones((1, 1, 3))}
    tables = means_tables(means, size=32)
    assert tables["cells"].num_rows == 15
    assert tables["cells"]["count"].to_pylist() == [32] * 12 + [128] * 3
    assert tables["labels"]["text"].to_pylist() == [
        "dim 0, the bug: shape (1, 4, 3), each mean from 32 numbers",
        "dims (0, 1): shape (1, 1, 3), each mean from 128 numbers",
    ]
    for palette in PALETTES.values():
        assert means_chart(palette).to_dict()


def test_losses_by_size_keep_the_guide_inside():
    tables = size_loss_tables({2: 2.8, 4: 2.5}, 2.4)
    low, high = tables["anchors"]["loss"].to_pylist()
    assert low < 2.4 < 2.8 < high
    assert tables["guide"]["label"].to_pylist() == ["evaluation mode: 2.400"]


def test_noise_and_variance_lose_no_row():
    noise = pd.DataFrame({"way": ["bug", "right"], "size": 32, "count": [32, 128], "measured": 0.1, "theory": 0.2})
    tables = noise_tables(noise)
    assert tables["points"]["way"].to_pylist() == ["dim 0 (the bug)", "dims (0, 1)"]
    low, high = tables["anchors"]["measured"].to_pylist()
    assert low < 0.1 < 0.2 < high
    table = pd.DataFrame({"size": [2], "divisor": ["n"], "measured": [0.52], "error": [0.01], "theory": [0.5]})
    (row,) = variance_tables(table)["points"].to_pylist()
    assert (row["below"], row["above"]) == (0.5, 0.54)


def test_every_company_is_a_dot():
    tables = company_spread_tables(np.array([[0.2, 0.8], [0.4, 0.6]]), np.array([0.3, 0.7]), (".", "a"))
    assert tables["spread"]["probability"].to_pylist() == [0.2, 0.8, 0.4, 0.6]
    assert tables["alone"]["character"].to_pylist() == [".", "a"]
    assert tables["anchors"]["probability"].to_pylist() == [0, 1]


def test_a_gradient_of_exactly_zero_stands_at_the_lower_end():
    history = pd.DataFrame({"step": [1, 1], "parameter": [WEIGHT, BIAS], "gradient": [3e-3, 0.0], "moved": [0.0, 0.0]})
    tables = gradient_tables(history)
    assert tables["anchors"]["gradient"].to_pylist() == pytest.approx([1e-3, 1e-2])
    assert tables["rows"]["gradient"].to_pylist() == pytest.approx([3e-3, 1e-3])


def test_tables_fit_their_specs(found):
    """Every field that a spec draws is a column of one of its tables."""
    signals = {n: (measured(TANH, 1.0, 3, n, 20), expected(TANH, 1.0, 3, n)) for n in (False, True)}
    for chart, tables in (
        (statistic_chart, statistic_tables(found, "mean", 0)),
        (excess_chart, excess_tables(found)),
        (depth_chart, depth_tables(signals, "gradients")),
        (loss_curves, curve_tables({"as is": np.ones(200, np.float32)}, 3.3, 27)),
    ):
        columns = {name for table in tables.values() for name in table.column_names}
        assert fields(chart(PALETTES["light"], **CHARTS[chart]).to_dict()) <= columns


def fields(part) -> set[str]:
    """All fields that a spec names."""
    if isinstance(part, list):
        return set().union(*map(fields, part))
    if not isinstance(part, dict):
        return set()
    own = {part["field"]} if isinstance(part.get("field"), str) else set()
    return own.union(*map(fields, part.values()))
