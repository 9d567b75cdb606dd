"""The ways into a round of the bug hunt: a new one, one by its code, one of yours; and the score.

>>> begin()         # where no round is open
>>> others()        # below one
"""

import streamlit as st

from core.lenses.hunt.rounds import NoRound
from core.runs.errors import StoreError
from core.training.defects import DEFECTS
from explorer import hunts, session
from explorer.markdown import plain

TYPED, REFUSED = "hunt_typed", "hunt_refused"
SHOWN = 8  # of this session's rounds, the latest
HOW = f"""
1. A small network is trained, in a few seconds. One of {len(DEFECTS)} bugs is planted in it, or none.
2. You see the model as it should be, and the run in every lens.
3. You say which bug it is, where it sits and what shows it. A wrong answer says what speaks against it, and you may
   look again.
"""


def begin() -> None:
    """The page of one who is in no round."""
    st.markdown(HOW)
    start, given = st.columns([1, 3], gap="medium", vertical_alignment="bottom")
    with start:
        if st.button("Start a round", key="hunt_start", type="primary", icon=":material/bug_report:", width="stretch"):
            hunts.start()
            st.rerun()
    with given:
        _code("Or enter one that somebody gave you")
    _refused()
    if hunts.rounds():
        score()
        _mine()
    with st.expander(f"The {len(DEFECTS)} bugs, and where the course meets them", icon=":material/list:"):
        rows = [f"| {bug.title} | {bug.did} | {bug.chapter} |" for bug in DEFECTS.values()]
        st.markdown("\n".join(["| Bug | What it does | In the course |", "| --- | --- | --- |", *rows]))


def others() -> None:
    """The ways from a round to others that are there already."""
    with st.expander("Another round: yours, or one that somebody gave you", icon=":material/bug_report:"):
        _code("Its code")
        _refused()
        _mine()


def _code(label: str) -> None:
    st.text_input(
        label,
        key=TYPED,
        placeholder="k3x9-q7",
        max_chars=20,
        width=330,
        on_change=_enter_typed,
        help="Its six letters, or open its link: it is the same round on every machine.",
    )


def _enter_typed() -> None:
    session.put(REFUSED, None)
    try:
        if text := session.get(TYPED):
            hunts.enter(text)
            session.put(TYPED, "")
    except (NoRound, StoreError) as error:
        session.put(REFUSED, str(error))


def _refused() -> None:
    if said := session.get(REFUSED):
        st.warning(plain(said), icon=":material/rule:")


def _mine() -> None:
    mine = hunts.rounds()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for token in list(mine)[-SHOWN:]:
            face = ":material/check:" if mine[token].found else ":material/bug_report:"
            if st.button(token, key=f"hunt_again_{token}", icon=face, help="Go back to this round."):
                hunts.enter(token)
                st.rerun()


def score() -> None:
    """Of the rounds that this browser has closed."""
    closed = [progress for progress in hunts.rounds().values() if progress.closed]
    found = [progress for progress in closed if progress.found]
    at_once = [progress for progress in found if len(progress.answers) == 1]
    if closed:
        st.caption(
            f"Your score: {len(found)} of {len(closed)} round{'' if len(closed) == 1 else 's'} found, "
            f"{len(at_once)} at the first answer."
        )
