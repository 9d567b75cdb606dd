"""The tree that a model text implies, held against torch's autograd on random weights."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.lenses.receptive_field import derive
from core.nn.notation import ModelTextError, parse
from core.nn.presets import PRESETS

ALL = pytest.mark.parametrize("name", PRESETS)


def tree_of(name, vocab_size=27):
    return derive(parse(PRESETS[name].text(vocab_size)), PRESETS[name].context, vocab_size)


def mask_by_autograd(tree, specs, seed=0):
    """Which character vectors each node's value has a gradient to, by torch alone (BatchNorm in evaluation mode)."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(16, tree.context, specs[0].arguments["n_embd"], generator=g, requires_grad=True)
    outs = [x]
    for spec in specs[1:]:
        out, a = outs[-1], spec.arguments
        if spec.kind == "FlattenConsecutive":
            out = out.view(out.shape[0], out.shape[1] // a["n"], -1)
            outs.append(out.squeeze(1) if out.shape[1] == 1 else out)
        elif spec.kind == "Linear":
            outs.append(out @ (torch.randn(a["fan_in"], a["fan_out"], generator=g) / a["fan_in"] ** 0.5))
        elif spec.kind == "BatchNorm1d":
            outs.append(out * (0.5 + torch.rand(a["n"], generator=g)) + torch.randn(a["n"], generator=g))
        else:
            outs.append(out.tanh())
    rows = []
    for node in tree.nodes:
        out = outs[tree.levels[node.level].place]
        value = out[:, node.position] if out.ndim == 3 else out
        (grad,) = torch.autograd.grad(value.sum(), x, retain_graph=True, allow_unused=True)
        rows.append((grad != 0).any(2).any(0).numpy())
    return np.array(rows)


@ALL
def test_the_derived_mask_is_autograd_s(name):
    tree = tree_of(name)
    np.testing.assert_array_equal(tree.mask, mask_by_autograd(tree, parse(PRESETS[name].text(27))))


@given(
    joins=st.one_of(st.just([1]), st.lists(st.integers(2, 4), min_size=1, max_size=3)),
    hidden=st.booleans(),
    before=st.booleans(),
)
def test_the_derived_mask_is_autograd_s_for_any_joins(joins, hidden, before):
    """Any factors, with and without layers between them, and with a layer before the first."""
    lines, channels = ["Embedding(5, 3)"], 3
    if before:
        lines += ["Linear(3, 4)", "Tanh()"]
        channels = 4
    for n in joins:
        lines.append(f"FlattenConsecutive({n})")
        channels *= n
        if hidden:
            lines += [f"Linear({channels}, 3)", "Tanh()"]
            channels = 3
    specs = parse("\n".join([*lines, f"Linear({channels}, 5)"]))
    tree = derive(specs, int(np.prod(joins)))
    np.testing.assert_array_equal(tree.mask, mask_by_autograd(tree, specs))
    assert tree.mask[-1].all()
    assert tree.nodes[-1].id == len(tree.nodes) - 1


def test_the_wavenet_s_tree_is_the_paper_s_picture():
    tree = tree_of("wavenet")
    assert [(level.role, level.positions, level.line) for level in tree.levels] == [
        ("characters", 8, 1),
        ("hidden", 4, 5),
        ("hidden", 2, 9),
        ("hidden", 1, 13),
        ("prediction", 1, 14),
    ]
    assert [node.children for node in tree.nodes[8:]] == [
        *[(0, 1), (2, 3), (4, 5), (6, 7)],
        *[(8, 9), (10, 11)],
        (12, 13),
        (14,),
    ]
    assert [(node.x, node.y) for node in tree.nodes[8:]] == [
        *[(0.5, 1), (2.5, 1), (4.5, 1), (6.5, 1)],
        *[(1.5, 2), (5.5, 2)],
        (3.5, 3),
        (3.5, 4),
    ]
    assert tree.levels[1].layers == "FlattenConsecutive(2), Linear(20, 68, bias=False), BatchNorm1d(68), Tanh()"


def test_a_model_without_a_hidden_layer_is_two_levels():
    tree = derive(parse("Embedding(27, 10)\nFlattenConsecutive(3)\nLinear(30, 27)"), 3)
    assert [(level.role, level.positions) for level in tree.levels] == [("characters", 3), ("prediction", 1)]


def test_several_hidden_layers_of_one_level_are_one_node():
    lines = ["Embedding(27, 10)", "FlattenConsecutive(3)", "Linear(30, 9)", "Tanh()", "Linear(9, 9)", "Tanh()"]
    tree = derive(parse("\n".join([*lines, "Linear(9, 27)", "BatchNorm1d(27)"])), 3)
    assert [(level.role, level.line) for level in tree.levels] == [("characters", 1), ("hidden", 6), ("prediction", 8)]


@ALL
def test_what_a_node_sees_is_the_union_of_its_children(name):
    tree = tree_of(name)
    for node in tree.nodes[tree.context :]:
        np.testing.assert_array_equal(tree.mask[node.id], tree.mask[list(node.children)].any(0))
        assert tree.mask[list(node.children)].sum() == node.stop - node.start  # no character twice
        assert node.x == pytest.approx(np.mean(np.flatnonzero(tree.mask[node.id])))


@ALL
def test_the_pairs_light_what_a_node_is_computed_from(name):
    tree = tree_of(name)
    pairs, edges = tree.pair_table(), tree.edge_pair_table()
    for node in tree.nodes:
        below = pairs[pairs.ancestor == node.id].descendant.tolist()
        leaves = [i for i in below if i < tree.context]
        assert leaves == np.flatnonzero(tree.mask[node.id]).tolist()
        assert node.id in below
        lit = edges[edges.ancestor == node.id]
        assert sorted({node.id, *lit.child}) == below  # a tree: one line into each node but the top
        assert len(lit) == len(below) - 1


def test_tables_carry_coordinates_and_characters():
    tree = tree_of("wavenet")
    table = tree.node_table("....emma").set_index("id")
    assert "".join(table.character) == "....emma"
    assert table.sees[[4, 10, 13, 15]].tolist() == ["e", "em", "emma", "....emma"]
    assert tree.node_table().sees[[0, 9, 15]].tolist() == ["1", "3-4", "1-8"]
    edges = tree.edge_table()
    for ends, column in (("child", ""), ("parent", "2")):
        expected = table.loc[edges[ends], ["x", "y"]].to_numpy()
        np.testing.assert_array_equal(edges[["x" + column, "y" + column]].to_numpy(), expected)
    whole = tree.edge_pair_table().query("ancestor == 15").drop(columns="ancestor")
    columns = edges.columns.tolist()
    pd.testing.assert_frame_equal(
        whole.sort_values(columns, ignore_index=True), edges.sort_values(columns, ignore_index=True)
    )


def test_a_text_that_does_not_fit_is_explained():
    with pytest.raises(ModelTextError, match="cannot split 7 positions into groups of 2; use 7"):
        derive(parse(PRESETS["wavenet"].text(27)), 7)
