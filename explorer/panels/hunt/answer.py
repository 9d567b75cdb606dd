"""The answer to a round: which bug, in which layer, by what evidence; and what is said to it.

>>> answer_form(info, hidden)       # of a round that is open
"""

import streamlit as st

from core.lenses.hunt.answer import Answer
from core.lenses.hunt.figures import FIGURES
from core.lenses.hunt.rounds import Round, places
from core.lenses.hunt.verdict import NONE, title
from core.runs.info import RunInfo
from core.training.defects import DEFECTS
from explorer import hunts, session
from explorer.feeds import hunt
from explorer.markdown import plain
from explorer.navigation import PLACES
from explorer.panels.hunt.picture import another
from explorer.panels.run.state import may_change

BUG, LAYER, SEEN = "hunt_bug", "hunt_layer", "hunt_seen"
BUGS = [*DEFECTS, NONE]


def answer_form(info: RunInfo, hidden: Round) -> None:
    """What can be chosen is the same in every round: what fits the model is for the user to say."""
    bug = st.selectbox(
        "What is it?",
        BUGS,
        index=_index(BUG, info, BUGS),
        key=_key(BUG, info),
        format_func=lambda name: name if name == NONE else title(name),
        placeholder="Choose a bug, or none",
    )
    layer = None
    if bug in DEFECTS and DEFECTS[bug].single:
        layers = places(DEFECTS[bug], hidden.model)
        layer = st.selectbox("Where?", layers, index=None, key=f"{_key(LAYER, info)}_{bug}", placeholder="Which layer?")
        if not layers:
            st.caption("This model has no layer that it could sit in.")
    seen = st.selectbox(
        "What did you see?",
        list(FIGURES),
        index=_index(SEEN, info, list(FIGURES)),
        key=_key(SEEN, info),
        format_func=lambda name: f"{PLACES[FIGURES[name].page].title}: {FIGURES[name].claim}",
        placeholder="Your evidence: where, and what",
        help="You may leave it open. It is held against the run's own figures.",
    )
    ready = bug is not None and not (bug in DEFECTS and DEFECTS[bug].single and layer is None)
    answers = hunts.progress(info.hunt).answers
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Answer",
            key="hunt_answer",
            type="primary",
            icon=":material/gavel:",
            disabled=not ready or may_change(info),
            on_click=hunts.note,
            args=(info.hunt, Answer(None if bug == NONE else bug, layer, seen)),
        )
        if answers:
            st.button(
                "Reveal",
                key="hunt_reveal",
                icon=":material/visibility:",
                on_click=hunts.reveal,
                args=(info.hunt,),
                help="Says what it was, and ends the round. You may as well look again first.",
            )
        another("tertiary")
    if answers and not may_change(info):
        st.warning("  \n".join(map(plain, hunt.replies(info, answers[-1]))), icon=":material/search:")


def _key(name: str, info: RunInfo) -> str:
    return session.keep(f"{name}_{info.hunt}", None)


def _index(name: str, info: RunInfo, options: list[str]) -> int | None:
    chosen = session.get(_key(name, info))
    return options.index(chosen) if chosen in options else None
