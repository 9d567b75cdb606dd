"""Cross-entropy: how surprised a model is by the characters that did come next."""

import numpy as np

from core.nn import kernels
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
        return _checked(kernels.cross_entropy(self._logits, self.targets, self.probs), self._logits.shape[1])

    def backward(self) -> None:
        if self._grad is not None:
            kernels.cross_entropy_backward(self.probs, self.targets, self._grad)


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """The loss alone, of any float32 logits (N, V) and int64 targets (N,)."""
    logits = np.ascontiguousarray(logits, np.float32)
    targets = np.array(targets, np.int64)
    return _checked(kernels.cross_entropy(logits, targets, np.empty_like(logits)), logits.shape[1])


def _checked(loss: float, symbols: int) -> float:
    if loss < 0:
        raise IndexError(f"A target is not one of the {symbols} symbols: targets are codes from 0 to {symbols - 1}.")
    return loss
