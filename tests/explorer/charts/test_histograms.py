"""Histograms: every value is drawn or counted, scales are shared and stand still, NaN is never silent."""

import json

import numpy as np
import pytest

from core.training.frame import BINS, STATS
from explorer.charts.frame_rows import Row, kinds, matrices, rows_of
from explorer.charts.histogram_layouts import COMPARED, GRADIENTS, OUTPUTS
from explorer.charts.histogram_tables import histogram_tables, reach, squeezed
from explorer.charts.histograms import FOOT, HEAD, LEFT, RIGHT, histograms, row_height
from explorer.theme import DARK, LIGHT, number

ROLES = {"outputs": (OUTPUTS, "output", "weight"), "gradients": (GRADIENTS, "output_grad", "weight_grad")}


def tables_of(frame, show="Tanh", what="outputs", own=False):
    layout, left, right = ROLES[what]
    rows = rows_of(frame.tensors, show, left, right)
    far = [None if own else reach(frame.stats, side) for side in ([r.left for r in rows], [r.right for r in rows])]
    return rows, histogram_tables(frame, rows, layout, *far)


def texts(tables, kind):
    return [row["text"] for row in tables["texts"].to_pylist() if row["kind"] == kind]


def test_rows_go_from_input_to_output(make_frame):
    rows, tables = tables_of(make_frame(), "All")
    assert [row.label for row in rows] == [
        "1.Embedding",
        "2.FlattenConsecutive",
        "3.Linear",
        "4.BatchNorm1d",
        "5.Tanh",
        "6.FlattenConsecutive",
        "7.Linear",
    ]
    labels = [row for row in tables["texts"].to_pylist() if row["kind"] == "label"]
    assert [row["y"] for row in labels] == sorted(row["y"] for row in labels)


def test_beside_a_tanh_stands_the_linear_that_feeds_it(make_frame):
    frame = make_frame()
    (row,) = rows_of(frame.tensors, "Tanh", "output", "weight")
    assert (frame.tensors[row.right].name, row.right_label) == ("3.Linear.weight", "3.Linear")
    (row,) = rows_of(frame.tensors, "BatchNorm1d", "output", "weight")
    assert frame.tensors[row.right].name == "4.BatchNorm1d.weight"


def test_choices_and_matrices(make_frame):
    frame = make_frame()
    assert kinds([t.layer for t in frame.tensors]) == ["Tanh", "Linear", "BatchNorm1d", "All"]
    assert [frame.tensors[i].name for i in matrices(frame.tensors)] == [
        "1.Embedding.weight",
        "3.Linear.weight",
        "7.Linear.weight",
    ]


@pytest.mark.parametrize("what", ROLES)
@pytest.mark.parametrize("own", [True, False])
def test_bins_hold_every_value(make_frame, what, own):
    """Each bar's count and range come from the frame, whatever the scale."""
    frame = make_frame()
    rows, tables = tables_of(frame, "All", what, own)
    bins = tables["bins"].to_pandas()
    for row in rows:
        for tensor in (row.left, row.right):
            if tensor is not None:
                drawn = bins[bins.cell == str(tensor)]
                assert BINS % (len(drawn) - 1) == 0
                assert drawn["count"].sum() == np.prod(frame.tensors[tensor].shape)
                assert drawn.share.sum() == pytest.approx(1)


def test_everything_stays_in_its_place(make_frame):
    for what in ROLES:
        rows, tables = tables_of(make_frame(), "All", what)
        bins = tables["bins"].to_pandas()
        for side, panel in (("left", LEFT), ("right", RIGHT)):
            cells = bins[bins.side == side]
            assert cells.x.min() >= panel[0] - 1e-9
            assert cells.x2.max() <= panel[1] + 1e-9
        assert (bins.y <= bins.base).all()
        assert (bins.y >= bins.ceiling).all()
        assert bins.base.max() == HEAD + len(rows) * row_height(len(rows))


