"""What the picture of shapes says of each layer, and which blocks it folds."""

import pytest

from core.nn.notation import parse
from core.nn.presets import PRESETS
from core.nn.registry import LAYERS
from core.nn.shapes import infer
from explorer.charts.shape_rows import foldable, shape_rows, words


def shapes_of(name):
    preset = PRESETS[name]
    return infer(parse(preset.text(27)), 32, preset.context)


@pytest.mark.parametrize("name", PRESETS)
def test_words_fit_their_column(name):
    """About 42 letters fit between the boxes and the parameters at 1280 pixels."""
    assert max(len(words(shape)) for shape in shapes_of(name)) <= 42


def test_every_kind_has_words():
    """All kinds but RNN and LSTM, which are GRU's, and Counts stand in one of these."""
    text = """Embedding(27, 4)
PositionEmbedding(8, 4)
TransformerEncoderLayer(4, 2, 8)
Residual(Gated(CausalConv1d(4, 4, 2, 3), CausalConv1d(4, 4, 2, 3)), Skip(4, 8))
SkipSum()
ReLU()
BatchNorm1d(8)
GRU(8, 6)
LastPosition()
Tanh()
Linear(6, 27)"""
    said = {shape.kind: words(shape) for shape in infer(parse(text), 4, 8)}
    said |= {shape.kind: words(shape) for name in ("bigram", "bigram-nn", "rnn", "lstm") for shape in shapes_of(name)}
    assert said.keys() == LAYERS.keys()
    assert said["CausalConv1d"] == "mixes 2 positions 3 apart into 4 numbers"
    assert said["GRU"] == "reads in turn, carrying 6 numbers along"


@pytest.mark.parametrize(("name", "group"), [("mlp", 3), ("flat", 8), ("wavenet", 2)])
def test_neighbours_are_counted(name, group):
    assert words(shapes_of(name)[1]) == f"puts {group} neighbours side by side"


def test_blocks_that_differ_in_dilation_alone_are_folded():
    shapes = shapes_of("wavenet-paper")
    assert list(foldable(shapes).values()) == [f"as block 2, dilation {d}" for d in (2, 4, 8)]
    whole, folded = shape_rows(shapes), shape_rows(shapes, fold=True)
    assert len(whole) == 30
    assert [row.label for row in folded][6:10] == [f"{i}.Residual(...)" for i in range(2, 6)]
    for numbers in ("parameters", "flops"):
        assert sum(getattr(row, numbers) for row in folded) == sum(getattr(row, numbers) for row in whole)


def test_blocks_that_differ_otherwise_are_not_folded():
    text = (
        "Embedding(5, 4)\nResidual(Linear(4, 4))\nResidual(Linear(4, 4), Tanh())\nFlattenConsecutive(2)\nLinear(8, 5)"
    )
    assert foldable(infer(parse(text), 4, 2)) == {}


@pytest.mark.parametrize("name", ["wavenet", "transformer", "gru"])
def test_without_blocks_nothing_is_folded(name):
    assert shape_rows(shapes_of(name), fold=True) == shape_rows(shapes_of(name))
