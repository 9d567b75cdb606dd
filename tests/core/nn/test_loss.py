"""Cross-entropy against torch, and where exponentials overflow."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.dataset import NOTHING
from core.nn.loss import CrossEntropy, cross_entropy
from core.nn.variable import Variable


def both(logits: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """Our loss and its gradient."""
    variable = Variable("logits", logits, np.full(logits.shape, 7, np.float32))
    criterion = CrossEntropy(variable)
    loss = criterion.forward(targets)
    criterion.backward()
    np.testing.assert_equal(cross_entropy(logits, targets), loss)  # NaN is NaN here
    return loss, variable.grad


@given(st.integers(1, 50), st.integers(2, 60), st.sampled_from([0.1, 3.0, 100.0, 1e4]), st.integers(0, 2**32 - 1))
def test_loss_and_gradient(rows, symbols, scale, seed):
    rng = np.random.default_rng(seed)
    logits = (rng.standard_normal((rows, symbols)) * scale).astype(np.float32)
    targets = rng.integers(0, symbols, rows)
    theirs = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(theirs, torch.tensor(targets))
    expected.backward()
    loss, grad = both(logits, targets)
    assert loss == pytest.approx(expected.item(), rel=1e-6, abs=1e-7)
    np.testing.assert_allclose(grad, theirs.grad.numpy(), rtol=1e-5, atol=1e-7)


def test_uniform_logits_cost_the_logarithm_of_the_number_of_symbols():
    assert cross_entropy(np.zeros((5, 27), np.float32), np.arange(5)) == pytest.approx(np.log(27), rel=1e-7)


def test_a_certain_right_answer_costs_nothing_a_certain_wrong_one_its_distance():
    logits = np.array([[1e4, 0, 0]], np.float32)
    assert cross_entropy(logits, np.array([0])) == 0
    assert cross_entropy(logits, np.array([2])) == 1e4


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_shows_in_the_loss(bad):
    logits = np.zeros((4, 5), np.float32)
    logits[2, 3] = bad
    loss, grad = both(logits, np.zeros(4, np.int64))
    assert np.isnan(loss)
    assert np.isnan(grad[2]).any()
    assert np.isfinite(grad[[0, 1, 3]]).all()


@pytest.mark.parametrize("target", [-2, 5])
def test_a_target_that_is_no_symbol_is_an_error(target):
    with pytest.raises(IndexError, match="codes from 0 to 4"):
        cross_entropy(np.zeros((1, 5), np.float32), np.array([target]))


def test_rows_without_a_target_do_not_count():
    rng = np.random.default_rng(3)
    logits, targets = rng.standard_normal((4, 3, 7)).astype(np.float32), rng.integers(0, 7, (4, 3))
    targets[rng.random((4, 3)) < 0.4] = NOTHING
    criterion = CrossEntropy(variable := Variable("logits", logits, np.zeros_like(logits)))
    loss = criterion.forward(targets)
    criterion.backward()
    entry = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(
        entry.reshape(-1, 7), torch.tensor(targets).reshape(-1), ignore_index=NOTHING
    )
    expected.backward()
    assert loss == pytest.approx(expected.item(), abs=1e-6)
    np.testing.assert_allclose(variable.grad, entry.grad.numpy(), atol=1e-7)
