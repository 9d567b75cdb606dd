"""Cross-entropy: how surprised a model is by the characters that did come next."""

import numpy as np

from core.nn import kernels
from core.nn.variable import Variable, aligned_zeros


class CrossEntropy:
    """Mean of -log(softmax(logits)[target]) over a batch, in nats.

    >>> criterion = CrossEntropy(logits)            # Variable (B, V)
    >>> loss = criterion.forward(targets)           # int64 (B,); a float; NaN where a logit is NaN or +Inf
    >>> criterion.backward()                        # writes logits.grad = (softmax - one_hot) / B
    """

    def __init__(self, logits: Variable):
        self.logits = logits
        self.probs = aligned_zeros(logits.shape)  # the softmax of the last forward pass
        self._targets = np.zeros(logits.shape[0], np.int64)

    def forward(self, targets: np.ndarray) -> float:
        self._targets[:] = targets
        return _checked(kernels.cross_entropy(self.logits.data, self._targets, self.probs), self.logits.shape[1])

    def backward(self) -> None:
        kernels.cross_entropy_backward(self.probs, self._targets, self.logits.grad)


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """The loss alone, of any float32 logits (N, V) and int64 targets (N,)."""
    logits = np.ascontiguousarray(logits, np.float32)
    targets = np.array(targets, np.int64)
    return _checked(kernels.cross_entropy(logits, targets, np.empty_like(logits)), logits.shape[1])


def _checked(loss: float, symbols: int) -> float:
    if loss < 0:
        raise IndexError(f"A target is not one of the {symbols} symbols: targets are codes from 0 to {symbols - 1}.")
    return loss
