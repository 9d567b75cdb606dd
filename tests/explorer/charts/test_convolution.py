"""Both pictures: every node of the lattice stands in them, lights up in its turn, and fits on the sheet."""

import json

import pytest

from core.lenses.convolution.graph import Lattice
from core.lenses.convolution.stack import Stack
from explorer.charts.convolution import convolution
from explorer.charts.convolution_layout import HEIGHT, WIDTH, Layout
from explorer.charts.convolution_tables import AGAIN, COMPUTED, REMEMBERED, UNUSED, WAITING, convolution_tables
from explorer.theme import DARK, LIGHT

CASES = [
    ((1, 2, 4), 2, "diondre"),
    ((1, 2, 4, 8), 2, "abcdefghijklmno"),
    ((3, 3), 2, "a"),
    ((1, 3), 3, ""),
    ((8, 8, 8), 2, "ab"),
]


def drawn(dilations, kernel, word, way="one_pass", step=10_000):
    lattice = Lattice(Stack.plain(dilations, kernel), len(word) + 1)
    tables = convolution_tables(lattice, "." * lattice.stack.field + word, word + ".", way, step)
    return lattice, {name: table.to_pandas() for name, table in tables.items()}


@pytest.mark.parametrize(("dilations", "kernel", "word"), CASES)
@pytest.mark.parametrize("way", ["one_pass", "cached"])
def test_at_the_end_all_is_computed_and_counted(dilations, kernel, word, way):
    lattice, tables = drawn(dilations, kernel, word, way)
    nodes = tables["nodes"]
    above = nodes[nodes.what.str.contains("tree")]
    below = nodes.drop(above.index)
    assert (above.state == AGAIN).sum() == lattice.trees().again.sum()
    assert len(above) == len(lattice.trees())
    assert below.state.isin([COMPUTED, UNUSED]).sum() == len(getattr(lattice, way)())
    assert WAITING not in set(nodes.state)
    assert not nodes.now.any()
    assert set(above.node) <= set(below.node), "a hover finds each node of a tree in the lattice"


@pytest.mark.parametrize(("dilations", "kernel", "word"), CASES)
def test_all_stands_on_the_sheet_and_apart(dilations, kernel, word):
    lattice, tables = drawn(dilations, kernel, word, "cached")
    for table in tables.values():
        for place, edge in (("x", WIDTH), ("y", HEIGHT), ("x2", WIDTH), ("y2", HEIGHT)):
            if place in table:
                assert table[place].between(0, edge).all()
    nodes = tables["nodes"]
    assert not nodes.duplicated(["x", "y"]).any()
    layout = Layout(lattice)
    panels = [layout.slide, *(layout.tree(prediction) for prediction in range(lattice.predictions))]
    assert all(2 * panel.radius < max(panel.row, 3.1) for panel in panels)


def test_a_step_computes_one_node_in_each_picture():
    before = drawn((1, 2, 4), 2, "diondre", step=22)[1]["nodes"]
    after = drawn((1, 2, 4), 2, "diondre", step=23)[1]["nodes"]
    assert (before.state != after.state).sum() == 2
    assert after.now.sum() == 2
    assert set(after[after.now].state) == {COMPUTED}
    first = drawn((1, 2, 4), 2, "diondre", step=0)[1]["nodes"]
    assert set(first.state) == {WAITING}


def test_numbers_say_for_how_many_predictions_a_node_is():
    lattice, tables = drawn((1, 2, 4), 2, "diondre")
    letters = tables["letters"]
    numbers = letters[letters.tone == "on"].text.astype(int)
    assert sorted(numbers) == sorted(served for served in lattice.serves.values() if served > 1)


def test_what_the_prediction_sees_is_filled_and_gaps_are_not():
    field = drawn((3, 3), 2, "anna")[1]["field"]
    assert field.seen.tolist() == ["yes", "no", "no", "yes", "no", "no", "yes"]
    assert len(drawn((1, 2, 4), 2, "anna")[1]["field"]) == 8


def test_queues_are_as_long_as_their_level_looks_back():
    lattice, tables = drawn((1, 2, 4), 2, "diondre", "cached", step=23)
    column = Layout(lattice).slide.column
    lengths = [round((band.x2 - band.x) / column + 0.16) for band in tables["bands"].itertuples()]
    assert lengths == [1, 2, 4]
    assert tables["nodes"].state.eq(REMEMBERED).sum() == 6 + 4
    assert drawn((1, 2, 4), 2, "diondre")[1]["bands"].empty


@pytest.mark.parametrize("sampling", [False, True])
def test_the_spec_is_constant_and_names_every_state(sampling):
    spec = convolution(LIGHT, sampling=sampling).to_dict()
    assert spec == convolution(LIGHT, sampling=sampling).to_dict()
    assert spec != convolution(DARK, sampling=sampling).to_dict()
    text = json.dumps(spec)
    states = drawn((3, 3), 2, "a", "cached" if sampling else "one_pass")[1]["nodes"].state
    assert all(state in text for state in set(states))
