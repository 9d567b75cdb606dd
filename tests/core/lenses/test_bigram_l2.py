"""L2 and smoothing: where training ends, and that both do the same in the limits that theory names."""

import numpy as np
import pytest

from core.dataset import Dataset
from core.lenses.bigram import counts, gradient, nll, probabilities, softmax, train
from core.lenses.bigram_l2 import distance, matching_smoothing, optimum


@pytest.fixture(scope="module")
def table() -> np.ndarray:
    return counts(Dataset.builtin())


@pytest.mark.parametrize("l2", [1e-6, 1e-3, 0.01, 0.1, 1.0, 10.0, 1e5])
def test_the_optimum_has_no_gradient(table, l2):
    assert np.abs(gradient(optimum(table, l2), table, l2)).max() < 1e-12


def test_the_optimum_is_where_gradient_descent_ends():
    table = counts(Dataset.from_text("\n".join(["ab", "ba", "aab", "b", "abba", *"ababab"]), "w"))
    np.testing.assert_allclose(train(table, steps=2000, lr=2.0, l2=0.1).weights[-1], optimum(table, 0.1), atol=1e-5)


def test_without_l2_there_is_no_optimum(table):
    with pytest.raises(ValueError, match="fall for ever"):
        optimum(table, 0.0)


def test_a_row_without_counts_stays_at_zero():
    weights = optimum(np.array([[3, 1], [0, 0]]), 0.1)
    np.testing.assert_allclose(weights[1], 0, atol=1e-12)


def test_weak_l2_comes_to_the_counts_as_weak_smoothing_does(table):
    for l2, closeness in ((1e-2, 2e-2), (1e-4, 3e-4), (1e-6, 1e-5)):
        fitted = softmax(optimum(table, l2))
        assert distance(fitted, probabilities(table), table) < closeness
        assert distance(probabilities(table, matching_smoothing(table, l2)), probabilities(table), table) < closeness


def test_strong_l2_and_strong_smoothing_are_both_uniform(table):
    uniform = np.full(table.shape, 1 / len(table))
    for l2 in (1e4, 1e6):
        assert np.abs(softmax(optimum(table, l2)) - uniform).max() < 30 / l2
        assert np.abs(probabilities(table, matching_smoothing(table, l2)) - uniform).max() < 30 / l2


def test_in_the_limit_l2_is_the_smoothing_that_theory_names(table):
    """P - 1/V = (C - n/V) V / (2 l2 N) for both, once l2 is strong: the ratio goes to 1, ten times closer for each
    ten times stronger l2."""
    vocab, examples = len(table), table.sum()
    first_order = table - table.sum(axis=1, keepdims=True) / vocab
    clear = np.abs(first_order) > 50
    errors = []
    for l2 in (1e3, 1e4, 1e5):
        expected = (first_order * vocab / (2 * l2 * examples))[clear]
        ridge = (softmax(optimum(table, l2)) - 1 / vocab)[clear]
        smooth = (probabilities(table, matching_smoothing(table, l2)) - 1 / vocab)[clear]
        errors.append([np.abs(ridge / expected - 1).max(), np.abs(smooth / expected - 1).max()])
    errors = np.array(errors)
    assert (errors[-1] < 1e-2).all()
    np.testing.assert_allclose(errors[:-1] / errors[1:], 10, rtol=0.15)


def test_both_raise_the_loss_as_they_grow(table):
    losses = [nll(table, softmax(optimum(table, l2))) for l2 in (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0)]
    assert losses == sorted(losses)


def test_distance_is_the_probability_to_move():
    p, q = np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([[0.0, 1.0], [0.5, 0.5]])
    assert distance(p, p, np.ones((2, 2))) == 0
    assert distance(p, q, np.ones((2, 2))) == 0.5
    assert distance(p, q, np.array([[3, 3], [1, 1]])) == 0.75
