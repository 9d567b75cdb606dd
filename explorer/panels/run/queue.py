"""What a queued run waits for, in a sentence.

>>> waits_for(info)
'1 run trains at a time, now wavenet-k3x9q2: pause or stop it to begin this one.'
"""

import streamlit as st

from core.runs.info import RunInfo
from core.runs.limit import workers
from core.spelling import listing
from explorer import hunts, session
from explorer.feeds import recorded

NAMED = 3  # training runs that are named; the others are counted


def waits_for(info: RunInfo) -> str:
    """The runs that train instead; where there is room for more, that it is about to begin."""
    room, training = workers(), _training()
    if info.wish == "pause" or len(training) < room:
        return "It begins as soon as a worker has taken it."
    at_a_time = "1 run trains" if room == 1 else f"{room} runs train"
    which = "it" if len(training) == 1 else "one of them"
    return (
        f"{at_a_time} at a time, now {listing(training, 'and', NAMED)}: pause or stop {which} to begin {_next(info)}."
    )


def way_to_busy(info: RunInfo) -> None:
    """A button that opens the run that has trained longest of those that `info` waits for, to pause or stop it."""
    training = _training()
    if info.wish == "pause" or len(training) < workers():
        return
    if st.button(f"Open {training[-1]}", key="open_busy", icon=":material/arrow_forward:", type="tertiary"):
        session.choose(training[-1])
        st.rerun()


def _training() -> list[str]:
    return [run.id for run in hunts.shown(recorded.runs()) if run.state == "running"]


def _next(info: RunInfo) -> str:
    return "this one" if info.queue_place in (None, 1) else "the next one"
