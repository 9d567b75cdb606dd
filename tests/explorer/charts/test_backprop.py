"""The graph of the forward pass, tensors as pictures, two losses: what is drawn is what is so."""

import numpy as np
import pytest

from core.lenses.backprop.forward import INPUTS, PARAMETERS, STEPS
from explorer.charts.backprop_graph import graph_chart, graph_tables
from explorer.charts.heat_map import as_rows, heat_map, heat_tables
from explorer.charts.two_losses import LEAST, apart, loss_tables, two_losses
from explorer.theme import DARK, LIGHT


def test_every_tensor_has_a_box_and_no_two_overlap():
    nodes = graph_tables("h", {})["nodes"].to_pylist()
    assert {node["tensor"] for node in nodes} == {*PARAMETERS, *INPUTS, *(step.name for step in STEPS)}
    for a in nodes:
        for b in nodes:
            if a is not b and a["y"] == b["y"]:
                assert a["x2"] < b["x"] or b["x2"] < a["x"]
        assert 0 <= a["x"] < a["x2"] <= 100


def test_every_reading_is_a_line_and_the_chosen_one_s_stand_out():
    edges = graph_tables("bndiff", {})["edges"].to_pylist()
    assert {(edge["source"], edge["target"]) for edge in edges} == {
        (s, step.name) for step in STEPS for s in step.reads
    }
    ways = {(edge["source"], edge["target"]): edge["way"] for edge in edges if edge["way"]}
    assert ways == {
        ("hprebn", "bndiff"): "in",
        ("bnmeani", "bndiff"): "in",
        ("bndiff", "bndiff2"): "out",
        ("bndiff", "bnraw"): "out",
    }


def test_a_line_runs_through_no_box_on_its_way():
    """C is read by emb, not by Xb, which stands between them."""
    tables = graph_tables("h", {})
    for edge in tables["edges"].to_pylist():
        for node in tables["nodes"].to_pylist():
            if node["tensor"] not in (edge["source"], edge["target"]) and edge["y"] == edge["y2"] == node["y"]:
                assert not min(edge["x"], edge["x2"]) < node["middle"] < max(edge["x"], edge["x2"]), edge


def test_marks_stand_in_their_boxes():
    nodes = {node["tensor"]: node for node in graph_tables("h", {"h": "✓"})["nodes"].to_pylist()}
    assert nodes["h"]["mark"] == "✓"
    assert nodes["h"]["chosen"]
    assert nodes["loss"]["mark"] == ""


def test_a_picture_has_a_cell_for_each_number():
    values = np.arange(24.0).reshape(2, 3, 4) - 10
    table = heat_tables(values)["cells"].to_pandas()
    assert len(table) == 24
    assert table.value.tolist() == values.ravel().tolist()
    assert table.level.abs().max() == 1
    assert np.allclose(table.level, values.ravel() / 13)
    assert table[(table.row == 2) & (table.column == 5)].value.item() == values[1, 1, 0]


def test_a_given_scale_is_kept_and_what_is_beyond_is_full():
    table = heat_tables(np.array([[1.0, -8.0, 0.0]]), full=4.0)["cells"].to_pandas()
    assert table.level.tolist() == [0.25, -1, 0]


@pytest.mark.parametrize(("shape", "rows"), [((27,), (1, 27)), ((32, 1), (32, 1)), ((2, 3, 4), (2, 12)), ((), (1, 1))])
def test_any_tensor_is_a_picture(shape, rows):
    assert as_rows(np.zeros(shape)).shape == rows
    assert heat_tables(np.zeros(shape))["cells"]["level"].to_pylist() == [0.0] * int(np.prod(rows))


def test_numbers_that_are_none_are_crosses():
    tables = heat_tables(np.array([[1.0, np.nan], [np.inf, -2.0]]))
    assert tables["cells"].num_rows == 2
    assert [(row["row"], row["column"], row["what"]) for row in tables["nans"].to_pylist()] == [
        (1, 2, "NaN"),
        (2, 1, "Inf"),
    ]


def test_a_small_tensor_stays_a_strip():
    assert heat_tables(np.zeros((32, 1)))["corners"]["x"].to_pylist() == [0, 12]


def test_losses_are_means_of_blocks_and_the_largest_difference_of_each():
    a, b = np.linspace(3, 2, 1_000), np.linspace(3, 2, 1_000)
    b[501] += 0.5
    tables = loss_tables(a, b)
    losses = tables["losses"].to_pandas()
    assert set(losses.way) == {"autograd", "by hand"}
    assert losses[losses.way == "by hand"].loss.mean() == pytest.approx(a.mean())
    differences = tables["apart"]["difference"].to_pylist()
    assert max(differences) == pytest.approx(0.5)
    assert min(differences) == LEAST


def test_specs_are_constant_and_valid():
    for palette in (LIGHT, DARK):
        for chart, options in (
            (graph_chart, {}),
            (heat_map, {"down": "example", "across": "unit"}),
            (two_losses, {"steps": 200}),
            (apart, {"steps": 200}),
        ):
            assert chart(palette, **options).to_dict() == chart(palette, **options).to_dict()
