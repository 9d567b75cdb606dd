"""How many runs train at a time."""

import os

from core.runs.errors import StoreError


def workers() -> int:
    """What the environment variable EXPLORER_WORKERS says, else as many as there are processor cores.

    Raises StoreError where it says no such number.
    """
    text = os.environ.get("EXPLORER_WORKERS")
    if not text:
        return os.cpu_count() or 1
    if not text.isdecimal() or int(text) < 1:
        raise StoreError(f"EXPLORER_WORKERS is {text!r}: it must be a whole number from 1 on.")
    return int(text)
