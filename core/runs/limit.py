"""How many runs train at a time."""

import os

MOST = 999
VARIABLE = "EXPLORER_WORKERS"


def workers() -> int:
    """What the environment variable EXPLORER_WORKERS says, else as many as there are processor cores."""
    text = os.environ.get(VARIABLE, "")
    return int(text) if _makes_sense(text) else os.cpu_count() or 1


def complaint() -> str | None:
    """One sentence where EXPLORER_WORKERS says no such number: what it says, and what is used instead."""
    text = os.environ.get(VARIABLE, "")
    if not text or _makes_sense(text):
        return None
    return (
        f"{VARIABLE} is {text!r}, not a whole number from 1 to {MOST}: "
        f"as many runs train at a time as there are processor cores, {workers()}."
    )


def _makes_sense(text: str) -> bool:
    return text.isdecimal() and len(text) <= len(str(MOST)) and int(text) >= 1
