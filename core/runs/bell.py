"""What wakes the nursery: a line on its stdin, the end of a child, or some time."""

import os
import select
import signal
import sys


class Bell:
    """Waits on stdin and on children together.

    >>> bell = Bell()
    >>> while bell.wait(0.5): look_around()     # at least twice a second, until stdin is closed

    Create it in the main thread. `quiet()` belongs into a forked child.
    """

    def __init__(self):
        self._ends, self._end = os.pipe()
        for end in (self._ends, self._end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # a handler at all, so that the pipe is written

    def wait(self, seconds: float) -> bool:
        """False once stdin is closed."""
        stdin = sys.stdin.fileno()
        ready, _, _ = select.select([stdin, self._ends], [], [], seconds)
        if self._ends in ready:
            os.read(self._ends, 4096)
        return stdin not in ready or bool(os.read(stdin, 4096))

    def quiet(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self._ends)
        os.close(self._end)
