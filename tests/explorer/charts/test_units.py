"""Unit maps and BatchNorm statistics hold what the frame holds."""

import json

import numpy as np

from explorer.charts.units import norm_chart, norm_tables, unit_map, unit_tables
from explorer.theme import LIGHT


def test_white_is_beyond_the_threshold():
    tanh = np.zeros((4, 3))
    tanh[1, 2], tanh[2, 2], tanh[0, 0] = 0.98, -0.98, 0.9
    cells = unit_tables(np.round(tanh * 127).astype(np.int8), "Tanh")["cells"].to_pandas()
    white = cells[cells.state == "saturated"]
    assert len(cells) == 12
    assert sorted(zip(white.example, white.unit, strict=True)) == [(2, 3), (3, 3)]


def test_a_unit_is_dead_when_all_examples_are_saturated():
    tanh = np.zeros((4, 3))
    tanh[:, 1] = [1, -1, 1, -1]
    tanh[:3, 2] = 1
    assert unit_tables(np.round(tanh * 127).astype(np.int8), "Tanh")["dead"]["unit"].to_pylist() == [2]


def test_of_a_relu_white_is_zero_and_dead_are_units_that_are_always_zero():
    values = np.array([[0, 5, 127], [0, 0, 1], [0, 60, -128]], np.int8)
    tables = unit_tables(values, "ReLU")
    cells = tables["cells"].to_pandas()
    off, on = "zero", "above zero"
    assert list(cells.state) == [off, on, on, off, off, on, off, on, "not a number"]
    assert cells.value[2] == 1
    assert tables["dead"]["unit"].to_pylist() == [1]


def test_nan_is_a_colour_of_its_own():
    values = np.zeros((2, 2), np.int8)
    values[0] = [-128, -127]
    tables = unit_tables(values, "Tanh")
    assert tables["nans"].to_pylist() == [{"unit": 1, "example": 1}]
    assert tables["lost"].num_rows == 0
    states = tables["cells"]["state"].to_pylist()
    assert states == ["not a number", "saturated", "in range", "in range"]


def test_a_map_without_a_number_says_so_once():
    tables = unit_tables(np.full((32, 200), -128, np.int8), "Tanh")
    assert tables["nans"].num_rows == tables["dead"].num_rows == 0
    assert tables["lost"].to_pylist() == [
        {"unit": 100.5, "example": 16.5, "text": "✕  None of these 6,400 outputs is a number  ✕"}
    ]
    assert set(tables["cells"]["state"].to_pylist()) == {"not a number"}


def test_cells_lie_around_their_numbers_and_within_the_axes():
    tanh = np.ones((4, 3))
    tables = unit_tables(np.round(tanh * 127).astype(np.int8), "Tanh")
    assert tables["cells"].slice(4, 1).select(["unit", "left", "right", "example", "top", "bottom"]).to_pylist() == [
        {"unit": 2, "left": 1.5, "right": 2.5, "example": 2, "top": 1.5, "bottom": 2.5}
    ]
    anchors = tables["anchors"].to_pydict()
    for part in (tables["cells"].to_pandas(), tables["dead"].to_pandas()):
        assert part["left"].min() >= anchors["unit"][0]
        assert part["right"].max() <= anchors["unit"][1]
        assert part["top"].min() >= anchors["example"][0]
        assert part["bottom"].max() <= anchors["example"][1]


def test_norm_statistics_of_both_sources(make_frame):
    frame = make_frame()
    tables = norm_tables(frame.maps, "4.BatchNorm1d", "var")
    points = tables["points"].to_pandas()
    running = points[points.source == "running"].sort_values("unit").value
    assert np.allclose(running, frame.maps["4.BatchNorm1d.running_var"])
    assert len(points) == 2 * 68
    assert tables["anchors"]["value"].to_pylist() == [0.0, 1.0]


def test_the_bug_shows_as_statistics_for_each_position(make_frame):
    maps = {f"4.BatchNorm1d.{kind}_mean": np.arange(8.0).reshape(1, 4, 2) for kind in ("batch", "running")}
    points = norm_tables(maps, "4.BatchNorm1d", "mean")["points"].to_pandas()
    assert len(points) == 16
    assert set(points.group) == {1, 2, 3, 4}
    assert set(points.unit) == {1.0, 2.0}


def test_nan_statistics_do_not_break_the_scale():
    maps = {f"4.BatchNorm1d.{kind}_mean": np.full(3, np.nan) for kind in ("batch", "running")}
    tables = norm_tables(maps, "4.BatchNorm1d", "mean")
    assert tables["points"].num_rows == 0
    assert tables["nans"].num_rows == 6
    assert tables["anchors"]["value"].to_pylist() == [-1.0, 1.0]


def test_no_statistic_is_dropped():
    maps = {f"4.BatchNorm1d.{kind}_var": np.array([1.0, np.nan, np.inf, 0.5]) for kind in ("batch", "running")}
    tables = norm_tables(maps, "4.BatchNorm1d", "var")
    assert tables["points"]["unit"].to_pylist() == [1, 4, 1, 4]
    crosses = [(row["unit"], row["what"], row["value"]) for row in tables["nans"].to_pylist()]
    assert crosses == [(2, "NaN", 0), (3, "Inf", 0)] * 2


def test_specs_are_constant():
    for chart, options in ((unit_map, {"kind": "ReLU"}), (norm_chart, {"what": "mean"})):
        assert json.dumps(chart(LIGHT, **options).to_dict()) == json.dumps(chart(LIGHT, **options).to_dict())
