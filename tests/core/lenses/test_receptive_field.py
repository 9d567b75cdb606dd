"""The tree that a model text implies, held against torch's autograd on random weights."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.lenses.receptive_field import derive, excerpt, spans
from core.nn.notation import ModelTextError, parse
from core.nn.presets import PRESETS

ALL = pytest.mark.parametrize("name", PRESETS)
WITH_GRADIENTS = pytest.mark.parametrize("name", [name for name in PRESETS if "Counts" not in PRESETS[name].text(27)])
TREES = pytest.mark.parametrize("name", ["mlp-2003", "mlp", "deep-mlp", "flat", "wavenet-bug", "wavenet"])
PAPER = "Residual(Gated(CausalConv1d(3, 3, {0}), CausalConv1d(3, 3, {0})), Skip(3, 4), Linear(3, 3))"


def tree_of(name, vocab_size=27):
    return derive(parse(PRESETS[name].text(vocab_size)), PRESETS[name].context, vocab_size)


class Torch:
    """A model of torch's own, with random weights: what each line puts out. BatchNorm is a scale and a shift."""

    def __init__(self, seed=0):
        self.g = torch.Generator().manual_seed(seed)
        self.skips = []

    def outs(self, specs, x):
        outs = [x]
        for spec in specs:
            outs.append(self.layer(spec, outs[-1], **spec.arguments))
        return outs[1:]

    def layer(self, spec, x, **a):
        match spec.kind:
            case "Embedding" | "OneHot":
                return x
            case "Tanh":
                return x.tanh()
            case "ReLU":
                return x.relu()
            case "Linear":
                return self.linear(x, a["fan_out"])
            case "BatchNorm1d":
                return x * (0.5 + torch.rand(a["n"], generator=self.g)) + torch.randn(a["n"], generator=self.g)
            case "PositionEmbedding":
                return x + torch.randn(a["t"], a["c"], generator=self.g)
            case "FlattenConsecutive":
                out = x.reshape(x.shape[0], x.shape[1] // a["n"], -1)
                return out.squeeze(1) if out.shape[1] == 1 else out
            case "LastPosition":
                return x[:, -1]
            case "CausalConv1d":
                weight = torch.randn(a["fan_out"], a["fan_in"], a["kernel"], generator=self.g) / a["fan_in"] ** 0.5
                return torch.nn.functional.conv1d(x.mT, weight, dilation=a["dilation"]).mT
            case "Residual":
                inner = self.outs(spec.inside, x)[-1]
                return x[:, -inner.shape[1] :] + inner
            case "Gated":
                what, gate = (self.outs([branch], x)[0] for branch in spec.inside)
                return what.tanh() * gate.sigmoid()
            case "Skip":
                self.skips.append(self.linear(x, a["fan_out"]))
                return x
            case "SkipSum":
                return sum(skip[:, -self.skips[-1].shape[1] :] for skip in self.skips)
            case "RNN" | "GRU" | "LSTM":
                return getattr(torch.nn, spec.kind)(a["fan_in"], a["hidden"], batch_first=True)(x)[0]
            case "TransformerEncoderLayer":
                layer = torch.nn.TransformerEncoderLayer(*spec.args, dropout=0.0, batch_first=True, norm_first=True)
                return layer(x, src_mask=torch.nn.Transformer.generate_square_subsequent_mask(x.shape[1]))

    def linear(self, x, fan_out):
        return x @ (torch.randn(x.shape[-1], fan_out, generator=self.g) / x.shape[-1] ** 0.5)


def mask_by_autograd(tree, specs):
    """Which character vectors each node's value has a gradient to, by torch alone."""
    torch.manual_seed(0)  # modules draw their weights from torch's own generator
    channels = specs[0].arguments.get("n_embd", specs[0].arguments["vocab"])
    x = torch.randn(16, tree.context, channels, generator=torch.Generator().manual_seed(1), requires_grad=True)
    outs = Torch().outs(specs, x)
    rows = []
    for node in tree.nodes:
        level = tree.levels[node.level]
        line = next(i for i, spec in enumerate(specs) if spec.line == level.last.line)
        value = outs[line][:, node.position] if outs[line].ndim == 3 else outs[line]
        direction = torch.randn(value.shape, generator=torch.Generator().manual_seed(node.id))
        (grad,) = torch.autograd.grad(value, x, direction, retain_graph=True, allow_unused=True)
        rows.append((grad != 0).any(2).any(0).numpy())
    return np.array(rows)


@WITH_GRADIENTS
def test_the_derived_mask_is_autograd_s(name):
    tree = tree_of(name)
    np.testing.assert_array_equal(tree.mask, mask_by_autograd(tree, parse(PRESETS[name].text(27))))


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5)), min_size=1, max_size=4), st.booleans())
def test_the_derived_mask_is_autograd_s_for_any_convolutions(slides, blocks):
    """Any kernels and dilations: masks have gaps, nodes several parents. 1 + sum((k - 1) * d) characters at most."""
    lines = ["Embedding(5, 3)"]
    for kernel, dilation in slides:
        conv = f"3, 3, {kernel}, {dilation}"
        lines += [PAPER.format(f"{kernel}, {dilation}")] if blocks else [f"CausalConv1d({conv})", "Tanh()"]
    specs = parse("\n".join([*lines, *(["SkipSum()", "Linear(4, 5)"] if blocks else ["Linear(3, 5)"])]))
    context = 1 + sum((kernel - 1) * dilation for kernel, dilation in slides)
    tree = derive(specs, context)
    np.testing.assert_array_equal(tree.mask, mask_by_autograd(tree, specs))
    assert tree.nodes[-1].sees[-1] == context - 1


