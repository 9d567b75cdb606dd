"""What a worker process does from beginning to end.

`python -m core.runs.process RUN LIMIT` is one, for systems that cannot fork.
"""

import os
import sys
from collections.abc import Callable

from core.runs.claims import hold, take_queued
from core.runs.errors import StoreError
from core.runs.signals import Signals
from core.runs.store import Store
from core.runs.worker import Worker


def make_way() -> None:
    """Lower this process's priority: pages answer first."""
    if hasattr(os, "nice"):
        os.nice(10)


def take_and_train(store: Store, run_id: str, limit: int, interrupted: Callable[[], bool]) -> int:
    """Takes a run from the queue and trains it, unless it is no longer there. Returns the exit status."""
    make_way()
    try:
        with hold(store, run_id) as held:
            if held and take_queued(store, run_id, limit):
                Worker(store, run_id, interrupted, notice=_say).run()
    except StoreError as error:
        _say(str(error))
        return 1
    return 0


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main(run_id: str, limit: str) -> int:
    with Signals() as signals:
        return take_and_train(Store(), run_id, int(limit), lambda: signals.received is not None)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
