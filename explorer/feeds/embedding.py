"""The embedding of a run at a moment, as places in a plane that stays the same through the run.

>>> letters = embedding.letters("wavenet-k3x9q2", moment=None)
>>> letters.step, letters.places.shape, round(letters.share, 2)
(200000, (27, 2), 0.34)
"""

import re

import numpy as np

from core.dataset import END
from core.lenses.embedding import Letters, Plane, plane
from core.runs.info import ENDED, RunInfo
from explorer.feeds import recorded
from explorer.shared import Shared

_NAME = re.compile(r"(?:.*\.)?\d+\.Embedding\.weight")

_steps = Shared(seconds=0.4)
_weights = Shared(seconds=600, size=64)
_planes = Shared(seconds=600, size=64)


def letters(run_id: str, moment: int | None) -> Letters | None:
    """The embedding at a moment; None where the model has none, or before the run's first checkpoint."""
    at = recorded.store()
    steps = _steps.get((at.home, run_id), lambda: at.checkpoint_steps(run_id))
    step = max((step for step in steps if moment is None or step <= moment), default=None)
    if step is None or (weight := _weight(run_id, step)) is None:
        return None
    first, reference = _weight(run_id, steps[0]), _reference(recorded.info(run_id), steps)
    seen = _planes.get((at.home, run_id, reference), lambda: _plane(run_id, first, reference))
    with np.errstate(all="ignore"):
        start, places = seen.place(first), seen.place(weight)
        drawn = np.abs(np.concatenate([start, places, seen.place(_weight(run_id, reference))]))
        share = seen.share(weight)
    widest = float(drawn[np.isfinite(drawn)].max(initial=0.0))
    characters = END + at.dataset(recorded.config(run_id).dataset).chars
    return Letters(step, characters, start, places, weight.shape[1], share, reach=max(1.0, np.ceil(2.1 * widest) / 2))


def _reference(info: RunInfo, steps: list[int]) -> int:
    """The step of the checkpoint that gives the plane: the last, or, while newer ones come, that of a power of two."""
    if info.state in ENDED or steps[-1] == 0:
        return steps[-1]
    doubled = 2 ** (steps[-1].bit_length() - 1)
    return max(step for step in steps if step <= doubled)


def _plane(run_id: str, first: np.ndarray, reference: int) -> Plane:
    weight = _weight(run_id, reference)
    return plane(first, weight if np.isfinite(weight).all() else first)


def _weight(run_id: str, step: int) -> np.ndarray | None:
    """(V, C) float32; None for a model without an embedding."""
    at = recorded.store()

    def read() -> np.ndarray | None:
        state = at.checkpoint(run_id, step)[1]
        return next((array for name, array in state.items() if _NAME.fullmatch(name)), None)

    return _weights.get((at.home, run_id, step), read)