@pytest.mark.parametrize(
    "lines",
    [
        "RNN(3, 4)\nGRU(4, 3)\nLastPosition()",
        "CausalConv1d(3, 3)\nTransformerEncoderLayer(3, 1, 4)\nLastPosition()",
        "Residual(RNN(3, 3), CausalConv1d(3, 3, 2, 3))\nLastPosition()",
        "Residual(CausalConv1d(3, 3, 2, 2), LSTM(3, 3))\nLinear(3, 3)\nRNN(3, 3)\nLastPosition()",
        "Gated(RNN(3, 3), Linear(3, 3))\nFlattenConsecutive(3)\nLinear(9, 3)\nFlattenConsecutive(2)\nLinear(6, 3)",
        "Residual(Skip(3, 3), CausalConv1d(3, 3, 4))\nLinear(3, 3)\nSkipSum()\nLastPosition()",
        "Linear(3, 3)\nResidual(Linear(3, 3))\nCausalConv1d(3, 3, 1)\nLastPosition()",
    ],
)
def test_the_derived_mask_is_autograd_s_for_mixtures(lines):
    specs = parse(f"Embedding(5, 3)\n{lines}\nLinear(3, 5)")
    tree = derive(specs, 6)
    np.testing.assert_array_equal(tree.mask, mask_by_autograd(tree, specs))
    for node in tree.nodes[6:]:
        assert set(node.sees) <= set(np.flatnonzero(tree.mask[list(node.children)].any(0)))
        assert all(child < node.id for child in node.children)


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
    assert [(level.role, level.positions, level.name) for level in tree.levels] == [
        ("characters", 8, "1.Embedding"),
        ("hidden", 4, "5.Tanh"),
        ("hidden", 2, "9.Tanh"),
        ("hidden", 1, "13.Tanh"),
        ("prediction", 1, "14.Linear"),
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
    levels = [(level.role, level.name) for level in tree.levels]
    assert levels == [("characters", "1.Embedding"), ("hidden", "6.Tanh"), ("prediction", "8.BatchNorm1d")]


def test_the_paper_s_blocks_are_a_level_each_and_their_skips_meet_beside_them():
    """Dilations 1, 2, 4, 8 over 16 characters; the prediction reads the last position of every block."""
    tree = tree_of("wavenet-paper")
    assert [level.positions for level in tree.levels] == [16, 15, 13, 9, 1, 1, 1]
    assert [level.name for level in tree.levels[1:5]] == [f"{i}.Residual" for i in range(2, 6)]
    blocks = [[node for node in tree.nodes if node.level == level] for level in range(7)]
    assert blocks[5][0].children == tuple(row[-1].id for row in blocks[1:5])
    assert blocks[5][0].x > 15
    assert [int(tree.used[[node.id for node in row]].sum()) for row in blocks] == [16, 8, 4, 2, 1, 1, 1]


def test_convolutions_share_nodes_and_leave_gaps():
    tree = derive(parse("Embedding(5, 3)\nCausalConv1d(3, 3, dilation=2)\nCausalConv1d(3, 3, 3)\nLinear(3, 5)"), 5)
    assert [node.sees for node in tree.nodes[5:8]] == [(0, 2), (1, 3), (2, 4)]
    assert [node.x for node in tree.nodes[5:8]] == [2, 3, 4]  # over the last that they read
    assert tree.nodes[-1].sees == (0, 1, 2, 3, 4)
    assert tree.node_table("aeiou").sees[[5, 6]].tolist() == ["a·i", "e·o"]


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_a_recurrent_position_reads_itself_below_and_the_one_before(name):
    tree = tree_of(name)
    assert [node.children for node in tree.nodes[8:16]] == [(0,), *((t, 7 + t) for t in range(1, 8))]
    assert [node.sees for node in tree.nodes[8:16]] == [tuple(range(t + 1)) for t in range(8)]
    assert tree.nodes[16].children == (15,)


def test_attention_reads_all_positions_up_to_its_own():
    tree = tree_of("transformer")
    assert [node.children for node in tree.nodes[8:16]] == [tuple(range(t + 1)) for t in range(8)]
    assert tree.used.tolist() == [True] * 16 + [False] * 7 + [True] * 2


def test_a_counting_model_has_characters_without_vectors():
    tree = tree_of("bigram")
    assert [(level.role, level.name, level.place) for level in tree.levels] == [
        ("characters", "input", None),
        ("prediction", "1.Counts", 0),
    ]
    assert tree.nodes[1].children == (0,)


def test_of_very_many_lines_only_a_node_s_own_light_up():
    lines = ["Embedding(5, 3)", *["TransformerEncoderLayer(3, 1, 3)"] * 2, "LastPosition()", "Linear(3, 5)"]
    few, many = derive(parse("\n".join(lines)), 8), derive(parse("\n".join(lines)), 64)
    assert few.lights_all
    assert not many.lights_all
    assert len(many.pair_table()) == len(many.nodes) + len(many.edge_table())
    assert (many.edge_pair_table().ancestor == many.edge_pair_table().parent).all()


def test_places_in_words():
    assert [spans([]), spans([0]), spans([0, 1, 2]), spans([1, 5, 6])] == ["none", "1", "1-3", "2, 6-7"]
    assert [excerpt("emma", [0, 1]), excerpt("emma", [0, 3])] == ["em", "e·a"]


@ALL
def test_what_a_node_sees_is_the_union_of_its_children(name):
    tree = tree_of(name)
    for node in tree.nodes[tree.context :]:
        np.testing.assert_array_equal(tree.mask[node.id], tree.mask[list(node.children)].any(0))


@TREES
def test_in_a_tree_no_character_counts_twice_and_nodes_stand_over_their_middle(name):
    tree = tree_of(name)
    assert tree.used.all()
    for node in tree.nodes[tree.context :]:
        assert tree.mask[list(node.children)].sum() == len(node.sees)
        assert node.x == pytest.approx(np.mean(node.sees))


@ALL
def test_the_pairs_light_what_a_node_is_computed_from(name):
    tree = tree_of(name)
    pairs, edges = tree.pair_table(), tree.edge_pair_table()
    for node in tree.nodes:
        below = pairs[pairs.ancestor == node.id].descendant.tolist()
        leaves = [i for i in below if i < tree.context]
        assert leaves == np.flatnonzero(tree.mask[node.id]).tolist()
        assert below == tree.below(node.id)
        lit = edges[edges.ancestor == node.id]
        assert sorted({node.id, *lit.child}) == below
        assert len(lit) == sum(len(tree.nodes[i].children) for i in below)


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
    whole = tree.edge_pair_table().query("ancestor == 15")[edges.columns]
    columns = edges.columns.tolist()
    pd.testing.assert_frame_equal(
        whole.sort_values(columns, ignore_index=True), edges.sort_values(columns, ignore_index=True)
    )


def test_a_text_that_does_not_fit_is_explained():
    with pytest.raises(ModelTextError, match="cannot split 7 positions into groups of 2; use 7"):
        derive(parse(PRESETS["wavenet"].text(27)), 7)
