"""An array and its gradient."""

from dataclasses import dataclass

import numpy as np


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
        return cls(name, np.zeros(shape, np.float32), np.zeros(shape, np.float32))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape
