"""Backprop: the forward pass of part 4 in its small steps, and every gradient of it by hand.

>>> backprop_lab()
"""

import streamlit as st

from explorer import session
from explorer.labs import backprop_state as state
from explorer.labs.backprop_exercises import exercises_view, short_view
from explorer.labs.backprop_steps import steps_view
from explorer.labs.backprop_training import training_view
from explorer.labs.data import words

VIEWS = {  # what to look for, and the picture
    state.LOOK: (
        "Click a tensor: its gradient arrives by the orange lines, from the steps that read it, and has its shape.",
        steps_view,
    ),
    state.EXERCISES_VIEW: (
        "Write the gradient of each tensor from those that arrive, and compare it with autograd's. Begin at the loss.",
        exercises_view,
    ),
    state.SHORT_VIEW: (
        "Jump over many small steps at once: on paper, most of what they do cancels, and one line is left.",
        short_view,
    ),
    state.TRAIN_VIEW: (
        "Press Train and look whether the loss by hand lies on autograd's: both see the same batches.",
        training_view,
    ),
}


def look_for() -> str:
    """The sentence that belongs to the chosen view."""
    return VIEWS[session.get(session.keep_view(state.VIEW, list(VIEWS), state.LOOK))][0]


def backprop_lab() -> None:
    view = st.segmented_control(
        "View",
        list(VIEWS),
        default=session.get(session.keep_view(state.VIEW, list(VIEWS), state.LOOK)),
        key=state.VIEW,
        label_visibility="collapsed",
        required=True,
    )
    VIEWS[view][1](words())
