"""The bigram model: the course's figures, one-hot autograd as the oracle, and slow rewritings."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.dataset import Dataset, DatasetError
from core.lenses.bigram import (
    counts,
    gradient,
    nll,
    probabilities,
    smoothing_curve,
    softmax,
    steps_of,
    train,
    words_from,
)

LISTS = st.lists(st.text("abc", min_size=1, max_size=5), min_size=10, max_size=30)


@pytest.fixture(scope="module")
def names() -> Dataset:
    return Dataset.from_text("\n".join(Dataset.builtin().words[:500]), "few.txt")


@given(words=LISTS)
def test_counts_are_pairs_of_neighbours(words):
    data = Dataset.from_text("\n".join(words), "words")
    expected = np.zeros((data.vocab_size, data.vocab_size), int)
    for word in words:
        codes = data.encode("." + word + ".")
        for i, j in pairwise(codes):
            expected[i, j] += 1
    assert np.array_equal(counts(data), expected)
    assert np.array_equal(sum(counts(data, split) for split in data.splits), expected)


def test_the_course_s_loss_by_counting(lecture):
    table = counts(lecture)
    assert table.sum() == 228_146
    assert table[0, 5] == 1_531  # names that begin with an e
    assert nll(table, probabilities(table, 1)) == pytest.approx(2.4546, abs=1e-4)
    assert nll(table, probabilities(table)) == pytest.approx(2.4540, abs=1e-4)


def test_the_course_s_network_reaches_the_counts(lecture):
    table = counts(lecture)
    trained = train(table, steps=200)
    assert trained.losses[0] == pytest.approx(3.7686, abs=1e-4)
    assert trained.losses[100:].max() < 2.495
    assert trained.losses[200] == pytest.approx(2.48, abs=0.005)


def test_the_course_s_made_up_names(lecture):
    made = words_from(probabilities(counts(lecture), 1), lecture, 5)
    assert made == ["cexze", "momasurailezitynn", "konimittain", "llayn", "ka"]


@pytest.mark.parametrize("l2", [0.0, 0.01, 3.0])
def test_the_gradient_is_that_of_one_hot_rows(names, l2):
    """Every example on its own, as the course writes it, through autograd."""
    contexts, targets = (
        torch.from_numpy(np.concatenate(parts).ravel().copy())
        for parts in zip(*(names.examples(split, 1) for split in names.splits), strict=True)
    )
    vocab = names.vocab_size
    W = torch.randn((vocab, vocab), generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)
    logits = torch.nn.functional.one_hot(contexts, vocab).double() @ W
    raised = logits.exp()
    probs = raised / raised.sum(1, keepdim=True)
    loss = -probs[torch.arange(len(targets)), targets].log().mean() + l2 * (W**2).mean()
    loss.backward()
    table, weights = counts(names), W.detach().numpy()
    np.testing.assert_allclose(gradient(weights, table, l2), W.grad.numpy(), atol=1e-14)
    assert nll(table, softmax(weights)) + l2 * (weights**2).mean() == pytest.approx(loss.item(), abs=1e-12)


def test_training_takes_just_these_steps(names):
    table = counts(names)
    trained = train(table, steps=3, lr=10.0, l2=0.5, seed=7)
    W = torch.randn((len(table), len(table)), generator=torch.Generator().manual_seed(7)).numpy().astype(np.float64)
    for step in range(4):
        np.testing.assert_allclose(trained.weights[step], W, atol=1e-6)
        assert trained.nlls[step] == pytest.approx(nll(table, softmax(W)))
        assert trained.losses[step] == pytest.approx(trained.nlls[step] + 0.5 * (W**2).mean())
        W = W - 10.0 * gradient(W, table, 0.5)


def test_no_distribution_has_a_smaller_loss_than_the_counts(names):
    table = counts(names)
    least = nll(table, probabilities(table))
    for smoothing in (0.01, 1.0, 100.0):
        assert nll(table, probabilities(table, smoothing)) > least
    assert train(table, steps=50, l2=0.0).nlls.min() > least


def test_probabilities_add_up_and_a_row_without_counts_is_uniform():
    table = np.array([[3, 1], [0, 0]])
    assert probabilities(table).tolist() == [[0.75, 0.25], [0.5, 0.5]]
    assert probabilities(table, 1).tolist() == [[4 / 6, 2 / 6], [0.5, 0.5]]


def test_endless_smoothing_is_uniform(names):
    table = counts(names)
    np.testing.assert_allclose(probabilities(table, 1e12), 1 / len(table), rtol=1e-6)
    assert nll(table, probabilities(table, 1e12)) == pytest.approx(math.log(len(table)))


def test_the_steps_of_a_word_lead_to_its_loss(names):
    table = counts(names)
    fitted = probabilities(table, 1)
    steps = steps_of("emma", names, table, fitted)
    assert steps["pair"].tolist() == [".e", "em", "mm", "ma", "a."]
    expected = [(table[i, j] + 1) / (table[i].sum() + len(table)) for i, j in map(names.encode, steps["pair"])]
    np.testing.assert_allclose(steps["probability"], expected)
    np.testing.assert_allclose(steps["log_probability"], np.log(expected))
    assert steps["count"].tolist() == [table[i, j] for i, j in map(names.encode, steps["pair"])]


def test_a_pair_that_never_occurs_has_an_endless_loss_without_smoothing(names):
    table = counts(names)
    steps = steps_of("jqx", names, table, probabilities(table))
    assert -np.inf in steps["log_probability"].tolist()
    assert np.isfinite(steps_of("jqx", names, table, probabilities(table, 0.01))["log_probability"]).all()
    with pytest.raises(DatasetError, match="'4' does not occur"):
        steps_of("r4", names, table, probabilities(table))


def test_the_curve_counts_on_train_and_looks_at_every_split(names):
    curve = smoothing_curve(names, [0.0, 1.0, 1e9]).set_index("smoothing")
    fitted = probabilities(counts(names, "train"), 1.0)
    for split in names.splits:
        assert curve.loc[1.0, split] == pytest.approx(nll(counts(names, split), fitted))
    assert curve.loc[1.0, "all"] == pytest.approx(nll(counts(names), probabilities(counts(names), 1.0)))
    assert curve.loc[1e9].to_numpy() == pytest.approx(math.log(names.vocab_size), abs=1e-4)


def test_made_up_words_come_from_their_seed(names):
    fitted = probabilities(counts(names))
    assert words_from(fitted, names, 8, seed=1) == words_from(fitted, names, 8, seed=1)
    assert words_from(fitted, names, 8, seed=1) != words_from(fitted, names, 8, seed=2)