def test_a_shared_scale_keeps_proportions(make_frame):
    """A value has one place on a column's axis, in every row."""
    frame = make_frame()
    rows, tables = tables_of(frame, "All")
    far = reach(frame.stats, [row.left for row in rows])
    bins = tables["bins"].to_pandas()
    stats = frame.stats[rows[0].left]
    first = bins[bins.cell == str(rows[0].left)].x.iloc[0]
    assert first == pytest.approx(LEFT[0] + (stats[STATS.index("low")] / far + 1) / 2 * (LEFT[1] - LEFT[0]))
    assert [texts(tables, f"{which}tick")[0] for which in ("lowest ", "", "highest ")] == ["−5", "0", "5"]


def test_values_beyond_a_shared_scale_are_counted_at_its_edge(make_frame):
    frame = make_frame()
    (row,), tables = tables_of(frame, "Tanh", "gradients")
    far = reach(frame.stats, [row.left])
    edges = frame.edges(row.left)
    beyond = frame.counts[row.left][edges[:-1] >= far].sum()
    assert beyond > 0
    assert f"{beyond:,} ▸" in texts(tables, "above")


def test_a_weight_is_named_where_its_row_does_not_say_it(make_frame):
    assert texts(tables_of(make_frame(), "Tanh")[1], "name") == ["3.Linear"]
    assert texts(tables_of(make_frame(), "Linear")[1], "name") == ["", ""]


def test_own_scales_are_short_however_large(make_frame):
    for scale, written in ((1.0, 3), (3e7, 6), (3e25, 7)):
        _, tables = tables_of(make_frame(scale=scale), "Linear", own=True)
        assert len(texts(tables, "below")[0].removeprefix("±")) <= written


def test_of_two_runs_a_row_s_scale_stands_beside_the_bars(make_frame):
    frame = make_frame()
    rows = [Row(row.label, row.left, row.left) for row in rows_of(frame.tensors, "All", "output", "weight")]
    tables = histogram_tables(frame, rows, COMPARED, None, None)
    scales = [row for row in tables["texts"].to_pylist() if row["text"].startswith("±")]
    assert len(scales) == len(rows), "one of both histograms"
    assert all(LEFT[1] < scale["x"] < RIGHT[0] for scale in scales)


def test_words_can_be_read_from_the_last_row():
    spec = json.dumps(histograms(LIGHT, rows=14, left="output", right="weight").to_dict())
    sizes = {float(part.split(",")[0].split("}")[0]) for part in spec.split('"fontSize": ')[1:]}
    assert min(sizes) >= 12


def test_reach_only_grows_with_more_frames(make_frame):
    frames = [make_frame(step, scale) for step, scale in ((1, 0.5), (10, 4), (100, 1))]
    tensors = [0]
    grown = [reach(np.stack([f.stats for f in frames[:n]]), tensors) for n in (1, 2, 3)]
    assert grown == sorted(grown)
    assert grown[1] == grown[2] > grown[0]


def test_nan_and_inf_are_marks_with_their_count(make_frame):
    _, tables = tables_of(make_frame(broken="5.Tanh"))
    (mark,) = tables["nans"].to_pylist()
    assert f"{32 * 4 * 68 - 30:,} NaN" in mark["text"]
    assert "30 Inf" in mark["text"]
    assert set(tables["bins"]["side"].to_pylist()) == {"right"}  # nothing is drawn for what is not a number
    assert texts(tables, "number") == ["NaN"] * 4  # no spread or share of nothing


@pytest.mark.parametrize("far", [None, 0.05, 5.0])
def test_equal_values_are_one_bar_at_their_value(make_frame, far):
    """The bins of a constant reach beyond it, as far as half its size, or 0.5 where it is 0: none of them is drawn."""
    frame = make_frame(scale=0.0)
    (row,) = (row for row in rows_of(frame.tensors, "Linear", "output", "weight") if row.label == "3.Linear")
    cell = histogram_tables(frame, [row], OUTPUTS, far, far)["bins"].to_pandas().query("side == 'left'")
    (bar,) = cell.iloc[:-1].itertuples()
    assert bar.x2 - bar.x == pytest.approx(0.5)
    assert (bar.x + bar.x2) / 2 == pytest.approx(np.mean(LEFT))
    assert bar.range == "0 to 0"
    assert bar.count == np.prod(frame.tensors[row.left].shape)


