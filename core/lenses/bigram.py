"""The bigram model, counted and as a network of one layer.

>>> from core.dataset import Dataset
>>> names = Dataset.builtin()
>>> C = counts(names)                                  # (27, 27): C[i, j] is how often j follows i
>>> round(nll(C, probabilities(C, smoothing=1)), 3)
2.455
>>> trained = train(C, steps=100)                      # gradient descent on exp(W), from random W
>>> round(float(trained.losses[-1]), 2)
2.49
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import torch

from core.dataset import END, SPLITS, Dataset

SEED = 2147483647  # the course's
LR, L2 = 50.0, 0.01  # the course's too
LONGEST = 60  # characters of a made-up word


def counts(dataset: Dataset, split: str = "all") -> np.ndarray:
    """int64 (V, V): row i, column j counts how often character j follows character i; 0 is the word's begin and end."""
    total = np.zeros(dataset.vocab_size**2, np.int64)
    for name in SPLITS if split == "all" else (split,):
        contexts, targets = dataset.examples(name, 1)
        total += np.bincount(contexts[:, 0] * dataset.vocab_size + targets, minlength=len(total))
    return total.reshape(dataset.vocab_size, dataset.vocab_size)


def probabilities(counts: np.ndarray, smoothing: float = 0.0) -> np.ndarray:
    """float64 (V, V): each row of `counts + smoothing` divided by its sum.

    A row without a single count is uniform, as it is with any smoothing.
    """
    smoothed = counts + float(smoothing)
    totals = smoothed.sum(axis=1, keepdims=True)
    return np.divide(smoothed, totals, out=np.full(smoothed.shape, 1 / len(counts)), where=totals > 0)


def nll(counts: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean negative log-likelihood of the counted pairs; infinite where one has probability 0."""
    seen = counts > 0
    with np.errstate(divide="ignore"):
        return float(-(counts[seen] * np.log(probabilities[seen])).sum() / counts.sum())


def steps_of(word: str, dataset: Dataset, counts: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """One row for each pair of a word, its begin and end among them: `pair`, `count`, `total` (of the row),
    `probability`, `log_probability` (-inf for 0). Raises DatasetError for an unknown character."""
    codes = dataset.encode(END + word + END)
    rows = []
    for before, after in pairwise(codes):
        probability = float(probabilities[before, after])
        rows.append(
            {
                "pair": dataset.decode([before, after]),
                "count": int(counts[before, after]),
                "total": int(counts[before].sum()),
                "probability": probability,
                "log_probability": float(np.log(probability)) if probability else -np.inf,
            }
        )
    return pd.DataFrame(rows)


def smoothing_curve(dataset: Dataset, strengths: Iterable[float]) -> pd.DataFrame:
    """One row for each strength: `smoothing` and the NLL over `all` words, counted on all; and over `train`, `val` and
    `test`, all three counted on train."""
    every, parts = counts(dataset), {split: counts(dataset, split) for split in SPLITS}
    rows = []
    for strength in strengths:
        fitted = probabilities(parts["train"], strength)
        losses = {split: nll(part, fitted) for split, part in parts.items()}
        rows.append({"smoothing": strength, "all": nll(every, probabilities(every, strength)), **losses})
    return pd.DataFrame(rows)


def words_from(probabilities: np.ndarray, dataset: Dataset, n: int, seed: int = SEED) -> list[str]:
    """Words drawn as in the course, character by character with torch.multinomial; cut at LONGEST."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.from_numpy(np.asarray(probabilities, np.float32))
    words = []
    for _ in range(n):
        codes = [0]
        while len(codes) <= LONGEST:
            codes.append(torch.multinomial(rows[codes[-1]], 1, replacement=True, generator=generator).item())
            if codes[-1] == 0:
                break
        words.append(dataset.decode(code for code in codes[1:] if code))
    return words


@dataclass(frozen=True)
class Training:
    """Gradient descent on the one-layer network; index s is the state after s steps."""

    weights: np.ndarray  # float32 (steps + 1, V, V): logits = W[i]
    losses: np.ndarray  # float64 (steps + 1,): NLL + l2 * mean(W**2), as the course prints it
    nlls: np.ndarray  # float64 (steps + 1,): without the second term


def train(counts: np.ndarray, steps: int, lr: float = LR, l2: float = L2, seed: int = SEED) -> Training:
    """Full-batch gradient descent from `torch.randn`, one product with a one-hot row an example.

    All examples with the same character before have the same logits, so their gradients add up: the whole list is
    its matrix of counts, and a step costs V * V.
    """
    vocab = len(counts)
    drawn = torch.randn((vocab, vocab), generator=torch.Generator().manual_seed(seed))
    weights = drawn.numpy().astype(np.float64)
    states, losses, nlls = np.empty((steps + 1, vocab, vocab), np.float32), np.empty(steps + 1), np.empty(steps + 1)
    for step in range(steps + 1):
        states[step] = weights
        nlls[step] = nll(counts, softmax(weights))
        losses[step] = nlls[step] + l2 * (weights**2).mean()
        weights = weights - lr * gradient(weights, counts, l2)
    return Training(states, losses, nlls)


def gradient(weights: np.ndarray, counts: np.ndarray, l2: float) -> np.ndarray:
    """Of NLL + l2 * mean(W**2) with respect to the weights, (V, V): what autograd gives for one-hot rows."""
    totals = counts.sum(axis=1, keepdims=True)
    return (totals * softmax(weights) - counts) / counts.sum() + 2 * l2 * weights / weights.size


def softmax(weights: np.ndarray) -> np.ndarray:
    """exp(W), each row divided by its sum."""
    raised = np.exp(weights - weights.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
