"""Waiting in tests: on a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], within: float = 10.0, poll: float = 0.005) -> T:
    """Returns the first true value of `condition()`; fails after `within` seconds, with the last false one.

    >>> eventually(lambda: store.run(run_id).state == "paused", within=1.0)
    """
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {within} s; the last value was {value!r}.")
        time.sleep(poll)
