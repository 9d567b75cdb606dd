"""Characters as ones and zeros, and the model that only counts."""

import numpy as np
import pytest
import torch

from core.nn.characters import OneHot
from core.nn.lookup import OneHotProduct
from core.nn.presets import preset
from core.nn.sequential import Sequential
from core.nn.variable import Variable


def test_one_hot_is_torch_s():
    codes = np.random.default_rng(0).integers(0, 27, (5, 3))
    layer = OneHot(27)
    out = layer.connect(Variable("contexts", codes, None))
    for _ in range(2):
        layer.forward()
        np.testing.assert_array_equal(out.data, torch.nn.functional.one_hot(torch.tensor(codes), 27).numpy())


@pytest.mark.parametrize("smoothing", [0.5, 1.0])
def test_counting_once_gives_the_frequencies(smoothing):
    rng = np.random.default_rng(1)
    contexts, targets = rng.integers(0, 5, (400, 1)), rng.integers(0, 5, 400)
    model = Sequential.from_text(f"Counts(5, smoothing={smoothing})", context=1)
    model.connect(400)
    assert model.loss(contexts, targets) == pytest.approx(np.log(5), abs=1e-6)  # nothing is counted yet
    model.backward()
    model.update(lr=0.1)
    counts = np.full((5, 5), smoothing)
    np.add.at(counts, (contexts[:, 0], targets), 1)
    probs = counts / counts.sum(axis=1, keepdims=True)
    expected = -np.log(probs[contexts[:, 0], targets]).mean()
    assert model.loss(contexts, targets) == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(np.exp(model.evaluate(np.arange(5)[:, None])), probs, atol=1e-6)
    assert model.state()["1.Counts.counts"].sum() == 400


def test_one_hot_follows_its_characters():
    x = Variable("contexts", np.zeros((4, 1), np.int64), None)
    layer = OneHot(5)
    out = layer.connect(x)
    for codes in ([0, 1, 2, 3], [0, 1, 2, 3], [4, 1, 2, 3], [0, 1, 2, 3]):
        x.data[:, 0] = codes
        layer.forward()
        np.testing.assert_array_equal(out.data[:, 0], np.eye(5, dtype=np.float32)[codes])
    x.data[0] = 9
    for _ in range(2):  # what it could not write is not taken for written
        with pytest.raises(IndexError):
            layer.forward()


def test_training_without_the_gradient_at_the_ones_and_zeros_has_the_same_bits(monkeypatch):
    """Against the three layers running themselves; who looks finds the gradient that they would have put there."""

    def model() -> Sequential:
        made = Sequential.from_text(preset("bigram-nn").text(27), 1, torch.Generator().manual_seed(42))
        made.connect(500)
        return made

    short = model()
    monkeypatch.setattr(OneHotProduct, "of", lambda layers: None)
    plain = model()
    assert short._first
    assert not plain._first
    rng = np.random.default_rng(0)
    batches = [(rng.integers(0, 27, (500, 1)), rng.integers(0, 27, 500)) for _ in range(2)]
    for contexts, targets in [batches[0]] * 5 + [batches[1]] * 5:
        losses = [made.loss(contexts, targets) for made in (short, plain)]
        assert losses[0] == losses[1]
        for made in (short, plain):
            made.backward()
        short.fill()
        for ours, theirs in zip(short.activations(), plain.activations(), strict=True):
            np.testing.assert_array_equal(ours.data, theirs.data)
            np.testing.assert_array_equal(ours.grad, theirs.grad)
        for made in (short, plain):
            made.update(50.0)
    np.testing.assert_array_equal(short.layers[-1].weight.data, plain.layers[-1].weight.data)


def test_other_layers_below_a_one_hot_run_themselves():
    made = Sequential.from_text("OneHot(27)\nTanh()\nFlattenConsecutive(1)\nLinear(27, 27)", 1)
    made.connect(4)
    assert not made._first
