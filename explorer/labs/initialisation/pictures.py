"""The five states of part 3 side by side, three pictures of them; and what is said below each.

>>> trained = {"as is": train(...), ...}        # a Trained for each of STATES
>>> first_losses(trained, dataset)
>>> st.caption(of_first_losses(trained, dataset))
"""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.dataset import Dataset
from core.lenses.initialisation.states import BATCH, CONTEXT, KAIMING, N_EMBD, N_HIDDEN, STATES
from core.lenses.initialisation.training import VALIDATION, Trained, expected_loss
from explorer import session, theme
from explorer.charts.state_curves import APART_POINTS, POINTS, apart_curves, apart_tables, curve_tables, loss_curves
from explorer.charts.state_rows import bin_tables, rows_of_bins, saturation, saturation_tables
from explorer.panels.live_chart import live_chart

OWN = "init_own"  # whether each row of logits has its own scale
POWER_LABEL = "datum.value > -4 ? format(pow(10, datum.value), '~g') : '1e' + datum.value"
NAMES = tuple(state.name for state in STATES)
TANH_STD = next(state.hidden for state in STATES if state.name == "tanh")
LEAST_PROBABILITY = 1e-10  # below, bars would only push the others together


def first_losses(trained: dict[str, Trained], dataset: Dataset) -> None:
    expected = expected_loss(dataset.vocab_size)
    steps = len(trained[NAMES[0]].losses)
    left, right = st.columns([9, 11], gap="medium")
    with left:
        tables = curve_tables({name: t.losses for name, t in trained.items()}, expected, dataset.vocab_size)
        said = f"Loss over {steps:,} steps, one line a state. “As is” starts far above the others and falls steeply."
        live_chart(loss_curves, tables, key="init_curves", alt_text=said, names=NAMES)
        said = "How far the losses of the states that begin well are from that of “softmax”, on the same batches."
        others = apart_tables({name: trained[name].losses for name in NAMES[1:]}, NAMES[1])
        live_chart(apart_curves, others, key="init_apart", alt_text=said, names=NAMES)
    with right:
        rows = [
            {
                "State": state.name,
                "What is new": state.fix,
                "First loss": float(trained[state.name].losses[0]),
                "Val loss": trained[state.name].val_loss,
                "Course": f"{state.train_loss:g} / {state.val_loss:g}",
            }
            for state in STATES
        ]
        number = partial(st.column_config.NumberColumn, format="%.3f", width=68)
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config={
                "State": st.column_config.TextColumn(width=84),
                "What is new": st.column_config.TextColumn(width=152, help="W: weights, b: biases."),
                "First loss": number(help="Loss of the first batch of 32, before any update."),
                "Val loss": number(help=f"Validation loss after {steps:,} steps, first {VALIDATION:,} examples."),
                "Course": st.column_config.TextColumn(
                    width=100, help="The course’s own losses after 200,000 steps, train / val; not computed here."
                ),
            },
        )
        first, calm = (float(trained[name].losses[0]) for name in NAMES[:2])
        st.markdown(
            f"A network that knows nothing should hold all {dataset.vocab_size} characters for equally likely: a loss "
            f"of **{expected:.3f}**. As is, it starts at **{first:.1f}**, sure of wrong characters, and its first "
            "steps mostly shrink the output weights: the blade of the **hockey stick**. With small output weights it "
            f"starts at **{calm:.3f}**, and the blade is gone."
        )


def of_first_losses(trained: dict[str, Trained], dataset: Dataset) -> str:
    steps = len(trained[NAMES[0]].losses)
    window = max(steps // POINTS, 1)
    return (
        f"Rings: the first batch. Lines: means of {window} step{'' if window == 1 else 's'} each; below, how far they "
        f"are from “{NAMES[1]}” on the same batches, means of {max(steps // APART_POINTS, 1)}. “Val loss” is the "
        f"validation loss, measured here after {steps:,} steps; “Course” are the course’s own losses, train / val, "
        "after 200,000."
    )


def logits(trained: dict[str, Trained], dataset: Dataset) -> None:
    own = session.get(OWN)
    left, right = st.columns(2, gap="small")
    with left:
        drawn = {name: t.logits.ravel() for name, t in trained.items()}
        said = "Histograms of the logits of the first batch, one row a state."
        title = "logit, each row over its own range" if own else "logit"
        axis = {"label": "''"} if own else {}
        live_chart(
            rows_of_bins,
            bin_tables(drawn, own=own),
            key="init_logits",
            alt_text=said,
            names=NAMES,
            title=title,
            **axis,
        )
    with right:
        probs = {name: np.log10(np.maximum(t.probs.ravel(), LEAST_PROBABILITY)) for name, t in trained.items()}
        even = (-float(np.log10(dataset.vocab_size)), f"1/{dataset.vocab_size}")
        said = "Histograms of the probabilities made of them, one row a state."
        live_chart(
            rows_of_bins, bin_tables(probs, guide=even), key="init_probs", alt_text=said, names=NAMES,
            title="probability (logarithmic axis)", label=POWER_LABEL, labelled=False,
        )  # fmt: skip


def of_logits(trained: dict[str, Trained], dataset: Dataset) -> str:
    first = trained[NAMES[0]]
    spread = {name: float(t.logits.std()) for name, t in trained.items()}
    return (
        f"Step 0: {BATCH} examples, {dataset.vocab_size} characters each. The logits’ standard deviation is "
        f"{theme.number(spread[NAMES[0]])} as is, {theme.number(spread[NAMES[1]])} with small output weights. As is, "
        f"half of the examples give one character {np.median(first.probs.max(axis=1)):.1%} or more. Heights are each "
        f"row’s own; probabilities below {LEAST_PROBABILITY:g} are drawn there."
    )


def saturation_maps(trained: dict[str, Trained], dataset: Dataset) -> None:
    tables = saturation_tables({name: t.hidden for name, t in trained.items()})
    said = "Maps of the tanh outputs of the first batch, one a state; white cells are saturated."
    live_chart(saturation, tables, key="init_saturation", alt_text=said, names=NAMES, units=N_HIDDEN)


def of_saturation(trained: dict[str, Trained], dataset: Dataset) -> str:
    shares = ", ".join(f"{name} {t.saturated.mean():.0%}" for name, t in trained.items())
    dead = ", ".join(f"{name} {t.dead}" for name, t in trained.items() if t.dead)
    return (
        f"Step 0: each map is {BATCH} examples down, {N_HIDDEN} hidden units across. White: |tanh| beyond 0.97, where "
        f"less than 6% of a gradient gets through. Saturated: {shares}. Dead units, white from top to bottom: "
        f"{dead or 'none'}. Kaiming saturates more than “tanh”: its hidden weights begin at "
        f"(5/3)/√{CONTEXT * N_EMBD} = {KAIMING:.2f}, those of “tanh” at {TANH_STD:g}. The gain keeps signals up "
        "through many layers; here is one."
    )
