"""What a worker process does from beginning to end."""

import math
import os
import sys
import time
from collections.abc import Callable

from core.runs.claims import hold, take_queued
from core.runs.errors import StoreError
from core.runs.store import Store
from core.runs.worker import Worker

HASTE = 0.5  # seconds
NICE = 10


class Priority:
    """Lowers this process's priority, so that pages answer first: after a moment, because somebody waits for the start.

    >>> priority = Priority(haste=0.5)
    >>> while True: priority.make_way(); train()    # lowers it once, half a second later
    """

    def __init__(self, haste: float = HASTE):
        self._at = time.monotonic() + haste

    def make_way(self) -> None:
        if time.monotonic() >= self._at:
            os.nice(NICE)
            self._at = math.inf


def take_and_train(store: Store, run_id: str, limit: int, interrupted: Callable[[], bool]) -> int:
    """Takes a run from the queue and trains it, unless it is no longer there. Returns the exit status."""
    priority = Priority()
    try:
        with hold(store, run_id) as held:
            if held and take_queued(store, run_id, limit):
                Worker(store, run_id, interrupted, lambda step, loss: priority.make_way(), say).run()
    except StoreError as error:
        say(str(error))
        return 1
    return 0


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
