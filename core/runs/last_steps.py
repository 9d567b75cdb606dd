"""The black box of a run that diverged: from which checkpoint its last steps are taken again.

>>> box = last_steps(store, run_id, trainer, step=70, interrupted=lambda: False)    # None where it cannot be had
"""

import math
import time
from collections.abc import Callable
from functools import partial

from core.runs.store import Store
from core.training import replay
from core.training.black_box import STEPS, BlackBox
from core.training.trainer import Trainer

REPLAY = 10.0  # seconds that the steps before a black box may take; those after the last checkpoint take 2


def last_steps(
    store: Store, run_id: str, trainer: Trainer, step: int, interrupted: Callable[[], bool]
) -> BlackBox | None:
    """From the last checkpoint before all that is kept or, where that takes too long, from the very last."""
    first = store.run(run_id).parent_step or 0  # checkpoints before it are of the parent's settings
    if found := store.checkpoint(run_id, max(step - STEPS, first)):
        soon = partial(_goes_on, time.monotonic() + REPLAY, interrupted)
        if box := replay.record(trainer, found[1], step, soon):
            return box
    _, newest = store.checkpoint(run_id)
    return replay.record(trainer, newest, step, partial(_goes_on, math.inf, interrupted))


def _goes_on(until: float, interrupted: Callable[[], bool]) -> bool:
    return time.monotonic() < until and not interrupted()
