"""Training with one's own backward pass: autograd on the same batches beside it.

>>> training_view(dataset)
"""

import numpy as np
import streamlit as st

from core.dataset import Dataset
from core.lenses.backprop.backward import SHORT, SMALL_STEPS
from core.lenses.backprop.expressions import Program, parse
from core.lenses.backprop.training import EVALUATED, Training, TrainingError, in_short, in_small_steps, train
from explorer import session, theme
from explorer.charts.two_losses import apart, loss_tables, two_losses
from explorer.labs.backprop import state
from explorer.markdown import plain
from explorer.panels.live_chart import live_chart
from explorer.shared import Shared

HIDDEN, STEPS, WAY, ASKED = "backprop_hidden", "backprop_steps", "backprop_way", "backprop_asked"
PICTURES = {
    "losses": (two_losses, "The losses of both trainings over the steps."),
    "apart": (apart, "How far the two losses are apart."),
}
SMALL, IN_SHORT = "26 small steps", "in one expression"

_trained = Shared(seconds=3600, size=32)


def training_view(dataset: Dataset) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        hidden = st.segmented_control(
            "Hidden units",
            [64, 200],
            default=session.get(session.keep(HIDDEN, 64)),
            key=HIDDEN,
            required=True,
            help="64: the 4,137 parameters of the exercises (with 27 symbols). 200: the course's own size.",
        )
        way = st.segmented_control(
            "Backward pass",
            [SMALL, IN_SHORT],
            default=session.get(session.keep(WAY, SMALL)),
            key=WAY,
            required=True,
            help="In one expression: cross-entropy and BatchNorm as in the last two exercises, which is faster.",
        )
        steps = st.select_slider(
            "Steps",
            [200, 500, 1_000, 2_000, 5_000],
            value=session.get(session.keep(STEPS, 1_000)),
            key=STEPS,
            format_func=theme.steps,
            width=200,
        )
        asked = (dataset.sha256, hidden, way, steps, state.progress(dataset))
        st.button("Train", icon=":material/play_arrow:", type="primary", on_click=session.put, args=(ASKED, asked))
    programs, sentence = _programs(dataset, way)
    st.caption(sentence)
    if session.get(ASKED) != asked:
        st.info("Press Train: every batch goes through both backward passes, each with weights of its own.")
        return
    try:
        _train(dataset, asked, programs)
    except TrainingError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _programs(dataset: Dataset, way: str) -> tuple[dict[str, Program], str]:
    """The user's own expressions where all that are needed are accepted, else the reference ones."""
    solved = state.progress(dataset)
    found = {name: parse(solved.answers[name]) for name in state.gradients(dataset)}
    small = in_small_steps(found if len(found) == len(SMALL_STEPS) else None)
    if way == SMALL:
        missing = len(SMALL_STEPS) - len(found)
        if missing:
            return small, f"It trains with our reference expressions: {missing} of the 26 are not solved yet."
        return small, f"It trains with your own 26 expressions{_but(solved.taken & SMALL_STEPS.keys())}."
    jumped = {"dlogits", "dhprebn"}  # both short expressions give one of these
    missing = {*in_short(in_small_steps()), *SHORT} - jumped - solved.answers.keys()
    if missing:
        sentence = f"It trains with our reference expressions: {len(missing)} that it takes are not solved yet."
        return in_short(in_small_steps()), sentence
    short = {name: parse(solved.answers[name]) for name in SHORT}
    ours = {name: found.get(name, program) for name, program in in_small_steps().items()}
    return in_short(ours, short), f"It trains with your own expressions{_but(solved.taken)}."


def _but(taken: frozenset[str]) -> str:
    return f", {len(taken)} of them taken from the solution" if taken else ""


def _train(dataset: Dataset, asked: tuple, programs: dict[str, Program]) -> None:
    """Both losses as they fall, and the figures at their end."""
    _, hidden, _, steps, _ = asked
    left, right = st.columns([7, 2], gap="medium")
    places, figures = {name: left.container() for name in PICTURES}, right.empty()

    def draw(by_hand: np.ndarray, autograd: np.ndarray) -> None:
        for name, table in loss_tables(by_hand, autograd).items():
            chart, said = PICTURES[name]
            key, place = f"backprop_both_{name}", places[name]
            places[name] = live_chart(chart, {name: table}, key=key, alt_text=said, place=place, steps=steps)

    def tell(by_hand: np.ndarray, autograd: np.ndarray) -> None:
        figures.progress(len(by_hand) / steps, f"Step {theme.steps(len(by_hand))}")
        draw(by_hand, autograd)

    key = (dataset.sha256, hidden, steps, tuple((name, program.text) for name, program in programs.items()))
    result = _trained.get(key, lambda: train(dataset, programs, hidden, steps, tell))
    draw(result.by_hand, result.autograd)
    with figures.container():
        _figures(result)


def _figures(result: Training) -> None:
    st.metric("Train loss", theme.loss(result.train_loss), help=_EVALUATED)
    st.metric("Validation loss", theme.loss(result.val_loss), help=_EVALUATED)
    st.metric(
        "Weights apart",
        theme.number(result.largest),
        help="The largest difference between a weight that was trained by hand and the same one of autograd.",
    )
    st.caption("The course's network, 200 hidden units and 200,000 steps by hand: 2.07 train, 2.11 validation.")


_EVALUATED = (
    f"Of up to {EVALUATED:,} examples, by the weights that were trained by hand; BatchNorm's mean and variance are "
    "taken from those of the training split."
)
