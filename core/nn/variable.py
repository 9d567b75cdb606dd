"""An array and its gradient."""

from dataclasses import dataclass
from math import prod

import numpy as np

ALIGNMENT = 64  # bytes: a cache line, and the widest vector register


@dataclass(eq=False)
class Variable:
    """An array and the gradient of the loss with respect to it.

    >>> x = Variable.empty("x", (32, 68))
    >>> x.data.shape == x.grad.shape
    True

    Activations and parameters are both Variables, as in micrograd's `data` and `grad`. `grad` is None where no
    gradient is wanted (character indices). `torch.from_numpy(x.data)` is a view, not a copy.
    """

    name: str
    data: np.ndarray
    grad: np.ndarray | None

    @classmethod
    def empty(cls, name: str, shape: tuple[int, ...]) -> "Variable":
        return cls(name, aligned_zeros(shape), aligned_zeros(shape))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape


def aligned_zeros(shape: tuple[int, ...]) -> np.ndarray:
    """float32 zeros that start on a cache line."""
    size = prod(shape) * 4
    raw = np.zeros(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(np.float32).reshape(shape)
