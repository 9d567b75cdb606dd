"""Ctrl-C and a friendly kill, as a question instead of an exception."""

import signal
import time
from types import FrameType

IMPATIENT = 1.0  # seconds


class Signals:
    """Remembers that the process was asked to end; asked again a second later in the same way, it just ends.

    >>> with Signals() as signals:      # in the main thread
    ...     while not signals.received: train()
    """

    def __init__(self):
        self.received: int | None = None  # the signal's number

    def __enter__(self) -> "Signals":
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.received is None:
            self.received, self._first = number, now
        elif number == self.received and now - self._first > IMPATIENT:  # `timeout` sends everything twice at once
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
