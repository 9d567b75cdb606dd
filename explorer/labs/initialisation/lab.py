"""Initialisation: the five states of part 3 side by side, then depth, gain and nonlinearity.

>>> initialisation_lab()
"""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.dataset import Dataset
from core.lenses.initialisation.states import CONTEXT, STATES
from core.lenses.initialisation.training import Trained, train
from core.training.config import RunConfig
from explorer import session, theme
from explorer.labs.initialisation.depth import depth_lab, network_controls
from explorer.labs.initialisation.pictures import (
    OWN,
    first_losses,
    logits,
    of_first_losses,
    of_logits,
    of_saturation,
    saturation_maps,
)
from explorer.labs.words import words
from explorer.navigation import go
from explorer.panels.run.setup import prefill
from explorer.panels.view_switch import chosen_view, view_switch
from explorer.shared import Shared

FIRST, LOGITS, SATURATION, DEPTH = "First losses", "Logits", "Saturation", "Depth and gain"
VIEW = "init_view"
LOOK_FOR = {
    FIRST: "Look how the blade of the hockey stick goes once the network is no longer sure of wrong characters.",
    LOGITS: "Look how small output weights bring all logits close to 0, and all probabilities close to one another.",
    SATURATION: "Look how white, saturated outputs go as the hidden weights get the right scale.",
    DEPTH: "Move the gain: what it changes multiplies from layer to layer. With BatchNorm it changes nothing.",
}
PICTURES = {  # each, and what is said below it
    FIRST: (first_losses, of_first_losses),
    LOGITS: (logits, of_logits),
    SATURATION: (saturation_maps, of_saturation),
}
STEPS, SEED = "init_steps", "init_seed"
COURSE_DROP = 100_000  # steps at the first learning rate, in part 3
_trained = Shared(seconds=3600, size=60)


def look_for() -> str:
    """The sentence that belongs to the chosen view."""
    return LOOK_FOR[chosen_view(VIEW, LOOK_FOR)]


def initialisation_lab() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        view = view_switch(VIEW, LOOK_FOR)
        if view == DEPTH:
            network_controls()
        else:
            steps, seed = _controls(view)
            _texts(words().vocab_size, seed)
    if view == DEPTH:
        depth_lab()
        return
    dataset = words()
    picture, below = st.container(), st.empty()  # the bar of a training stands where the caption will: nothing moves
    trained = _all_trained(dataset, seed, steps, below)
    draw, caption = PICTURES[view]
    below.caption(caption(trained, dataset))
    with picture:
        draw(trained, dataset)


def _controls(view: str) -> tuple[int, int]:
    steps = session.get(session.keep(STEPS, 1_000))
    if view == FIRST:
        steps = st.select_slider(
            "Steps",
            [100, 300, 1_000, 3_000, 10_000],
            value=steps,
            key=STEPS,
            format_func=theme.steps,
            width=190,
            help="How long each of the five networks trains, at learning rate 0.1.",
        )
    seed = st.number_input(
        "Seed",
        0,
        10**9,
        session.get(session.keep(SEED, 42)),
        key=SEED,
        width=110,
        help="All five begin with random numbers from this seed, scaled each in its own way, and see the same batches.",
    )
    if view == LOGITS:
        st.toggle(
            "Own scales",
            value=session.get(session.keep(OWN, False)),
            key=OWN,
            help="Off: all rows share one axis, so widths can be compared. On: each row of logits fills its width.",
        )
    return steps, seed


def _texts(vocab_size: int, seed: int) -> None:
    """The five models as texts, each with a button that puts it into the form of the Train page."""
    with st.popover("Texts", icon=":material/code:", help="The five models as texts, to train them for longer."):
        for state in STATES:
            text = state.text(vocab_size)
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown(f"**{state.name}**")
                if st.button("Set up a run", key=f"init_train_{state.name}", icon=":material/model_training:"):
                    prefill(RunConfig(model=text, context=CONTEXT, seed=seed, lr_drop_step=COURSE_DROP))
                    session.put("train_view", "setup")
                    go("train")
            st.code(text, language=None)


def _all_trained(dataset: Dataset, seed: int, steps: int, place: DeltaGenerator) -> dict[str, Trained]:
    """Each state, trained here or by another session before; where it takes a while, a bar says how far it is."""
    trained = {}

    def tell(done: int, name: str, share: float) -> None:
        place.progress((done + share) / len(STATES), f"Training “{name}”, {done + 1} of {len(STATES)}")

    for done, state in enumerate(STATES):
        told = partial(tell, done, state.name)
        key = (dataset.sha256, seed, steps, state.name)
        trained[state.name] = _trained.get(key, partial(train, state, dataset, seed, steps, told))
    return trained
