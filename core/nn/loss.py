"""Cross-entropy: how surprised a model is by the characters that did come next."""

import numpy as np

from core.nn.kernels import helper, kernel
from core.nn.variable import Variable, aligned_zeros


class CrossEntropy:
    """Mean of -log(softmax(logits)[target]) over a batch, in nats.

    >>> criterion = CrossEntropy(logits)            # Variable (B, V)
    >>> loss = criterion.forward(targets)           # int64 (B,); a float; NaN where a logit is NaN or +Inf
    >>> criterion.backward()                        # writes logits.grad = (softmax - one_hot) / B

    With a prediction at each of P positions, logits are (B, P, V) and targets (B, P); a target of -1 (NOTHING of
    `core.dataset`) is none, and the mean is over the others. Logits without a gradient are let be.
    """

    def __init__(self, logits: Variable):
        rows = (-1, logits.shape[-1])
        self._logits = logits.data.reshape(rows)
        self._grad = None if logits.grad is None else logits.grad.reshape(rows)
        self.probs = aligned_zeros(self._logits.shape)  # the softmax of the last forward pass
        self.targets = np.zeros(len(self._logits), np.int64)

    def forward(self, targets: np.ndarray) -> float:
        self.targets[:] = targets.reshape(-1)
        return _checked(softmax_loss(self._logits, self.targets, self.probs), self._logits.shape[1])

    def backward(self) -> None:
        if self._grad is not None:
            softmax_loss_backward(self.probs, self.targets, self._grad)


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """The loss alone, of any float32 logits (N, V) and int64 targets (N,)."""
    logits = np.ascontiguousarray(logits, np.float32)
    targets = np.array(targets, np.int64)
    return _checked(softmax_loss(logits, targets, np.empty_like(logits)), logits.shape[1])


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities, float64 (..., V), of logits of that shape; NaN where a logit is NaN or Inf."""
    with np.errstate(invalid="ignore"):  # Inf - Inf
        exps = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return exps / exps.sum(axis=-1, keepdims=True)


def _checked(loss: float, symbols: int) -> float:
    if loss < 0:
        raise IndexError(f"A target is not one of the {symbols} symbols: targets are codes from 0 to {symbols - 1}.")
    return loss


@kernel("matrix", "indices", "matrix")
def softmax_loss(logits, targets, probs):  # (N, V), (N,) -> (N, V)
    """Mean of -log(softmax(logits)[target]), and the softmax itself; -1 where a target is not a column.

    A target of -1 is none: its row does not count.
    """
    rows, symbols = logits.shape
    for n in range(rows):
        top = logits[n, 0]
        for v in range(1, symbols):
            top = logits[n, v] if logits[n, v] > top else top
        for v in range(symbols):
            probs[n, v] = logits[n, v] - top
    loss, counted = 0.0, 0
    for n in range(rows):
        if targets[n] < -1 or targets[n] >= symbols:
            return -1.0
        if targets[n] >= 0:
            loss -= probs[n, targets[n]]
            counted += 1
    flat = probs.reshape(-1)
    for i in range(flat.size):
        flat[i] = _exp(flat[i])
    for n in range(rows):
        total = np.float32(0)
        for v in range(symbols):
            total += probs[n, v]
        loss += np.log(np.float64(total)) if targets[n] >= 0 else 0.0
        for v in range(symbols):
            probs[n, v] /= total
    return loss / counted


@kernel("matrix", "indices", "matrix")
def softmax_loss_backward(probs, targets, grad):
    counted = 0
    for n in range(targets.size):
        counted += targets[n] >= 0
    for n in range(probs.shape[0]):
        share = np.float32(1 / counted) if targets[n] >= 0 else np.float32(0)
        for v in range(probs.shape[1]):
            grad[n, v] = probs[n, v] * share
        if targets[n] >= 0:
            grad[n, targets[n]] -= share


@helper
def _exp(x):
    """exp(x) for x <= 0 to float32's accuracy: a Taylor series at x / 1024, squared ten times, in float64.

    Unlike a call into the C library it vectorises. Below -104 float32 has only 0.
    """
    z = np.float64(x)
    z = -104.0 if z < -104.0 else z
    z /= 1024.0
    e = 1 / 5040.0
    e = e * z + 1 / 720.0
    e = e * z + 1 / 120.0
    e = e * z + 1 / 24.0
    e = e * z + 1 / 6.0
    e = e * z + 0.5
    e = e * z + 1.0
    e = e * z + 1.0
    for _ in range(10):
        e *= e
    return np.float32(e)
