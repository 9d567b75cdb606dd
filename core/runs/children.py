"""Worker processes, forked from the one that has everything loaded."""

import os
import signal
import sys
import traceback
from collections.abc import Callable


class Forked:
    """A child that begins with everything its parent has loaded: running in some 10 ms.

    >>> child = Forked(lambda: work(run_id))    # what it returns is the exit status
    >>> child.poll()        # None while it lives, then its exit status, -9 for SIGKILL; as of subprocess.Popen
    """

    def __init__(self, body: Callable[[], int]):
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        self.returncode: int | None = None
        if self.pid == 0:
            _run_and_leave(body)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _run_and_leave(body: Callable[[], int]) -> None:
    """Never returns: what the parent has yet to do, above all its cleaning up, is not the child's to do."""
    status = 1
    try:
        status = body()
    finally:
        if sys.exc_info()[0]:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
