"""How a run came about: in one go, or forked from others that had other settings.

>>> [(phase.last, phase.config.lr) for phase in phases(store, info)]     # forked at step 1,000, with a smaller rate
[(1000, 0.1), (200000, 0.01)]
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from core.export.errors import ExportError
from core.runs.errors import NoSuchRun
from core.runs.info import RunInfo
from core.runs.store import Store
from core.training.config import RunConfig

FREE = ("lr", "lr_drop_step", "lr_after", "l2", "steps", "preset", "dataset")  # what a script can change on its way
SPOKEN = {
    "model": "model text",
    "batch_size": "batch size",
    "defect": "planted bug",
    "train_on": "choice of words to train on",
    "positions": "number of positions",
}

Stretches = list[tuple[int, float]]  # (up to which step, value)


@dataclass(frozen=True)
class Phase:
    """A stretch of steps with the same settings, up to and including `last`."""

    last: int
    config: RunConfig
    diverged: bool = False  # the loss of the last step is not finite


def phases(store: Store, info: RunInfo) -> list[Phase]:
    """The run's own settings, behind those of the runs it was forked from.

    Raises ExportError where one of these is deleted, or had another model, and where a bug was planted.
    """
    own = store.config(info.id)
    if own.defect is not None:
        raise ExportError("A script does not repeat a planted bug: train the model again without it.")
    diverged = info.state == "diverged"
    found = [Phase(info.step if diverged else own.steps, own, diverged)]
    while info.parent is not None:
        try:
            info, at = store.run(info.parent), info.parent_step or 0
        except NoSuchRun:
            raise ExportError(
                f"This run goes on from {info.parent}, which is deleted, so nothing says how its first steps were "
                "taken: export its weights and curves instead."
            ) from None
        found.insert(0, Phase(min(at, found[0].last), store.config(info.id)))
    for phase in found:
        if changed := _changed(phase.config, own):
            raise ExportError(
                f"This run was forked from one with another {changed}, which a script cannot change on its way: "
                "export its weights and curves instead."
            )
    return found


def at_each(phases: Sequence[Phase], value: Callable[[RunConfig], Stretches]) -> Stretches:
    """The stretches on which a setting keeps its value; `value` says them of one config."""
    stretches, begun = [], 0
    for phase in phases:
        for last, what in value(phase.config):
            if min(last, phase.last) > begun:
                begun = min(last, phase.last)
                stretches.append((begun, what))
    return [(list(same)[-1][0], what) for what, same in groupby(stretches, key=lambda stretch: stretch[1])]


def rates(config: RunConfig) -> Stretches:
    if config.lr_drop_step is None:
        return [(config.steps, config.lr)]
    return [(config.lr_drop_step, config.lr), (config.steps, config.lr_after)]


def penalties(config: RunConfig) -> Stretches:
    return [(config.steps, config.l2)]


def _changed(before: RunConfig, after: RunConfig) -> str | None:
    for field in dataclasses.fields(RunConfig):
        if field.name not in FREE and getattr(before, field.name) != getattr(after, field.name):
            return SPOKEN.get(field.name, field.name)
    return None


def rates_of(store: Store, info: RunInfo, steps: int) -> np.ndarray:
    """The learning rate of each of the first steps, float64 (steps,); NaN where nothing says it."""
    lr = np.full(steps, np.nan)
    if info.kind == "watched":
        return lr
    last = steps
    while True:
        begun = 0
        for until, rate in rates(store.config(info.id)):
            lr[begun : min(until, last)] = rate
            begun = min(until, last)
        if info.parent is None:
            return lr
        lr[: info.parent_step or 0] = np.nan
        last = min(info.parent_step or 0, last)
        try:
            info = store.run(info.parent)
        except NoSuchRun:
            return lr
