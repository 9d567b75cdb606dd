"""Who lives: a worker holds its run's lock file for as long as its process exists.

The operating system lets go of the lock however the process ends, so a lock that is not held means a worker that is
not there. No clock and no process number is trusted.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.runs.errors import StoreError


@contextmanager
def held(home: Path, run_id: str, patience: float) -> Iterator[bool]:
    """Holds the lock of a run in the block. Yields False where another does, for longer than `patience` seconds.

    >>> with held(home, "wavenet-k3x9q2", patience=2.0) as ours: ...

    `is_held` holds it for some microseconds: be patient, or come again. Raises StoreError where no file can be made.
    """
    lock = FileLock(_path(home, run_id), thread_local=False)
    try:
        lock.acquire(timeout=patience, poll_interval=0.005)
    except Timeout:
        yield False
        return
    except OSError as error:
        raise StoreError(
            f"{lock.lock_file} cannot be locked ({error.strerror}): mend that, or name another folder with "
            "EXPLORER_HOME."
        ) from None
    try:
        yield True
    finally:
        lock.release()


def remove_lock(home: Path, run_id: str) -> None:
    """Of a run that is no more: whoever waits for its lock may still get it, and finds nothing to do."""
    _path(home, run_id).unlink(missing_ok=True)


def is_held(home: Path, run_id: str) -> bool:
    """Does a process hold the lock of this run now?"""
    try:
        file = os.open(_path(home, run_id), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: readers do not take each other for a worker
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _path(home: Path, run_id: str) -> Path:
    return home / "locks" / f"{run_id}.lock"
