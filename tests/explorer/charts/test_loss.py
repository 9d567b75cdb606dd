"""The loss picture: means as the course takes them, nothing hidden, axes that only grow."""

import math
import re

import numpy as np
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runs.info import Evaluation
from core.runs.watched import UNLOGGED
from core.training.config import RunConfig
from explorer.charts.loss import BAND, GAP, loss_chart
from explorer.charts.loss_blocks import POINTS, LossBlocks
from explorer.charts.loss_tables import LossSummary, Observed, loss_tables
from explorer.theme import DARK, LIGHT

CONFIG = RunConfig(model="Embedding(27, 10)", steps=200_000)


def losses_of(steps: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(1.5, 3.5, steps).astype(np.float32)


def test_the_smoothed_curve_is_the_course_s():
    """`torch.tensor(lossi).view(-1, 1000).mean(1)`, where lossi holds log10 of the losses."""
    losses = losses_of(5_000)
    smooth = loss_tables(LossSummary(losses), [], CONFIG, 1_000, log=True).smooth
    wanted = np.log10(losses.astype(np.float64)).reshape(-1, 1_000).mean(1)
    assert smooth["step"].to_pylist() == [1_000, 2_000, 3_000, 4_000, 5_000]
    assert smooth["value"].to_numpy() == pytest.approx(wanted)
    assert smooth["loss"].to_numpy() == pytest.approx(10**wanted)


def test_the_last_window_may_be_shorter():
    losses = losses_of(2_345)
    smooth = loss_tables(LossSummary(losses), [], CONFIG, 1_000, log=False).smooth
    assert smooth["steps"].to_pylist() == [1_000, 1_000, 345]
    assert smooth["value"].to_pylist()[-1] == pytest.approx(losses[2_000:].mean(dtype=np.float64))
    assert smooth["step"].to_pylist()[-1] == 2_345


@settings(max_examples=40, deadline=None)
@given(steps=st.integers(0, 9_000), window=st.sampled_from([1, 10, 1_000]), log=st.booleans())
def test_no_curve_has_too_many_rows_and_no_loss_lies_outside_the_drawn_range(steps, window, log):
    losses = losses_of(steps, seed=steps)
    tables = loss_tables(LossSummary(losses), [], CONFIG, window, log)
    assert tables.raw.num_rows <= POINTS
    assert tables.smooth.num_rows <= POINTS
    assert tables.window >= window
    whole = losses[: steps // tables.bucket * tables.bucket]
    if len(whole):
        drawn = np.log10(whole) if log else whole
        assert tables.raw["low"].to_numpy().min() == pytest.approx(drawn.min(), rel=1e-5)
        assert tables.raw["high"].to_numpy().max() == pytest.approx(drawn.max(), rel=1e-5)
        assert np.array_equal(losses[tables.raw["step"].to_numpy() - 1], tables.raw["loss"].to_numpy())


def test_every_step_is_a_point_while_there_are_few():
    tables = loss_tables(LossSummary(losses_of(1_000)), [], CONFIG, 1_000, log=False)
    assert tables.bucket == 1
    assert tables.raw["step"].to_pylist() == list(range(1, 1_001))


@pytest.mark.parametrize(("broken", "what"), [(math.nan, "NaN"), (math.inf, "Inf")])
@pytest.mark.parametrize("steps", [7, 3_000])
def test_a_loss_that_is_no_number_is_a_mark_and_spoils_nothing_else(broken, what, steps):
    losses = losses_of(steps)
    losses[-1] = broken
    tables = loss_tables(LossSummary(losses), [], CONFIG, 1_000, log=True)
    assert tables.broken.to_pylist() == [{"step": steps, "what": what}]
    for table in (tables.raw, tables.smooth, tables.anchors):
        assert np.isfinite(table["value"].to_numpy()).all()


def test_axes_only_grow_and_rarely():
    losses = losses_of(20_000)
    corners = [
        loss_tables(LossSummary(losses[:n]), [], CONFIG, 1_000, False).anchors["step"].to_pylist()[1]
        for n in range(1, 20_000, 97)
    ]
    assert corners == sorted(corners)
    assert len(set(corners)) <= 15  # 100, 150, 200, 300 ... 15,000, 20,000


def test_the_axis_ends_where_the_run_will():
    config = RunConfig(model="x", steps=1_300, lr_drop_step=None)
    assert loss_tables(LossSummary(losses_of(1_200)), [], config, 100, False).anchors["step"].to_pylist() == [0, 1_300]


def test_the_learning_rate_falls_after_its_drop():
    tables = loss_tables(LossSummary(losses_of(2_000)), [], RunConfig(model="x", lr_drop_step=1_500), 100, False)
    assert tables.rate["step"].to_pylist() == [1, 1_500, 1_501, 2_000]
    assert tables.rate["lr"].to_pylist() == [0.1, 0.1, 0.01, 0.01]
    assert tables.rate["label"].to_pylist() == ["learning rate 0.1", "", "0.01", ""]


def test_only_validation_losses_are_drawn_as_validation_and_none_is_dropped():
    evaluations = [
        Evaluation(100, "train", 2.2, 10),
        Evaluation(100, "val", 2.3, 10),
        Evaluation(200, "val", math.nan, 10),
    ]
    tables = loss_tables(LossSummary(losses_of(200)), evaluations, CONFIG, 100, False)
    assert tables.validation["loss"].to_pylist() == [2.3]
    assert tables.broken.to_pylist() == [{"step": 200, "what": "NaN (validation)"}]


@pytest.mark.parametrize("window", [10, 1_000])
def test_points_stay_where_they_are_while_a_run_grows(window):
    """Also where a window of its own would give too many: it becomes twice as wide, not one step wider."""
    losses, summary = losses_of(40_000), LossSummary(np.empty(0, np.float32))
    windows, before = set(), {}
    for steps in range(0, 40_001, 531):
        summary.losses = losses[:steps]
        tables = loss_tables(summary, [], CONFIG, window, log=True)
        assert tables.window // window in (1, 2, 4)
        whole = {row["step"]: row["value"] for row in tables.smooth.to_pylist() if row["steps"] == tables.window}
        if tables.window in windows:
            assert before.items() <= whole.items()
        windows.add(tables.window)
        before = whole


def test_a_run_that_grew_has_the_tables_of_one_that_is_new():
    losses, grown = losses_of(30_001, seed=3), LossSummary(np.empty(0, np.float32))
    losses[-1] = np.nan
    for steps in (0, 1, 7, 999, 1_001, 4_096, 15_000, 15_001, 30_001):
        grown.losses = losses[:steps]
        kept = loss_tables(grown, [], CONFIG, 10, log=False)
        new = loss_tables(LossSummary(losses[:steps]), [], CONFIG, 10, log=False)
        for name, table in kept.as_dict().items():
            assert table.column_names == new.as_dict()[name].column_names
            for column in table.column_names:
                wanted = new.as_dict()[name][column].to_pylist()
                assert table[column].to_pylist() == (wanted if column in ("what", "label") else pytest.approx(wanted))


def test_only_new_losses_are_summed_up():
    """A table of a run of millions of steps costs what one of a short run does."""
    losses = losses_of(3_000)
    blocks = LossBlocks(10)
    blocks.extend(losses[:2_000])
    losses[:2_000] = np.nan
    blocks.extend(losses)
    assert len(blocks) == 300
    assert np.isfinite(blocks.sums).all()
    assert (blocks.counts == 10).all()


def test_the_picture_names_its_tables():
    spec = loss_chart(LIGHT).to_dict()
    named = {layer["data"]["name"] for part in spec["layer"] for layer in part["layer"]}
    assert named == {*loss_tables(LossSummary(losses_of(3)), [], CONFIG, 10, False).as_dict(), "moment"}
    assert "datasets" not in spec


def test_the_axis_says_whether_it_is_log10():
    titles = {
        loss_chart(DARK, log=log).to_dict()["layer"][0]["layer"][1]["encoding"]["y"]["title"] for log in (True, False)
    }
    assert titles == {"loss (logarithmic axis)", "loss"}


def test_a_moment_s_rule_ends_above_the_words_of_the_learning_rate():
    rule = loss_chart(LIGHT).to_dict()["layer"][0]["layer"][-1]
    assert rule["data"]["name"] == "moment"
    assert rule["encoding"]["y2"]["value"] == {"expr": f"height - {BAND + GAP}"}


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (1.7, 3.4, {"1.6", "2.0", "2.4"}),
        (2.95, 3.4, {"3.0", "3.2"}),
        (0.3, 25.0, {"0.5", "1.0", "2.0", "5.0", "10", "20"}),
        (2.0, 2.8e31, {"1.0", "1e16"}),
    ],
)
def test_a_logarithmic_axis_is_numbered_with_losses(low, high, labels):
    losses = np.linspace(low, high, 500, dtype=np.float32)
    tables = loss_tables(LossSummary(losses), [], CONFIG, 100, log=True).as_dict()
    spec = loss_chart(LIGHT).to_dict() | {"width": 800}
    spec["datasets"] = {name: table.to_pylist() for name, table in tables.items()} | {"moment": []}
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", vl_convert.vegalite_to_svg(spec))
    axis = texts[texts.index("step") + 1 : texts.index("loss (logarithmic axis)")]
    assert labels <= set(axis), axis
    assert len(axis) <= 7


