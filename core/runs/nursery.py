"""The process that has everything loaded and forks a worker for each queued run.

`python -m core.runs.nursery` works on the runs of EXPLORER_HOME, at most EXPLORER_WORKERS of them at a time (default:
as many as there are processor cores; paused ones do not count). A line on stdin makes it look for new runs at once, the
end of stdin ends it and its workers, which leave a checkpoint.
"""

import contextlib
import gc
import os
import signal
import sys
import time
from collections.abc import Callable

from core.dataset import DatasetError
from core.nn.presets import PRESETS
from core.runs.bell import Bell
from core.runs.children import Forked
from core.runs.claims import running, waiting
from core.runs.errors import StoreError
from core.runs.limit import complaint, workers
from core.runs.process import say, take_and_train
from core.runs.signals import Signals
from core.runs.store import Store
from core.runs.warm import warm_up
from core.training.config import of_preset

ROUND = 0.5  # seconds between two looks around when nothing wakes it
REST = 1.0  # seconds before a run whose worker could not even begin is tried again
FAREWELL = 5.0  # seconds that workers have for their last checkpoint


class Nursery:
    """Starts workers for queued runs, and says in the store when one is gone.

    >>> with Signals() as signals:
    ...     Nursery(Store(), limit=2, signals=signals).live()   # until stdin is closed or a signal comes

    Several nurseries may share a store: who holds a run's lock has it.
    """

    def __init__(self, store: Store, limit: int, signals: Signals):
        self.store, self.limit, self.signals = store, limit, signals
        self.bell = Bell()
        self.children: dict[str, Forked] = {}  # by run
        self.trouble = ""  # the last sentence on why the store cannot be used
        self.stumbled_at: dict[str, float] = {}  # by run: when a worker ended badly before it took it

    def live(self) -> None:
        try:
            listening = True
            while listening and not self.signals.received:
                self._try(self._look_around)
                listening = self.bell.wait(ROUND)
        finally:
            self._end()

    def _try(self, task: Callable[[], None]) -> None:
        """What the store does not take now, a later round says; runs go on meanwhile."""
        try:
            task()
            self.trouble = ""
        except StoreError as error:
            if str(error) != self.trouble:
                say(str(error))
            self.trouble = str(error)

    def _look_around(self) -> None:
        self._reap()
        self.store.reconcile(skip=self.children)  # of the own ones, `_reap` knows why
        for run_id in self._next():
            self._start(run_id)

    def _reap(self) -> None:
        for run_id, child in list(self.children.items()):
            status = child.poll()
            if status is not None:
                if status and not self.store.reconcile(run_id, _why(status)):
                    self.stumbled_at[run_id] = time.monotonic()
                del self.children[run_id]  # last: where the store does not take it, the next round says it

    def _next(self) -> list[str]:
        """The queued runs to start now: those that start paused, and as many others as there is room for."""
        room = self.limit - running(self.store)
        chosen = []
        for run_id, wish in waiting(self.store):
            if run_id in self.children:  # forked, about to take its run
                room -= wish != "pause"
            elif (wish == "pause" or room > 0) and self.stumbled_at.get(run_id, -REST) + REST <= time.monotonic():
                chosen.append(run_id)
                room -= wish != "pause"
        return chosen

    def _start(self, run_id: str) -> None:
        with contextlib.suppress(DatasetError, StoreError):  # the worker meets it too, and says so
            self.store.dataset(self.store.config(run_id).dataset)  # loaded once here, not in every child
        self.store.close()  # SQLite's locks do not survive a fork
        parent = os.getpid()
        try:
            self.children[run_id] = Forked(lambda: self._live_as_child(run_id, parent))
        except OSError as error:  # too many processes, or too little memory for one more
            say(f"No worker for {run_id}: {error.strerror}. It is tried again.")
            self.stumbled_at[run_id] = time.monotonic()

    def _live_as_child(self, run_id: str, parent: int) -> int:
        self.bell.quiet()
        return take_and_train(
            self.store, run_id, self.limit, lambda: bool(self.signals.received) or os.getppid() != parent
        )

    def _end(self) -> None:
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + FAREWELL
        while self.children and time.monotonic() < deadline:
            self._try(self._reap)
            time.sleep(0.01)
        for child in self.children.values():
            child.kill()


def _why(status: int) -> str:
    """In words, how a child ended that should not have."""
    if status == -9:
        return "its process was killed (SIGKILL), perhaps because memory ran out"
    if status < 0:
        return f"its process ended by {signal.Signals(-status).name}"
    return f"its process ended with status {status}, the terminal of the app shows why"


def warm_up_presets(store: Store) -> None:
    """Loads and compiles what most runs need, so that a forked worker begins at once."""
    dataset = store.dataset("")
    for preset in PRESETS.values():
        warm_up(of_preset(preset, dataset), dataset)
    gc.collect()
    gc.freeze()  # children share this memory as long as nobody, not even the collector, writes to it


def main() -> int:
    if sentence := complaint():
        say(sentence)
    try:
        store = Store()
        with Signals() as signals:
            warm_up_presets(store)
            Nursery(store, workers(), signals).live()
    except StoreError as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
