"""What is known of a run up to a moment: all that the rules may look at.

>>> evidence = Evidence(steps, stats, tensors, frame, losses, evaluations, config)
>>> evidence.now("output", "saturated")       # at the moment: [(4, 0.071), (8, 0.058), ...], rows of `tensors`
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.nn.notation import parse
from core.runs.info import Evaluation
from core.runs.watched import unlogged
from core.training.config import RunConfig
from core.training.frame import STATS, Frame, TensorInfo

WINDOW = 1_000  # steps that a mean of losses is taken over
BLOCK = 100  # steps of the shortest mean that says something


def logged(losses: np.ndarray) -> np.ndarray:
    """`losses` up to the last that somebody said; empty where nobody did."""
    said = np.flatnonzero(~unlogged(losses))
    return losses[: said[-1] + 1] if len(said) else losses[:0]


@dataclass(frozen=True)
class MeasuredAgain:
    """A validation loss as a run recorded it, and as its weights give it with the running statistics."""

    step: int
    recorded: float
    again: float


@dataclass(frozen=True)
class Evidence:
    """`stats[f, t]` are those of `tensors[t]` at `steps[f]`, the recorded moments; the last of them is that of `frame`.

    `losses[s - 1]` is the loss of step s, up to the moment; so are `evaluations`. Of a run that was watched there is no
    config, and the last loss is the last that was logged: see `logged`. Where something was not recorded it is empty
    or None, and rules that need it stay silent.
    """

    steps: np.ndarray  # int64 (frames,)
    stats: np.ndarray  # float32 (frames, tensors, STATS)
    tensors: tuple[TensorInfo, ...]
    frame: Frame | None  # with its maps
    losses: np.ndarray  # float32 (steps,)
    evaluations: Sequence[Evaluation] = ()
    config: RunConfig | None = None
    again: MeasuredAgain | None = None

    @property
    def step(self) -> int:
        """The last step there is a loss of."""
        return len(self.losses)

    @cached_property
    def symbols(self) -> int | None:
        """V, how many characters may come next; None where the run was watched."""
        return None if self.config is None else parse(self.config.model)[0].arguments["vocab"]

    @property
    def guessing(self) -> float | None:
        """The loss of a model that finds every character equally likely, -log(1 / V)."""
        return None if self.symbols is None else math.log(self.symbols)

    @property
    def batch(self) -> int | None:
        """B, examples a step: the first dimension of the last layer's output."""
        outputs = [tensor for tensor in self.tensors if tensor.role == "output" and tensor.shape]
        return outputs[-1].shape[0] if outputs else None

    @property
    def in_first_rate(self) -> np.ndarray:
        """bool (frames,): whether a recorded moment lies before the learning rate drops."""
        if self.config is None:
            return np.ones(len(self.steps), bool)
        return self.steps <= (self.config.lr_drop_step or self.config.steps)

    def rows(self, role: str, dimensions: int | None = None) -> list[int]:
        """Which tensors play a role, from input to output; `dimensions`: those of so many alone."""
        return [i for i, t in enumerate(self.tensors) if t.role == role and dimensions in (None, len(t.shape))]

    def of(self, rows: Sequence[int], *names: str) -> np.ndarray:
        """Statistics at all recorded moments: float64 (frames, rows), of several names (frames, rows, names)."""
        picked = self.stats[:, rows][:, :, [STATS.index(name) for name in names]].astype(np.float64)
        return picked[..., 0] if len(names) == 1 else picked

    def now(self, role: str, name: str) -> list[tuple[int, float]]:
        """Of the last moment: (row, statistic) of each tensor of a role that has it."""
        if not len(self.steps):
            return []
        return [(row, value) for row in self.rows(role) if not math.isnan(value := float(self.of([row], name)[-1, 0]))]

    def mean(self, first: int, last: int) -> float:
        """Mean loss of the steps from `first` (counted from 0) up to, without, `last`."""
        return float(self.losses[first:last].mean(dtype=np.float64))
