"""How fast a run goes."""

import math
import time
from collections.abc import Callable

SPAN = 1.0  # seconds over which `recent` forgets


class Pace:
    """Steps per second, pauses left out.

    >>> pace = Pace()
    >>> pace.start(); trainer.advance(30); pace.tick(30)
    >>> pace.recent, pace.average       # over the last second or so, and over all ticks
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        self._clock = clock
        self._mark = clock()
        self._steps, self._seconds = 0, 0.0
        self.recent: float | None = None

    def start(self) -> None:
        """Time counts from here on, not since the last tick."""
        self._mark = self._clock()

    def tick(self, steps: int) -> None:
        """So many steps were taken since the last tick or start."""
        now = self._clock()
        seconds = max(now - self._mark, 1e-9)
        self._mark = now
        self._steps += steps
        self._seconds += seconds
        speed = steps / seconds
        if self.recent is None:
            self.recent = speed
        self.recent += (speed - self.recent) * (1 - math.exp(-seconds / SPAN))

    @property
    def average(self) -> float | None:
        return self._steps / self._seconds if self._steps else None
