"""Where training with L2 ends, and which smoothing that is.

>>> from core.dataset import Dataset
>>> from core.lenses.bigram import counts
>>> C = counts(Dataset.builtin())
>>> W = optimum(C, l2=0.01)                            # the weights at which the gradient is 0
>>> a = matching_smoothing(C, l2=0.01)                 # as strong, for strong ones: about 6.3 more in every cell
>>> round(distance(softmax(W), probabilities(C, a), C), 3)    # 0 where both say the same, 1 at most
0.006

Both pull every row towards the uniform distribution. With N examples and V symbols, a strong L2 leaves W small, and
setting its gradient to 0 gives, to first order, P - 1/V = (C - n/V) * V / (2 l2 N) for a row of n examples. A strong
smoothing a leaves P - 1/V = (C - n/V) / (V a). The two are the same for a = 2 l2 N / V**2.
"""

import numpy as np

from core.lenses.bigram import gradient, probabilities, softmax

ITERATIONS = 200
SMALL = 1e-12  # of the largest gradient, beside which nothing moves any more


def optimum(counts: np.ndarray, l2: float) -> np.ndarray:
    """float64 (V, V): the weights that gradient descent with this `l2` > 0 approaches, by Newton's method.

    Rows do not know of each other. The Hessian of one is D - c p p^T with a diagonal D, so that a step costs V * V.
    """
    if l2 <= 0:
        raise ValueError(f"l2 is {l2}: without it the weights of pairs that never occur fall for ever.")
    examples, share = counts.sum(), counts.sum(axis=1, keepdims=True) / counts.sum()
    pull = 2 * l2 / counts.size
    start = np.log(probabilities(counts, matching_smoothing(counts, l2)))
    weights = start - start.mean(axis=1, keepdims=True)
    for _ in range(ITERATIONS):
        slope = gradient(weights, counts, l2)
        if np.abs(slope).max() < SMALL:
            break
        p = softmax(weights)
        diagonal = share * p + pull
        scaled, bent = slope / diagonal, p / diagonal
        factor = share / (1 - share * (p * bent).sum(axis=1, keepdims=True))
        step = scaled + factor * (bent * slope).sum(axis=1, keepdims=True) * bent
        weights = weights - _shortened(weights, step, counts / examples, share, pull)
    return weights


def matching_smoothing(counts: np.ndarray, l2: float) -> float:
    """The smoothing that does the same as `l2` where both are strong: 2 l2 N / V**2."""
    return float(2 * l2 * counts.sum() / counts.size)


def distance(p: np.ndarray, q: np.ndarray, counts: np.ndarray) -> float:
    """How far two (V, V) distributions are apart, from 0 to 1: the share of probability that would have to be moved,
    averaged over the characters as often as they occur."""
    moved = np.abs(p - q).sum(axis=1) / 2
    return float((moved * counts.sum(axis=1)).sum() / counts.sum())


def _shortened(weights: np.ndarray, step: np.ndarray, c: np.ndarray, share: np.ndarray, pull: float) -> np.ndarray:
    """The step, halved in each row until it no longer makes that row's loss larger."""

    def loss(w: np.ndarray) -> np.ndarray:
        top = w.max(axis=1, keepdims=True)
        log_sum = top + np.log(np.exp(w - top).sum(axis=1, keepdims=True))
        return share * log_sum + ((pull / 2 * w - c) * w).sum(axis=1, keepdims=True)

    before, length = loss(weights), np.ones((len(weights), 1))
    for _ in range(30):
        worse = loss(weights - length * step) > before + 1e-15
        if not worse.any():
            break
        length[worse] /= 2
    return length * step
