"""Ctrl-C and a friendly kill, as a question instead of an exception."""

import signal
from types import FrameType


class Signals:
    """Remembers that the process was asked to end; the second time the same way, it just ends.

    >>> signals = Signals()         # in the main thread
    >>> while not signals.received: train()
    """

    def __init__(self):
        self.received: int | None = None  # the signal's number
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = number
        signal.signal(number, signal.SIG_DFL)
