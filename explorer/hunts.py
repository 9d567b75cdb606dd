"""The rounds of the bug hunt: opened by a token, answered by each browser session for itself.

    >>> hunts.enter("k3x9-q7")          # finds or makes the round's run, and makes it the current one
    >>> hunts.is_open(recorded.info(session.run_id()))
    True

While a round is open here, nothing that the app sends may say what its bug is. Another session that has answered it
sees it solved; this one does not.
"""

import threading
from dataclasses import replace

from core.lenses.hunt.answer import Answer, Progress
from core.lenses.hunt.rounds import Round, new_token, round_of
from core.runs.info import TWIN, RunInfo
from explorer import nursery, session
from explorer.feeds import recorded

HUNTED = "hunt"  # what the id of a round's run begins with; that of its healthy twin: TWIN
_ROUNDS, _NEXT = "hunt_rounds", "hunt_next"
_entering = threading.Lock()


def is_open(info: RunInfo) -> bool:
    """Does it belong to a round that this session has neither solved nor given up?"""
    return info.hunt is not None and not progress(info.hunt).closed


def progress(token: str) -> Progress:
    return rounds().get(token, Progress())


def rounds() -> dict[str, Progress]:
    """What this session has hunted, by token, in order."""
    return session.get(_ROUNDS, {})


def shown(runs: list[RunInfo]) -> list[RunInfo]:
    """Those that may be chosen: a healthy twin, held beside its open round, would say where to look."""
    return [info for info in runs if not (info.is_twin and is_open(info))]


def enter(text: str) -> None:
    """Make the run of a round the current one; it is trained if it was not. Raises NoRound and StoreError."""
    hidden = round_of(text)
    run_id = _run(hidden, HUNTED)
    _keep(hidden.token, progress(hidden.token))
    session.put(_NEXT, None)
    session.choose(run_id)


def start() -> None:
    """Enter a new round. A second click on the same button enters the same one."""
    enter(next_token())


def next_token() -> str:
    """The round that a click on Start begins."""
    if session.get(_NEXT) is None:
        session.put(_NEXT, new_token())
    return session.get(_NEXT)


def note(token: str, answer: Answer) -> None:
    """An answer was given."""
    _keep(token, progress(token).after(round_of(token), answer))


def reveal(token: str) -> None:
    _keep(token, replace(progress(token), revealed=True))


def take_up(kept: dict[str, Progress]) -> None:
    """Rounds of an earlier session; of one that this session has answered as well, its own answers stand."""
    mine = {token: value for token, value in rounds().items() if value.answers or token not in kept}
    session.put(_ROUNDS, kept | mine)


def healthy(hidden: Round) -> RunInfo:
    """The run as it would be without its bug: trained, from now on, where it was not. Raises StoreError."""
    return recorded.info(_run(hidden, TWIN))


def _keep(token: str, value: Progress) -> None:
    session.put(_ROUNDS, rounds() | {token: value})


def _run(hidden: Round, kind: str) -> str:
    at = recorded.store()
    with _entering:
        known = [info.id for info in at.runs() if info.hunt == hidden.token and info.id.startswith(f"{kind}-")]
        if known:
            return known[-1]  # the oldest, so that all see the same one
        name = f"{'twin of' if kind == TWIN else 'hunt'} {hidden.token}"
        config = hidden.config(healthy=kind == TWIN)
        run_id = at.create(config, at.dataset(""), name=name, prefix=kind, hunt=hidden.token)
    nursery.poke()
    recorded.forget()
    return run_id
