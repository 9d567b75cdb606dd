"""The hierarchy and its convolutions: one set of weights, the same logits, there and back."""

import numpy as np
import pytest
import torch

from core.nn.conversion import NotConvertible, converted, convolutional, hierarchical
from core.nn.notation import parse
from core.nn.presets import preset
from core.nn.sequential import Sequential

THREES = "Embedding(27, 4)\nFlattenConsecutive(3)\nLinear(12, 9)\nReLU()\nFlattenConsecutive(3)\nLinear(27, 27)"


def trained(text: str, context: int) -> Sequential:
    """A model whose running statistics are not those it starts with."""
    model = Sequential.from_text(text, context=context, generator=torch.Generator().manual_seed(3))
    model.connect(16)
    rng = np.random.default_rng(0)
    for _ in range(20):
        model.loss(rng.integers(0, 27, (16, context)), rng.integers(0, 27, 16))
        model.backward()
        model.update(0.1)
    return model


@pytest.mark.parametrize(
    ("text", "context"),
    [(preset("wavenet").text(27), 8), (preset("flat").text(27), 8), (preset("mlp").text(27), 3), (THREES, 9)],
)
def test_logits_agree_at_every_position_of_a_text(text, context):
    tree = trained(text, context)
    specs = convolutional(parse(text))
    conv = Sequential.build(specs, context)
    conv.connect(5, positions=7)
    conv.load_state(converted(tree.state(), conv.state()))
    texts = np.random.default_rng(1).integers(0, 27, (5, context + 6))
    slid = conv.forward(texts, training=False)
    for place in range(7):
        np.testing.assert_allclose(slid[:, place], tree.evaluate(texts[:, place : place + context]), atol=1e-5)


def test_weights_and_text_come_back_as_they_were():
    text = preset("wavenet").text(27)
    tree = trained(text, 8)
    conv = Sequential.build(convolutional(parse(text)), 8)
    conv.connect(1)
    state = tree.state()
    back = converted(converted(state, conv.state()), state)
    assert list(back) == list(state)
    for name, array in state.items():
        np.testing.assert_array_equal(back[name], array)
    assert hierarchical(convolutional(parse(text))) == parse(text)
    assert convolutional(parse(text)) == parse(preset("wavenet-conv").text(27))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (preset("wavenet-bug").text(27), "each position apart"),
        ("Embedding(27, 4)\nFlattenConsecutive(2)\nTanh()\nLinear(8, 27)", "followed by Tanh()"),
        ("Embedding(27, 4)\nFlattenConsecutive(2)", "comes last"),
        ("Embedding(27, 4)\nRNN(4, 8)\nLastPosition()\nLinear(8, 27)", "RNN(4, 8) has no counterpart"),
    ],
)
def test_what_has_no_counterpart_is_named(text, said):
    with pytest.raises(NotConvertible) as caught:
        convolutional(parse(text))
    assert said in str(caught.value)


def test_other_dilations_are_no_hierarchy():
    with pytest.raises(NotConvertible, match="its dilation there would be 2"):
        hierarchical(parse("Embedding(27, 4)\nCausalConv1d(4, 4)\nCausalConv1d(4, 4, dilation=3)\nLinear(4, 27)"))


def test_states_of_other_layers_are_refused():
    with pytest.raises(ValueError, match="models with other layers"):
        converted(trained(THREES, 9).state(), trained(preset("mlp").text(27), 3).state())
