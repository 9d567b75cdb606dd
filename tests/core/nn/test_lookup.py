"""The first product by tables: against autograd, against the layers it stands in for, and unseen by who looks."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.nn import lookup
from core.nn.layers import Embedding, FlattenConsecutive, Linear
from core.nn.lookup import Lookup
from core.nn.presets import preset
from core.nn.sequential import Sequential
from core.nn.variable import Variable

SIZE = st.integers(1, 20)


def layers(batch: int, positions: int, n: int, vocab: int, channels: int, hidden: int) -> list:
    """Connected, with random weights, codes and gradient at the output; every other gradient is rubbish."""
    rng = np.random.default_rng(batch)
    made = [Embedding(vocab, channels), FlattenConsecutive(n), Linear(channels * n, hidden, bias=False)]
    x = Variable("contexts", rng.integers(0, vocab, (batch, positions * n)), None)
    for layer in made:
        x = layer.connect(x)
        for array in [x.grad] + [parameter.grad for parameter in layer.parameters()]:
            array[:] = 7
        for parameter in layer.parameters():
            parameter.data[:] = rng.standard_normal(parameter.shape)
    x.grad[:] = rng.standard_normal(x.shape)
    return made


@given(SIZE, st.integers(1, 4), st.integers(1, 4), SIZE, SIZE, SIZE)
def test_output_and_gradients_against_autograd(batch, positions, n, vocab, channels, hidden):
    embedding, flatten, linear = made = layers(batch, positions, n, vocab, channels, hidden)
    looked_up = Lookup(*made)
    looked_up.forward()
    looked_up.backward()
    looked_up.fill()

    leaves = [torch.tensor(layer.weight.data, dtype=torch.float64, requires_grad=True) for layer in (embedding, linear)]
    vectors = leaves[0][torch.tensor(embedding.x.data)]
    vectors.retain_grad()
    out = vectors.reshape(linear.x.shape) @ leaves[1]
    out.backward(torch.tensor(linear.out.grad, dtype=torch.float64))
    pairs = [(embedding.weight.grad, leaves[0].grad), (linear.weight.grad, leaves[1].grad), (linear.out.data, out)]
    pairs += [(embedding.out.data, vectors), (embedding.out.grad, vectors.grad)]
    for ours, theirs in pairs:
        expected = theirs.detach().numpy()
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5 * (1 + np.abs(expected).max()))
    assert np.shares_memory(flatten.out.grad, embedding.out.grad)


def test_filling_gives_the_bits_of_the_linear_itself_and_touches_nothing_else():
    embedding, _, linear = made = layers(32, 4, 2, 27, 24, 128)
    looked_up = Lookup(*made)
    looked_up.forward()
    looked_up.backward()
    assert (embedding.out.grad == 7).all()  # not computed yet
    kept = [embedding.weight.grad.copy(), linear.weight.grad.copy(), linear.out.grad.copy()]
    looked_up.fill()
    for array, before in zip([embedding.weight.grad, linear.weight.grad, linear.out.grad], kept, strict=True):
        np.testing.assert_array_equal(array, before)
    filled = embedding.out.grad.copy()
    linear.backward()
    np.testing.assert_array_equal(filled, embedding.out.grad)


def model(text: str, context: int, batch: int) -> Sequential:
    made = Sequential.from_text(text, context, torch.Generator().manual_seed(42))
    made.connect(batch)
    return made


def test_models_that_look_up_and_models_that_multiply_agree(monkeypatch):
    text = preset("wavenet-large").text(27)
    fast = model(text, 8, 32)
    assert fast._first
    monkeypatch.setattr(lookup, "WORTH_IT", np.inf)
    plain = model(text, 8, 32)
    assert not plain._first
    rng = np.random.default_rng(0)
    for _ in range(20):
        contexts, targets = rng.integers(0, 27, (32, 8)), rng.integers(0, 27, 32)
        losses = []
        for made in (fast, plain):
            losses.append(made.loss(contexts, targets))
            made.backward()
            made.fill()
        assert losses[0] == pytest.approx(losses[1], abs=1e-6)
        for ours, theirs in zip(fast.activations(), plain.activations(), strict=True):
            np.testing.assert_allclose(ours.data, theirs.data, rtol=0, atol=2e-5)
            np.testing.assert_allclose(ours.grad, theirs.grad, rtol=0, atol=2e-5 * np.abs(theirs.grad).max())
        for made in (fast, plain):
            made.update(0.1)


@pytest.mark.parametrize(("name", "batch"), [("mlp", 32), ("flat", 32), ("wavenet", 32), ("wavenet-large", 6)])
def test_where_it_does_not_pay_the_layers_run_themselves(name, batch):
    made = model(preset(name).text(27), preset(name).context, batch)
    assert not made._first
    assert len(made._forward) == len(made.layers)


@pytest.mark.parametrize(
    "text",
    [
        "Embedding(27, 24)\nFlattenConsecutive(2)\nLinear(48, 128)\nFlattenConsecutive(4)\nLinear(512, 27)",  # a bias
        "Embedding(27, 24)\nLinear(24, 500, bias=False)\nFlattenConsecutive(8)\nLinear(4000, 27)",
        "Embedding(27, 24)\nTanh()\nFlattenConsecutive(8)\nLinear(192, 27, bias=False)",
        "Embedding(27, 24)\nFlattenConsecutive(2)\nSkip(48, 99, bias=False)\nSkipSum()\nLastPosition()\nLinear(99, 27)",
    ],
)
def test_other_layers_run_themselves(text):
    assert not model(text, 8, 256)._first


def test_a_code_that_is_no_symbol_is_an_error():
    made = model(preset("wavenet-large").text(27), 8, 32)
    with pytest.raises(IndexError, match="27 symbols"):
        made.forward(np.full((32, 8), 27))


def test_first_nonfinite_sees_the_gradient_that_training_leaves_out():
    made = model(preset("wavenet-large").text(27), 8, 32)
    made.loss(np.zeros((32, 8), np.int64), np.zeros(32, np.int64))
    made.backward()
    assert made.first_nonfinite() is None
    made.layers[0].weight.data[:], made.layers[2].weight.data[:] = 0, np.inf  # from 0 * inf on: no gradient but NaN
    made.layers[2].out.grad[:] = 1
    assert made.first_nonfinite() == "2.FlattenConsecutive"
