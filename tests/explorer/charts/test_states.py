"""Curves, rows of histograms and saturation maps hold the numbers they are given."""

import json
import re

import numpy as np
import pytest
import vl_convert

from core.lenses.initialisation.depth import TANH, expected, measured
from explorer.charts.depth import NORMED, depth_chart, depth_tables
from explorer.charts.state_curves import apart_curves, apart_tables, curve_tables, loss_curves
from explorer.charts.state_rows import FILL, bin_tables, rows_of_bins, saturation, saturation_tables
from explorer.theme import LIGHT

NAMES = ("as is", "tanh")


def test_a_curve_is_window_means_and_its_first_loss():
    losses = {"as is": np.arange(1, 1001, dtype=np.float32), "tanh": np.ones(1000, np.float32)}
    tables = curve_tables(losses, 3.2958, 27)
    curve = tables["curves"].to_pandas().query("state == 'as is'")
    assert curve.step.tolist() == list(range(10, 1001, 10))
    assert curve.loss.iloc[0] == 5.5
    assert tables["first"].to_pylist()[0] == {"state": "as is", "step": 1, "loss": 1.0}
    assert tables["guide"].to_pylist() == [{"loss": 3.2958, "label": "all equally likely: −log(1/27) = 3.296"}]


def test_beside_one_state_the_noise_of_the_batches_falls_away():
    noise = np.random.default_rng(0).normal(3, 1, 1000)
    curves = apart_tables({"softmax": noise, "tanh": noise - 0.25}, "softmax")["curves"].to_pandas()
    assert np.allclose(curves.query("state == 'tanh'").loss, -0.25)
    assert not curves.query("state == 'softmax'").loss.any()
    assert curves.query("state == 'tanh'").step.tolist() == list(range(40, 1001, 40))


def test_the_axis_of_differences_has_a_plain_zero():
    tables = apart_tables({"softmax": np.ones(1000), "tanh": np.linspace(0.8, 1.2, 1000)}, "softmax")
    spec = apart_curves(LIGHT, names=("softmax", "tanh")).to_dict() | {"width": 400}
    spec["datasets"] = {name: table.to_pylist() for name, table in tables.items()}
    ticks = re.findall(r"<text[^>]*>([^<]*)</text>", vl_convert.vegalite_to_svg(spec))
    assert {"+0.1", "0", "−0.1"} <= set(ticks)
    assert "+0" not in ticks


def test_few_steps_are_drawn_one_by_one():
    tables = curve_tables({"as is": np.array([5, 4, 3], np.float32)}, 3.3, 27)
    assert tables["curves"]["loss"].to_pylist() == [5, 4, 3]


def test_rows_share_one_range_and_lose_no_number():
    rng = np.random.default_rng(0)
    values = {"as is": rng.normal(size=500) * 10, "tanh": rng.normal(size=300)}
    tables = bin_tables(values, guide=(0.5, "1/2"))
    bins = tables["bins"].to_pandas()
    assert bins.groupby("state")["count"].sum().to_dict() == {"as is": 500, "tanh": 300}
    assert np.allclose(bins.groupby("state").share.sum(), 1)
    assert np.ptp(bins.high - bins.low) < 1e-9
    assert (bins.bottom - bins.top).max() == pytest.approx(FILL)
    low, high = tables["anchors"]["low"].to_pylist()
    assert low <= values["as is"].min() < values["as is"].max() <= high
    assert tables["guide"].num_rows == 1


def test_on_its_own_scale_each_row_fills_the_axis_and_tells_its_numbers():
    values = {"as is": np.array([-40.0, 0, 40]), "tanh": np.array([-0.5, 0, 0.5])}
    bins = bin_tables(values, own=True)["bins"].to_pandas()
    assert bins.groupby("state").low.min().tolist() == [-1, -1]
    assert bins[bins.state == "as is"].range.iloc[0].startswith("-40 to ")
    assert bins[bins.state == "tanh"].range.iloc[0].startswith("-0.5 to ")


def test_white_cells_are_the_saturated_ones_and_dead_units_have_a_bar():
    hidden = {"as is": np.full((4, 3), 0.99), "tanh": np.zeros((4, 3))}
    hidden["as is"][0, 0] = 0.9
    tables = saturation_tables(hidden)
    cells = tables["cells"].to_pandas()
    assert len(cells) == 11
    assert set(cells.state) == {"as is"}
    assert tables["dead"]["unit"].to_pylist() == [2, 3]
    assert tables["grounds"]["share"].to_pylist() == [11 / 12, 0]


def test_no_saturated_cell_is_an_empty_table_with_types():
    cells = saturation_tables({"tanh": np.zeros((4, 3))})["cells"]
    assert cells.num_rows == 0
    assert str(cells.schema.field("unit").type) == "double"


def test_depth_holds_measured_beside_expected():
    signals = {n: (measured(TANH, 1.0, 3, n, 20), expected(TANH, 1.0, 3, n)) for n in (False, True)}
    tables = depth_tables(signals, "gradients")
    points = tables["points"].to_pandas()
    normed = points[points.norm == NORMED]
    assert normed.value.tolist() == signals[True][0].gradients.tolist()
    assert normed.expected.tolist() == signals[True][1].gradients.tolist()
    low, high = tables["anchors"]["value"].to_pylist()[:2]
    assert low <= normed.value.min() < normed.value.max() <= high


def test_specs_are_constant():
    for chart, options in (
        (loss_curves, {"names": NAMES}),
        (apart_curves, {"names": NAMES}),
        (rows_of_bins, {"names": NAMES, "title": "logit"}),
        (saturation, {"names": NAMES, "units": 200}),
        (depth_chart, {"what": "activations"}),
    ):
        assert json.dumps(chart(LIGHT, **options).to_dict()) == json.dumps(chart(LIGHT, **options).to_dict())


def test_a_loss_below_all_ticks_is_inside_the_axis():
    tables = curve_tables({"as is": np.array([20.0, 0.01], np.float32)}, 0.69, 2)
    low, high = tables["anchors"]["loss"].to_pylist()
    assert 0 < low < 0.01 < 20 < high
