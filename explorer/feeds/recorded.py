"""From the run store to what pages draw, once for all sessions of the server.

    >>> info = recorded.info("wavenet-k3x9q2")                  # RunInfo, at most a tenth of a second old
    >>> recorded.loss(info.id, window=1_000, log=True).smooth   # pyarrow.Table

Thirty browsers that watch one run twice a second cost one computation. What comes back is shared: leave it as it is.
"""

import dataclasses
import threading

import numpy as np

from core.runs.home import home_folder
from core.runs.info import Evaluation, RunInfo
from core.runs.store import Store
from core.runs.watched import Watched
from core.training.config import RunConfig
from core.training.frame import Frame
from explorer import shared
from explorer.charts.loss_tables import LossSummary, LossTables, Observed, loss_tables
from explorer.shared import Shared

_stores = Shared(seconds=float("inf"), size=16)
_infos = Shared(seconds=0.1)
_room = Shared(seconds=1.0)
_sizes = Shared(seconds=10.0)
_configs = Shared(seconds=float("inf"))
_recorded = Shared(seconds=0.4)
_losses = Shared(seconds=float("inf"), size=32)


def store() -> Store:
    """The store of this server. Raises StoreError, one sentence, where its file cannot be used."""
    home = home_folder()
    return _stores.get(home, lambda: Store(home))


def runs() -> list[RunInfo]:
    """All runs, newest first."""
    at = store()
    return _infos.get((at.home, None), at.runs)


def info(run_id: str) -> RunInfo:
    """How a run is. Raises NoSuchRun."""
    at = store()
    return _infos.get((at.home, run_id), lambda: at.run(run_id))


def disk_full() -> bool:
    """Do runs wait because the store's disk is full?"""
    at = store()
    return _room.get(at.home, at.disk_full)


def sizes() -> dict[str, int]:
    """Bytes of what each run has recorded, by its id; at most ten seconds old."""
    at = store()
    return _sizes.get(at.home, at.sizes)


def config(run_id: str) -> RunConfig:
    """What decides a run's numbers; it never changes. Of a round of the bug hunt: without its bug, for all to see."""
    at = store()

    def read() -> RunConfig:
        config = at.config(run_id)
        return config if at.run(run_id).hunt is None else dataclasses.replace(config, defect=None)

    return _configs.get((at.home, run_id), read)


def watched(run_id: str) -> Watched:
    """The modules of a watched run, as far as they are known by now. Raises Unreadable where it was trained here."""
    at = store()
    return _recorded.get(("watched", at.home, run_id), lambda: at.watched(run_id))


def frame_steps(run_id: str) -> list[int]:
    """The steps whose frames are recorded, in order."""
    at = store()
    return _recorded.get(("steps", at.home, run_id), lambda: at.frame_steps(run_id))


def checkpoint_steps(run_id: str) -> list[int]:
    """The steps that have a checkpoint, in order."""
    at = store()
    return _recorded.get(("checkpoints", at.home, run_id), lambda: at.checkpoint_steps(run_id))


def frame(run_id: str, moment: int | None) -> Frame | None:
    """The frame at a moment: the nearest recorded at or before it, the live one for None, None where there is none."""
    at = store()
    return _recorded.get(("frame", at.home, run_id, moment), lambda: at.frame(run_id, moment))


def samples(run_id: str, moment: int | None) -> tuple[int, list[str]] | None:
    """Ten words from a fixed seed, and the step whose weights made them."""
    at = store()
    return _recorded.get(("samples", at.home, run_id, moment), lambda: at.samples(run_id, moment))


def evaluations(run_id: str) -> list[Evaluation]:
    """Losses in evaluation mode, in order of steps."""
    at = store()
    return _recorded.get(("evaluations", at.home, run_id), lambda: at.evaluations(run_id))


def losses(run_id: str) -> np.ndarray:
    """float32: the loss of step s is losses(run_id)[s - 1]. Only what is new is read from the store."""
    at = store()
    return _recorded.get(("losses", at.home, run_id), lambda: _grown(at, run_id).extend(at, run_id))


def loss(run_id: str, window: int, log: bool, rates: tuple[tuple[int, float], ...] = ()) -> LossTables:
    """The tables of the loss picture: see `loss_tables`; with the learning `rates` of a watched run."""
    at = store()

    def compute() -> LossTables:
        return _grown(at, run_id).tables(at, run_id, window, log, rates)

    return _recorded.get(("loss", at.home, run_id, window, log, bool(rates)), compute)


def forget() -> None:
    """Read anew what changes: after a verb, the page that comes back shows what it did."""
    _infos.clear()
    _recorded.clear()


def forget_run(run_id: str) -> None:
    """Let go of all that was kept of a run that is no more, here and in other feeds."""
    shared.forget_run(run_id)
    _sizes.clear()
    forget()


def _grown(at: Store, run_id: str) -> "_Grown":
    return _losses.get((at.home, run_id), _Grown)


class _Grown:
    """The losses read so far. What is recorded stays, except that a run whose worker was killed takes its last steps
    again: it comes back with fewer losses, and everything is read anew.

    Its lock, and not the caches that lead here, keeps threads from appending the same losses twice.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._summary = LossSummary(np.empty(0, np.float32))

    def extend(self, at: Store, run_id: str) -> np.ndarray:
        with self._lock:
            return self._read(at, run_id)

    def tables(
        self, at: Store, run_id: str, window: int, log: bool, rates: tuple[tuple[int, float], ...]
    ) -> LossTables:
        with self._lock:
            self._read(at, run_id)
            run = info(run_id)
            settings = Observed(rates) if run.kind == "watched" else config(run_id)
            return loss_tables(self._summary, evaluations(run_id), settings, window, log, run.parent_step or 0)

    def _read(self, at: Store, run_id: str) -> np.ndarray:
        known = self._summary.losses
        new = at.losses(run_id, start=max(len(known) - 1, 0))  # from the last known one on: is it still there?
        if len(known) and not len(new):
            known, new = known[:0], at.losses(run_id)
            self._summary = LossSummary(known)
        if len(new) > 1 or not len(known):
            self._summary.losses = np.concatenate([known[:-1], new])
        return self._summary.losses
