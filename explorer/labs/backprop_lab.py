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

VIEWS = {
    state.LOOK: steps_view,
    state.EXERCISES_VIEW: exercises_view,
    state.SHORT_VIEW: short_view,
    state.TRAIN_VIEW: training_view,
}


def backprop_lab() -> None:
    view = st.segmented_control(
        "View",
        list(VIEWS),
        default=session.get(session.keep(state.VIEW, state.LOOK)),
        key=state.VIEW,
        label_visibility="collapsed",
        required=True,
    )
    VIEWS[view](words())
