"""Who lives: a worker holds its run's lock file for as long as its process exists.

The operating system lets go of the lock however the process ends, so a lock that is not held means a worker that is
not there. No clock and no process number is trusted.
"""

import fcntl
import os
from pathlib import Path

from filelock import FileLock


def run_lock(home: Path, run_id: str) -> FileLock:
    """The lock of a run, not yet acquired.

    >>> with run_lock(home, "wavenet-k3x9q2").acquire(timeout=2): ...    # filelock.Timeout where another holds it

    `is_held` holds it for some microseconds: acquire it with a timeout.
    """
    return FileLock(_path(home, run_id), thread_local=False)


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
