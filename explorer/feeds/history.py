"""One tensor's histograms at all recorded moments of a run, once for all sessions of the server.

    >>> sorted(history.over_time("wavenet-k3x9q2", 1_000, "output", "5.Tanh"))
    ['bars', 'cells', 'rules', 'texts']

What comes back is shared: leave it as it is.
"""

import threading
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from core.runs.store import Store
from core.training.frame import Frame
from explorer.charts.histogram_time import time_tables
from explorer.feeds import recorded
from explorer.shared import Shared

_kept = Shared(seconds=float("inf"), size=8)
_recent = Shared(seconds=0.4)


@dataclass(frozen=True)
class _Seen:
    """What of a frame is kept: its rows by role and name, their statistics and counts."""

    rows: dict[tuple[str, str], int]
    stats: np.ndarray  # float32 (tensors, STATS)
    counts: np.ndarray  # int32 (tensors, BINS)


class _Frames:
    """The frames read so far; only new ones are read. Its lock keeps threads apart."""

    def __init__(self):
        self._lock = threading.Lock()
        self._seen: dict[int, _Seen] = {}

    def upto(self, at: Store, run_id: str) -> dict[int, _Seen]:
        with self._lock:
            steps = recorded.frame_steps(run_id)
            for step in steps:
                frame = None if step in self._seen else at.frame(run_id, step)
                if frame is not None and frame.step == step:
                    self._seen[step] = _seen(frame)
            return {step: self._seen[step] for step in steps if step in self._seen}


def _seen(frame: Frame) -> _Seen:
    return _Seen({(t.role, t.name): i for i, t in enumerate(frame.tensors)}, frame.stats, frame.counts)


def over_time(run_id: str, moment: int | None, role: str, name: str) -> dict[str, pa.Table] | None:
    """The tables of `histogram_time`; None where nothing of this tensor is recorded at or before the moment."""
    at = recorded.store()
    live = recorded.frame(run_id, None)

    def compute() -> dict[str, pa.Table] | None:
        frames: _Frames = _kept.get((at.home, run_id), _Frames)
        seen = frames.upto(at, run_id)
        if live is not None and live.step > max(seen, default=0):
            seen = seen | {live.step: _seen(live)}
        found = [(step, one, one.rows[role, name]) for step, one in seen.items() if (role, name) in one.rows]
        steps = np.array([step for step, *_ in found], np.int64)
        asked = int(steps[-1]) if moment is None and len(steps) else moment
        if not len(steps) or asked < steps[0]:
            return None
        stats, counts = (np.stack([getattr(one, what)[row] for _, one, row in found]) for what in ("stats", "counts"))
        return time_tables(steps, stats, counts, asked)

    return _recent.get((at.home, run_id, moment, live and live.step, role, name), compute)
