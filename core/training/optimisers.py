"""How a gradient becomes a step: plain descent, or AdamW.

>>> rule = RULES["adamw"](model.size)
>>> model.update(lr=0.003, rule=rule)     # calls rule(data, grad, lr) with all weights and all gradients, flat
>>> rule.state()                          # arrays by name, for a checkpoint: what it remembers from step to step
"""

from math import prod
from typing import Protocol

import numpy as np

from core.nn import kernels
from core.nn.kernels import kernel

BETAS, EPS, DECAY = (0.9, 0.999), 1e-8, 0.01  # torch.optim.AdamW's own
PREFIX = "adamw."  # of what a checkpoint holds of it


class Rule(Protocol):
    """Changes weights (n,) in place by their gradients (n,) and a learning rate."""

    def __call__(self, data: np.ndarray, grad: np.ndarray, lr: float) -> None: ...

    def state(self) -> dict[str, np.ndarray]: ...

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """Goes back to a state; raises ValueError where it is missing or of another size."""


class Descent:
    """data -= lr * grad: remembers nothing, whatever the size."""

    def __init__(self, size: int):
        pass

    def __call__(self, data, grad, lr):
        kernels.descend(data, grad, lr)

    def state(self):
        return {}

    def load_state(self, state):
        pass


class AdamW:
    """As torch.optim.AdamW with its usual settings: each weight has a rate of its own, and all decay a little.

    A weight moves by lr * mean / (sqrt(square) + eps), where `mean` and `square` follow its gradient and its gradient
    squared, and shrinks by lr * 0.01 of itself. `steps` corrects for both having started at 0. Its state is as large
    before the first step as after any.
    """

    def __init__(self, size: int):
        self.steps = 0
        self.mean, self.square = np.zeros(size, np.float32), np.zeros(size, np.float32)

    def __call__(self, data, grad, lr):
        _check(self.mean, data.shape)
        self.steps += 1
        adamw(data, grad, self.mean, self.square, lr, *self._corrections())

    def state(self):
        return {
            f"{PREFIX}steps": np.array(self.steps, np.int64),
            f"{PREFIX}mean": self.mean.copy(),
            f"{PREFIX}square": self.square.copy(),
        }

    def load_state(self, state):
        if missing := {f"{PREFIX}{name}" for name in ("steps", "mean", "square")} - state.keys():
            raise ValueError(f"This is not a checkpoint of a run with AdamW: it has no {min(missing)}.")
        mean, square = (np.array(state[f"{PREFIX}{name}"], np.float32) for name in ("mean", "square"))
        for held in (mean, square):
            _check(held, self.mean.shape)
        self.steps, self.mean, self.square = int(state[f"{PREFIX}steps"]), mean, square

    def move(self, data: np.ndarray, grad: np.ndarray, lr: float) -> np.ndarray:
        """What a step would subtract from the weights, (n,); it is not taken."""
        other = AdamW(data.size)
        other.load_state(self.state())
        moved = data.copy()
        other(moved, grad, lr)
        return data - moved

    def _corrections(self) -> tuple[float, float]:
        return 1 - BETAS[0] ** self.steps, 1 - BETAS[1] ** self.steps


def _check(held: np.ndarray, shape: tuple[int, ...]) -> None:
    if held.shape != shape:
        raise ValueError(f"The state is of another model: it has {held.size:,} numbers, not {prod(shape):,}.")


RULES = {"sgd": Descent, "adamw": AdamW}


@kernel("vector", "vector", "vector", "vector", "float", "float", "float")
def adamw(data, grad, mean, square, lr, mean_correction, square_correction):
    """One step of AdamW on all of data; mean and square follow."""
    keep, rate = np.float32(1 - lr * DECAY), np.float32(lr / mean_correction)
    root = np.float32(np.sqrt(square_correction))
    one, two, eps = np.float32(1 - BETAS[0]), np.float32(1 - BETAS[1]), np.float32(EPS)
    for i in range(data.size):
        mean[i] += one * (grad[i] - mean[i])
        square[i] += two * (grad[i] * grad[i] - square[i])
        data[i] = keep * data[i] - rate * mean[i] / (np.sqrt(square[i]) / root + eps)
