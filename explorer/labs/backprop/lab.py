"""Backprop: the forward pass of part 4 in its small steps, and every gradient of it by hand.

>>> backprop_lab()
"""

from explorer.labs.backprop import state
from explorer.labs.backprop.exercises import exercises_view, short_view
from explorer.labs.backprop.file import keep_in_browser
from explorer.labs.backprop.steps import steps_view
from explorer.labs.backprop.training import training_view
from explorer.labs.words import words
from explorer.panels.view_switch import chosen_view, view_switch

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
    return VIEWS[chosen_view(state.VIEW, VIEWS)][0]


def backprop_lab() -> None:
    VIEWS[view_switch(state.VIEW, VIEWS)][1](words())
    keep_in_browser()