@pytest.mark.parametrize(("least", "most"), [(2.0, 2.4), (1.8, 3.3), (0.5, 27.0), (1e-3, 1e4), (1e10, 1e31)])
def test_a_logarithmic_axis_is_numbered_in_round_losses_within_it(least, most):
    tables = loss_tables(LossSummary(np.array([most, least], np.float32)), [], CONFIG, 1_000, True)
    low, high = tables.anchors["value"].to_pylist()
    ticks = tables.ticks["value"].to_pylist()
    assert 3 <= len(ticks) <= 45
    assert all(low <= tick <= high for tick in ticks)
    for tick in ticks:
        loss = 10**tick
        assert float(f"{loss:.2g}") == pytest.approx(loss, rel=1e-9)


def test_a_linear_axis_numbers_itself_however_large_a_loss_is():
    tables = loss_tables(LossSummary(np.array([3.3, 1e30], np.float32)), [], CONFIG, 10, log=False)
    assert tables.ticks.num_rows == 0  # from -1e29 to 1e30: one for each whole number would not end


def watched(losses, rates=(), window=100, log=True):
    return loss_tables(LossSummary(np.array(losses, np.float32)), [], Observed(tuple(rates)), window, log)


def test_losses_below_zero_are_drawn_on_a_plain_axis():
    tables = watched([0.5, -1.5, 0.25])
    assert not tables.log
    assert tables.raw["value"].to_pylist() == [0.5, -1.5, 0.25]
    assert tables.ticks.num_rows == 0
    assert watched([0.5, 1.5]).log


@pytest.mark.parametrize("steps", [40, 50_000])
def test_a_loss_that_nobody_said_is_no_broken_one(steps):
    losses = np.full(steps, UNLOGGED)
    losses[9::10] = 2.0
    losses[-1] = np.nan
    tables = watched(losses)
    assert tables.broken["step"].to_pylist() == [steps]
    assert set(tables.raw["loss"].to_pylist()) == {2.0}
    assert all(step % 10 == 0 for step in tables.raw["step"].to_pylist())
    assert set(tables.smooth["loss"].to_numpy().round(6)) == {2.0}


def test_the_learning_rates_that_were_seen_are_drawn():
    tables = watched([1.0] * 30, [(1, 0.1), (10, 0.05), (20, np.nan)])
    assert tables.rate["step"].to_pylist() == [1, 10, 30]
    assert tables.rate["lr"].to_pylist() == [0.1, 0.05, 0.05]
    assert tables.anchors["lr"].to_pylist() == [0.025, 0.2]


def test_small_losses_fill_the_axis():
    low, high = watched([0.001, 0.004, 0.002], log=False).anchors["value"].to_pylist()
    assert 0 <= low <= 0.001
    assert 0.004 <= high <= 0.006
