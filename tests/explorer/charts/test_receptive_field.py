"""The tree: nodes and pairs are the lens's own, hovering needs no server, clicking names a node."""

import json

import numpy as np
import pandas as pd
import pytest

from core.lenses.receptive_field import derive
from core.nn.notation import parse
from core.nn.presets import PRESETS
from explorer.charts.receptive_field import PICK, receptive_field, right_edge, tree_tables
from explorer.theme import DARK


def activity_of(tree, norm=1.0):
    ids = [node.id for node in tree.nodes]
    return pd.DataFrame({"id": ids, "channels": 4, "mean": 0.1, "std": 0.2, "norm": norm})


@pytest.mark.parametrize("name", PRESETS)
def test_tables_hold_the_whole_tree(name):
    preset = PRESETS[name]
    tree = derive(parse(preset.text(27)), preset.context)
    text = "abcdefghijklmnop"[-preset.context :]
    tables = tree_tables(tree, text, activity_of(tree))
    nodes = tables["nodes"].to_pandas()
    assert list(nodes.node) == [node.id for node in tree.nodes]
    assert "".join(nodes.character) == text
    assert nodes.sees.iloc[-1] == text
    assert nodes.y.iloc[-1] == nodes.y.max() == len(tree.levels) - 1  # the prediction stands on top
    pairs = tables["pairs"].to_pandas()
    assert set(pairs[pairs.node == tree.nodes[-1].id].descendant) == set(nodes.node[nodes.used])
    assert tables["names"].num_rows == len(tree.levels)


def test_shade_is_the_root_mean_square():
    preset = PRESETS["mlp"]
    tree = derive(parse(preset.text(27)), preset.context)
    shades = [
        tree_tables(tree, "abc", activity_of(tree, norm))["nodes"]["shade"][0].as_py() for norm in (1.0, 40.0, np.nan)
    ]
    assert shades == [pytest.approx(0.5), 1.0, 0.0]


def test_a_node_that_is_not_a_number_does_not_look_silent():
    """A silent node has size 0; this one has none."""
    preset = PRESETS["mlp"]
    tree = derive(parse(preset.text(27)), preset.context)
    for norm, broken in ((0.0, False), (np.nan, True), (np.inf, True)):
        nodes = tree_tables(tree, "abc", activity_of(tree, norm))["nodes"]
        assert set(nodes["broken"].to_pylist()) == {broken}
        assert set(nodes["shade"].to_pylist()) == {0.0}


def test_hover_stays_in_the_browser_and_click_leaves_it():
    spec = receptive_field(DARK, levels=5, context=8, right=7.0).to_dict()
    params = {param["name"]: param["select"] for param in spec["params"]}
    assert params["hover"] == {"type": "point", "fields": ["node"], "on": "pointerover", "clear": "pointerout"}
    assert params[PICK]["on"] == "click"
    filters = [layer["transform"] for layer in spec["layer"] if "transform" in layer]
    assert sum("hover" in json.dumps(f) for f in filters) == 2  # nodes and lines


@pytest.mark.parametrize(("levels", "context"), [(3, 3), (5, 8), (8, 64)])
def test_nodes_do_not_overlap(levels, context):
    """At the width that a projector leaves, neighbours stand at least a diameter apart."""
    spec = receptive_field(DARK, levels=levels, context=context, right=context - 1.0).to_dict()
    sizes = [layer["mark"]["size"] for layer in spec["layer"] if layer["mark"]["type"] == "circle"]
    domain = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    pixels = 900 / (domain[1] - domain[0])
    assert 2 * (max(sizes) / np.pi) ** 0.5 <= pixels * 1.01


def test_what_the_prediction_does_not_need_is_faint():
    preset = PRESETS["wavenet-conv"]
    tree = derive(parse(preset.text(27)), preset.context)
    tables = tree_tables(tree, "abcdefgh", activity_of(tree))
    assert tables["nodes"]["used"].to_pylist() == tree.used.tolist()
    assert sum(tables["edges"]["used"].to_pylist()) == 15  # the hierarchical network's own lines
    drawn = json.dumps(receptive_field(DARK, levels=5, context=8, right=7.0).to_dict())
    assert drawn.count('"!datum.used"') == 2


def test_words_beside_nodes_keep_clear_of_skips():
    preset = PRESETS["wavenet-paper"]
    tree = derive(parse(preset.text(27)), preset.context)
    nodes = tree_tables(tree, "abcdefghijklmnop", activity_of(tree))["nodes"].to_pandas()
    assert set(nodes[nodes.label != ""].x) == {right_edge(tree)}


def test_a_character_without_a_vector_is_not_broken():
    tree = derive(parse("Counts(27)"), 1)
    nodes = tree_tables(tree, "a", activity_of(tree).assign(channels=0, norm=0.0))["nodes"]
    assert nodes["broken"].to_pylist() == [False, False]