@pytest.mark.parametrize("scale", [0.0, 1e-6, 1e-3, 0.02, 1.0])
def test_a_narrow_row_on_a_wide_scale_is_bars_one_can_see(make_frame, scale):
    """Bins of less than a pixel would be drawn as next to nothing: neighbours become one bar, with all their values."""
    frame = make_frame(scale=scale)
    (row,) = (row for row in rows_of(frame.tensors, "Linear", "output", "weight") if row.label == "3.Linear")
    bars = histogram_tables(frame, [row], OUTPUTS, 5.0, 5.0)["bins"].to_pandas().query("side == 'left'").iloc[:-1]
    assert (bars.x2 - bars.x).min() > 0.15 - 1e-9
    assert bars["count"].sum() == np.prod(frame.tensors[row.left].shape)
    assert (bars.base - bars.y).max() == pytest.approx(0.875 * (bars.base - bars.ceiling).max())
    low, high = (float(frame.stats[row.left, STATS.index(name)]) for name in ("min", "max"))
    ends = bars.range.iloc[0].split(" to ")[0], bars.range.iloc[-1].split(" to ")[1]
    assert ends == (number(low), number(high))


def test_rows_that_a_shared_scale_squeezes_are_counted(make_frame):
    frame = make_frame()
    rows = rows_of(frame.tensors, "All", "output", "weight")
    assert squeezed(frame, rows, 5.0, 5.0) == 0
    assert squeezed(frame, rows, None, None) == 0
    assert squeezed(frame, rows, 5.0, 100.0) == sum(row.right is not None for row in rows)
    assert squeezed(frame, rows, 1e4, 1e4) == len(rows)


def test_dead_units_are_a_warning(make_frame):
    _, tables = tables_of(make_frame())
    assert "25.0%" in texts(tables, "warning")


@pytest.mark.parametrize("rows", [1, 3, 14, 40])
def test_the_picture_fits_a_projector(rows):
    height = histograms(LIGHT, rows=rows, left="output", right="weight").to_dict()["height"]
    assert height == HEAD + rows * row_height(rows) + FOOT
    if rows <= 14:
        assert height <= 425


def test_the_spec_does_not_depend_on_data():
    """What keeps the view alive: the same options give the same spec, and it names tables without holding any."""
    first = histograms(DARK, rows=3, left="output", right="weight").to_dict()
    assert json.dumps(first) == json.dumps(histograms(DARK, rows=3, left="output", right="weight").to_dict())
    assert not any(first.get("datasets", {}).values())


def test_colours_are_the_roles(make_frame):
    spec = json.dumps(histograms(LIGHT, rows=3, left="output_grad", right="weight_grad").to_dict())
    assert LIGHT.gradient in spec
    assert LIGHT.activation not in spec


def test_columns_that_no_layer_here_has_are_left_out(make_frame):
    headings = ["mean", "std", "saturated", "dead", "std"]
    assert texts(tables_of(make_frame(), "Tanh")[1], "heading") == headings
    assert texts(tables_of(make_frame(), "Linear")[1], "heading") == ["mean", "std", "std"]


def test_a_bar_that_dwarfs_all_others_is_cut_off_and_says_its_share(make_frame):
    frame = make_frame()
    row = next(i for i, tensor in enumerate(frame.tensors) if tensor.role == "output_grad" and "Tanh" in tensor.layer)
    frame.counts[row] = 1
    frame.counts[row, BINS // 2] = 937
    _, tables = tables_of(frame, "Tanh", "gradients")
    assert "94% in one bar" in texts(tables, "above")
    bars = [bar for bar in tables["bins"].to_pylist() if bar["cell"] == str(row)][:BINS]
    heights = [bar["base"] - bar["y"] for bar in bars]
    whole = bars[0]["base"] - bars[0]["ceiling"]
    assert max(heights) == pytest.approx(whole)
    assert heights[0] == pytest.approx(0.875 * whole)
