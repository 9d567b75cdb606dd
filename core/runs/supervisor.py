"""Keeps a nursery running beside the app."""

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

from core.runs.home import home_folder
from core.threads import ONE_THREAD

ROOT = Path(__file__).resolve().parents[2]  # where `-m core` finds this package
FAREWELL = 10.0  # seconds that the nursery has to see its workers off
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0  # seconds before a nursery that died is started again
HEALTHY = 20.0  # a nursery that lived for so many seconds began well


class Supervisor:
    """One nursery process, started again whenever it dies.

    >>> supervisor = start_nursery()
    >>> store.create(config, dataset); supervisor.poke()    # it looks into the queue at once
    >>> supervisor.close()                                  # its workers leave a checkpoint and end

    The nursery also ends when this process does, however that happens: its stdin closes. All methods may be called from
    any thread.
    """

    def __init__(self, home: Path):
        self.home = home
        self._closed = threading.Event()
        self._changing = threading.Lock()  # which process it is
        self._process = self._start()
        self._watch = threading.Thread(target=self._keep_alive, name="nursery", daemon=True)
        self._watch.start()

    @property
    def pid(self) -> int:
        """Of the nursery that runs now."""
        return self._process.pid

    def poke(self) -> None:
        """There is something in the queue. Costs some microseconds and never waits."""
        with contextlib.suppress(OSError, ValueError):  # it has just died or was closed: the next one looks by itself
            self._process.stdin.write(b"\n")

    def close(self) -> None:
        """End the nursery and its workers; returns when they are gone."""
        with self._changing:
            self._closed.set()
            self._process.stdin.close()
        self._watch.join(FAREWELL)
        if self._watch.is_alive():
            self._process.kill()

    def _start(self) -> subprocess.Popen:
        environment = os.environ | ONE_THREAD | {"EXPLORER_HOME": str(self.home)}
        return subprocess.Popen(
            [sys.executable, "-m", "core.runs.nursery"], cwd=ROOT, env=environment, stdin=subprocess.PIPE, bufsize=0
        )

    def _keep_alive(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                self._process.wait(HEALTHY)
            except subprocess.TimeoutExpired:
                pause = FIRST_PAUSE
                self._process.wait()
            if self._closed.wait(pause):
                return
            pause = min(2 * pause, LONGEST_PAUSE)
            with self._changing, contextlib.suppress(OSError):  # no room for a process: tried again after the pause
                if not self._closed.is_set():
                    self._process = self._start()


def start_nursery(home: str | Path | None = None) -> Supervisor:
    """A nursery for the runs in `home` (default: EXPLORER_HOME, else the user's data folder). Raises StoreError."""
    return Supervisor(home_folder(home))
