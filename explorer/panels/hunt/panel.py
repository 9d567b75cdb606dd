"""A round of the bug hunt: start or open one, look, answer, be told.

>>> hunt_panel()        # the round of the current run, or how to begin one
"""

import streamlit as st

from core.lenses.hunt.rounds import NoRound, Round, round_of, tidy
from core.runs.errors import NoSuchRun
from core.runs.info import RunInfo
from explorer import hunts, session, theme
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.navigation import link
from explorer.panels.hunt.answer import answer_form
from explorer.panels.hunt.choice import begin, others, score
from explorer.panels.hunt.memory import keep_in_browser
from explorer.panels.hunt.picture import told
from explorer.panels.run.state import ICONS, may_change, say

LENSES = ("train", "activations", "gradients", "predict", "shapes")


def hunt_panel() -> None:
    _open_link()
    info = _hunted()
    session.name_in_url("hunt", info.hunt if info else None)
    if info is None:
        begin()
    else:
        _round(info, round_of(info.hunt))
    keep_in_browser()


def _round(info: RunInfo, hidden: Round) -> None:
    left, right = st.columns([5, 7], gap="medium")
    with left:
        _subject(hidden)
        st.caption("Its link, which says nothing of what is hidden; it opens where this app can be reached:")
        st.code(_address(hidden.token), language=None)
    with right:
        if hunts.is_open(info):
            _look(info)
            answer_form(info, hidden)
        else:
            told(info, hidden)
        score()
    others()


def _open_link() -> None:
    """A link that names a round, followed for the first time."""
    asked = session.arrived_with("hunt")
    if asked is None:
        return
    try:
        hunts.enter(asked)
    except NoRound as error:
        session.name_in_url("hunt", None)
        st.warning(plain(str(error)), icon=":material/link_off:")
        return
    session.name_in_url("hunt", tidy(asked))
    st.rerun()  # the sidebar was drawn for another run


def _hunted() -> RunInfo | None:
    """The run of a round, where it is the current one; from a twin or a fork, back to that of their round."""
    try:
        info = recorded.info(session.run_id()) if session.run_id() else None
    except NoSuchRun:
        return None
    if info is None or info.hunt is None:
        return None
    try:
        round_of(info.hunt)
    except NoRound:  # its code is from before codes had a character that checks them
        return None
    if not info.id.startswith(f"{hunts.HUNTED}-"):
        hunts.enter(info.hunt)
        st.rerun()
    return info


def _subject(hidden: Round) -> None:
    """What is hunted in: the model as it should be, which is what the bug is hidden from."""
    config = hidden.config(healthy=True)
    st.markdown(f"**Round {hidden.token}**: a {hidden.model}, as it should be")
    st.code(hidden.text, language="python", height=min(330, 24 * len(hidden.text.splitlines()) + 34))
    st.caption(
        f"Context {config.context}, batches of {config.batch_size}, learning rate {config.lr:g}, plain descent, seed "
        f"{config.seed}, {theme.steps(config.steps)} steps on the built-in names."
    )


def _look(info: RunInfo) -> None:
    if may_change(info):
        st.info(f"{say(info)}. Look at it meanwhile; you can answer once it has ended.", icon=ICONS[info.state])
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for page in LENSES:
            link(page)


def _address(token: str) -> str:
    """The link that opens this round, to be copied; it says nothing of the bug."""
    here = (st.context.url or "").partition("?")[0]
    return f"{here}?hunt={token}"
