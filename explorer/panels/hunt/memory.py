"""The score and the answers of the bug hunt, kept in the browser: a reload brings them back.

>>> keep_in_browser()       # on the page of the hunt, whatever it shows
"""

from core.lenses.hunt.kept import from_json, to_json
from explorer import hunts, session
from explorer.panels.browser_memory import remember

FOUND = "hunt_found"


def keep_in_browser() -> None:
    """A session that has answered nothing asks what is kept, once; from then on the browser keeps what it has."""
    rounds = hunts.rounds()
    known = session.get(FOUND, False) or any(progress.answers for progress in rounds.values())
    remember("hunt_rounds", to_json(rounds) if known else None, on_found=_take_up)


def _take_up(text: str) -> None:
    if not session.get(FOUND, False):  # the browser may be asked more than once
        session.put(FOUND, True)
        hunts.take_up(from_json(text))
