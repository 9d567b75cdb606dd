"""The nursery that this server keeps: started and closed by the launcher, poked by whoever queues a run.

    >>> nursery.start()
    >>> nursery.poke()      # there is something in the queue

Without one (a test, a page script served by itself) a poke does nothing and runs wait in the queue.
"""

from core.runs.supervisor import Supervisor, start_nursery

_supervisor: Supervisor | None = None


def start() -> None:
    """Start it for the store that EXPLORER_HOME names. Raises StoreError."""
    global _supervisor
    _supervisor = start_nursery()


def poke() -> None:
    if _supervisor is not None:
        _supervisor.poke()


def close() -> None:
    """End it and its workers, which leave a checkpoint."""
    global _supervisor
    if _supervisor is not None:
        _supervisor.close()
        _supervisor = None
