"""Tables and specs of the Bigram page's pictures."""

import numpy as np
import pandas as pd
import pytest

from explorer.charts.bigram import (
    cost_tables,
    map_tables,
    pair_costs,
    pair_map,
    row_tables,
    shades,
    smoothing_chart,
    smoothing_tables,
    two_rows,
)
from explorer.charts.bigram_network import (
    ROWS,
    compare_maps,
    compare_tables,
    layer_chart,
    layer_tables,
    loss_tables,
    network_loss,
)
from explorer.theme import DARK, LIGHT

COUNTS = np.array([[0, 4], [1, 16]])


def test_the_map_names_each_pair_with_its_count_and_share():
    cells = map_tables(COUNTS, COUNTS, COUNTS / COUNTS.sum(1, keepdims=True), ".a", 1)["cells"].to_pylist()
    assert cells[1] == {
        "row": 0,
        "before": ".",
        "after": "a",
        "pair": ".a",
        "count": 4,
        "total": 4,
        "probability": 1.0,
        "shade": 0.5,
    }


def test_shades_grow_with_the_square_root_and_nothing_is_white():
    assert shades(COUNTS).tolist() == [[0, 0.5], [0.25, 1]]
    assert shades(np.zeros(3)).tolist() == [0, 0, 0]


def test_a_pair_without_probability_is_a_mark_of_its_own_and_lines_are_finite():
    steps = pd.DataFrame({"pair": [".a", "aq"], "probability": [0.5, 0.0], "log_probability": [np.log(0.5), -np.inf]})
    tables = cost_tables(steps, usual=2.45, vocab=27)
    assert tables["bars"]["pair"].to_pylist() == [".a"]
    assert tables["broken"]["pair"].to_pylist() == ["aq"]
    assert tables["lines"]["name"].to_pylist() == ["all words", "uniform"]
    assert tables["lines"]["cost"].to_pylist()[1] == pytest.approx(np.log(27))


def test_a_word_of_endless_pairs_only_still_has_an_axis():
    steps = pd.DataFrame({"pair": ["qq"], "probability": [0.0], "log_probability": [-np.inf]})
    assert cost_tables(steps, usual=np.inf, vocab=27)["anchors"]["cost"].to_pylist() == [0.0, 4.0]


@pytest.mark.parametrize(("smoothing", "drawn"), [(0.0, 0.01), (1.0, 1.0), (1e9, 100.0)])
def test_the_present_smoothing_stays_within_the_picture(smoothing, drawn):
    curve = pd.DataFrame({"smoothing": [0.01, 100.0], "all": [2.4, 3.0], "train": [2.4, 3.0]})
    assert smoothing_tables(curve, smoothing, 27)["at"]["smoothing"].to_pylist() == [drawn]


def test_losses_that_are_endless_do_not_reach_the_curve_of_strengths_above_0():
    curve = pd.DataFrame({"smoothing": [0.01, 1.0], "all": [2.41, 2.5], "val": [2.6, 2.55]})
    tables = smoothing_tables(curve, 1.0, 27)
    assert tables["curves"]["loss"].to_pylist() == [2.41, 2.5, 2.6, 2.55]
    assert tables["anchors"]["loss"].to_pylist() == pytest.approx([2.4, np.log(27) + 0.05])


def test_an_axis_holds_splits_that_are_worse_than_guessing():
    """Few words, hardly smoothed: validation words have pairs that training words lack."""
    curve = pd.DataFrame({"smoothing": [0.01, 1.0], "all": [1.1, 2.0], "val": [5.0, 2.5]})
    low, high = smoothing_tables(curve, 1.0, 15)["anchors"]["loss"].to_pylist()
    assert low <= 1.1 < 5.0 < high


def test_two_rows_share_an_axis_that_ends_in_steps():
    tables = row_tables(np.array([0.3, 0.7]), np.array([0.4, 0.6]), ".a")
    assert tables["anchors"]["probability"].to_pylist() == [0.0, 1.0]
    assert tables["l2"]["probability"].to_pylist() == [0.4, 0.6]
    assert tables["smoothed"]["l2"].to_pylist() == [0.4, 0.6]


def test_both_maps_have_the_same_shades():
    network, counted = np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([[0.0, 1.0], [0.5, 0.5]])
    cells = compare_tables(network, counted, ".a")["cells"].to_pandas()
    left, right = cells[cells.x < 2], cells[cells.x >= 2]
    assert left["shade"].tolist() == pytest.approx(np.sqrt([0.25, 0.75, 0.5, 0.5]).tolist())
    assert right["shade"].tolist() == pytest.approx(np.sqrt([0.0, 1.0, 0.5, 0.5]).tolist())
    assert left["pair"].tolist() == right["pair"].tolist() == ["..", ".a", "a.", "aa"]


def test_a_row_of_the_layer_is_shaded_by_itself_and_its_negative_numbers_apart():
    rows = {name: np.array([0.0, 1.0]) for name in ROWS} | {"logits": np.array([-4.0, 2.0])}
    cells = layer_tables(rows, ".a")["cells"].to_pandas()
    assert cells[cells.step == "logits"]["shade"].tolist() == [-1.0, 0.5]
    assert cells[cells.step == "softmax"]["shade"].tolist() == [0.0, 1.0]
    assert cells["step"].unique().tolist() == list(ROWS)


def test_the_loss_is_drawn_up_to_its_step_and_the_axes_stand_still():
    losses = np.array([3.7, 3.0, 2.6, 2.5])
    early, late = loss_tables(losses, 1, 2.45), loss_tables(losses, 3, 2.45)
    assert early["losses"]["loss"].to_pylist() == [3.7, 3.0]
    assert early["anchors"].equals(late["anchors"])
    assert late["anchors"]["loss"].to_pylist()[0] < 2.45


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_specs_are_constant(palette):
    symbols = (".", "a")
    charts = [
        lambda: pair_map(palette, symbols=symbols, what="count"),
        lambda: pair_costs(palette, pairs=(".a", "a'")),
        lambda: smoothing_chart(palette),
        lambda: two_rows(palette, symbols=symbols),
        lambda: compare_maps(palette, symbols=symbols),
        lambda: layer_chart(palette, symbols=symbols),
        lambda: network_loss(palette),
    ]
    for chart in charts:
        assert chart().to_dict() == chart().to_dict()


def test_a_large_vocabulary_has_no_letters_in_its_cells():
    many = tuple(map(chr, range(0x4E00, 0x4E00 + 60)))
    assert "pair" not in [
        layer.get("encoding", {}).get("text", {}).get("field")
        for layer in pair_map(LIGHT, symbols=many, what="count").to_dict()["layer"]
    ]
