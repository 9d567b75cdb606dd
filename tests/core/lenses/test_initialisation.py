"""The five states against plain torch, and the theory of deep networks against closed forms and what is measured."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.dataset import Dataset
from core.lenses.initialisation.depth import LINEAR, NONLINEARITIES, RELU, TANH, expected, measured
from core.lenses.initialisation.states import BATCH, CONTEXT, KAIMING, STATES, start
from core.lenses.initialisation.training import expected_loss, train

NAMES = Dataset.builtin()
AS_IS, SOFTMAX, TANH_STATE, KAIMING_STATE, NORM = STATES


def test_one_seed_gives_the_same_random_numbers_scaled():
    first = start(AS_IS, NAMES, 42)
    assert sum(p.data.size for p in first.parameters()) == 11_897
    for state in STATES[1:]:
        model = start(state, NAMES, 42)
        assert np.array_equal(model.layers[0].weight.data, first.layers[0].weight.data)
        assert np.allclose(model.layers[2].weight.data, first.layers[2].weight.data * state.hidden)
        assert not model.layers[-1].bias.data.any()
        if not state.norm:
            assert np.allclose(model.layers[2].bias.data, first.layers[2].bias.data * state.hidden_bias)
            assert np.allclose(model.layers[-1].weight.data, first.layers[-1].weight.data * state.output)
    assert math.isclose(KAIMING, (5 / 3) / 30**0.5, abs_tol=5e-4)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_training_is_what_plain_torch_does(state):
    """The course's own loop, written with tensors and autograd."""
    model, generator = start(state, NAMES, 7), torch.Generator().manual_seed(8)
    c, w1, *rest = (torch.tensor(p.data).requires_grad_() for p in model.parameters())
    w2, b2 = rest[-2:]
    contexts, targets = (torch.tensor(array) for array in NAMES.examples("train", CONTEXT))
    losses = []
    for _ in range(20):
        rows = torch.randint(0, len(targets), (BATCH,), generator=generator)
        hidden = c[contexts[rows]].view(BATCH, -1) @ w1
        if state.norm:
            gain, bias = rest[0], rest[1]
            hidden = gain * (hidden - hidden.mean(0)) / (hidden.var(0) + 1e-5).sqrt() + bias
        else:
            hidden = hidden + rest[0]
        loss = F.cross_entropy(hidden.tanh() @ w2 + b2, targets[rows])
        losses.append(loss.item())
        everything = [c, w1, *rest]
        for p, grad in zip(everything, torch.autograd.grad(loss, everything), strict=True):
            p.data -= 0.1 * grad
    assert np.allclose(train(state, NAMES, 7, 20).losses, losses, rtol=2e-4)


def test_only_the_first_state_starts_out_sure_and_wrong():
    expected = expected_loss(27)
    assert math.isclose(expected, 3.2958, abs_tol=1e-4)
    first = {state.name: train(state, NAMES, 42, 1) for state in STATES}
    assert first["as is"].losses[0] > 20
    assert all(abs(first[state.name].losses[0] - expected) < 0.05 for state in STATES[1:])
    assert np.allclose(first["as is"].probs.sum(axis=1), 1)


def test_saturation_goes_with_the_hidden_weights():
    share = {state.name: train(state, NAMES, 42, 1).saturated.mean() for state in STATES}
    assert share["as is"] == share["softmax"] > 0.6
    assert share["tanh"] < 0.1
    # BatchNorm's sums are N(0, 1): P(|tanh| > 0.97), that is P(|z| > 2.09); 6,400 numbers
    assert share["BatchNorm"] == pytest.approx(math.erfc(math.atanh(0.97) / 2**0.5), abs=0.015)


def test_the_same_seed_gives_the_same_bits_and_progress_is_told():
    told = []
    once = train(KAIMING_STATE, NAMES, 3, 250, told.append)
    again = train(KAIMING_STATE, NAMES, 3, 250)
    assert np.array_equal(once.losses, again.losses)
    assert once.val_loss == again.val_loss
    assert told == [100 / 250, 200 / 250]
    assert not np.array_equal(once.losses, train(KAIMING_STATE, NAMES, 4, 250).losses)


def test_closed_forms_of_the_theory():
    signals = expected(LINEAR, 1.1, 10, norm=False)
    assert np.allclose(signals.activations, 1.1 ** np.arange(1, 11))
    assert np.allclose(signals.gradients, 1.1 ** np.arange(9, -1, -1))
    signals = expected(RELU, 2**0.5, 10, norm=False)  # E[relu^2] = 1/2, E[relu] = 1/sqrt(2 pi)
    assert np.allclose(signals.activations, (1 - 1 / math.pi) ** 0.5, rtol=1e-5)
    assert np.allclose(signals.gradients, 1, rtol=1e-4)
    signals = expected(RELU, 3.0, 10, norm=True)  # known: the gradient's variance grows by pi / (pi - 1) a layer
    assert np.allclose(signals.gradients[:-1] / signals.gradients[1:], (math.pi / (math.pi - 1)) ** 0.5, rtol=1e-4)


def test_the_gain_does_not_matter_under_batchnorm():
    for f in NONLINEARITIES.values():
        assert np.array_equal(expected(f, 0.5, 8, True).activations, expected(f, 3.0, 8, True).activations)
        once, again = measured(f, 0.7, 4, True, 50), measured(f, 2.8, 4, True, 50)
        assert np.allclose(once.activations, again.activations, rtol=1e-3)  # but for eps


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("f", NONLINEARITIES.values(), ids=NONLINEARITIES)
def test_what_is_measured_is_what_theory_expects(f, norm):
    """Wide layers stray from it by about sqrt(5 * layers / width) / 2 = 9% at the most; BatchNorm by 1 / sqrt(128)."""
    for gain in (f.gain, 0.8):
        found, theory = measured(f, gain, 5, norm, 800), expected(f, gain, 5, norm)
        assert np.allclose(found.activations, theory.activations, rtol=0.1)
        assert np.allclose(found.gradients, theory.gradients, rtol=0.1)


def test_tanh_settles_at_the_usual_gain_and_dies_below_one():
    settled = expected(TANH, 5 / 3, 50, norm=False).activations
    assert abs(settled[-1] - settled[-2]) < 1e-6
    assert expected(TANH, 0.8, 50, norm=False).activations[-1] < 1e-4


def test_no_gain_of_tanh_keeps_both_ways_level():
    """What the page says: 5/3 keeps outputs and lets gradients grow by 10% a layer, 1.1 the other way round."""

    def growth(f, gain, norm):
        gradients = expected(f, gain, 50, norm).gradients
        return (gradients[20] / gradients[40]) ** (1 / 20)

    assert growth(TANH, 5 / 3, norm=False) == pytest.approx(1.10, abs=0.005)
    assert growth(TANH, 1.1, norm=False) == pytest.approx(1, abs=0.01)
    assert expected(TANH, 1.1, 50, norm=False).activations[-1] < 0.5 * expected(TANH, 5 / 3, 50, False).activations[-1]
    assert [growth(f, f.gain, norm=True) for f in (TANH, RELU, LINEAR)] == pytest.approx([1.09, 1.21, 1], abs=0.006)


def test_fifty_layers_at_the_ends_of_the_gain_stay_finite():
    for f in NONLINEARITIES.values():
        for gain in (0.5, 3.0):
            found = measured(f, gain, 50, False, 25)
            assert np.isfinite([found.activations, found.gradients]).all()
            assert (found.activations > 0).all()
            assert (found.gradients > 0).all()
