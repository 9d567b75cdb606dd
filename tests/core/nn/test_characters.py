"""Characters as ones and zeros, and the model that only counts."""

import numpy as np
import pytest
import torch

from core.nn.characters import OneHot
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
