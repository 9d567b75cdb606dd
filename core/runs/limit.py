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
    found, many = text if len(text) <= 20 else f"{text[:19]}…", workers()
    runs = "1 run trains" if many == 1 else f"{many} runs train"
    return f"{VARIABLE} is {found!r}, no number from 1 to {MOST}: {runs} at a time."


def _makes_sense(text: str) -> bool:
    return text.isdecimal() and len(text) <= len(str(MOST)) and int(text) >= 1
