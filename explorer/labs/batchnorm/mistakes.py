"""What goes wrong with BatchNorm: training mode left on, a batch of one, a bias in front of it.

>>> left_on_view(words())
"""

from functools import partial

import numpy as np
import streamlit as st

from core.dataset import Dataset
from core.lenses.batchnorm.mistakes import Attempt, alone, batch_of_one, in_company, losses_by_size, train
from core.lenses.batchnorm.network import BATCH, CONTEXT
from core.lenses.batchnorm.useless_bias import BETA, BIAS, WEIGHT, follow
from explorer import session, theme
from explorer.charts.norm_mistakes import (
    PARAMETERS,
    company_spread,
    company_spread_tables,
    gradient_chart,
    gradient_tables,
)
from explorer.charts.norm_sizes import size_loss_tables, size_losses
from explorer.markdown import plain
from explorer.panels.live_chart import live_chart
from explorer.panels.typed_text import LIVE, understood
from explorer.shared import Shared

TEXT, GOOD = "norm_text", "norm_good"
SEED, STEPS, DRAWS, BIAS_STEPS = 42, 1_000, 60, 300

_results = Shared(seconds=3600, size=60)


def left_on_view(dataset: Dataset) -> None:
    text = _typed(dataset)
    model = _model(dataset)
    spread, own = in_company(model, dataset, text, DRAWS), alone(model, dataset, text)
    losses, evaluation = _results.get((dataset.sha256, "sizes"), lambda: losses_by_size(model, dataset))
    left, right = st.columns([3, 2], gap="small")
    characters = (".", *dataset.chars)
    with left:
        said = (
            "The probability of each next character, in training mode with other examples each time, and in evaluation."
        )
        tables = company_spread_tables(spread, own, characters)
        live_chart(company_spread, tables, key="norm_spread", alt_text=said, characters=characters)
    with right:
        said = "Validation loss in training mode by batch size, beside the loss in evaluation mode."
        live_chart(size_losses, size_loss_tables(losses, evaluation), key="norm_sizes", alt_text=said)
    widest = int(np.ptp(spread, axis=0).argmax())
    worst = max(losses, key=losses.get)
    st.caption(
        f"One context, {DRAWS} batches of {BATCH}, always with other companions: in training mode "
        f"“{plain(characters[widest])}” gets between {spread[:, widest].min():.0%} and {spread[:, widest].max():.0%}, "
        f"in evaluation mode always {own[widest]:.1%}. In batches of {worst} the loss is {theme.loss(losses[worst])}, "
        f"not {theme.loss(evaluation)}. And every look in training mode would move the running statistics, though "
        "nothing is trained."
    )


def batch_of_one_view(dataset: Dataset) -> None:
    text = _typed(dataset)
    attempts = batch_of_one(_model(dataset), dataset, text)
    _attempts(attempts)
    st.caption(
        f"A network trained for {STEPS:,} steps, and a batch of one example through its BatchNorm. A single number has "
        "no spread: its mean is the number itself, so nothing of it is left, and its variance over n − 1 is 0 / 0. "
        "That is why both refuse it, and why a lone example needs evaluation mode."
    )


def useless_bias_view(dataset: Dataset) -> None:
    history = _results.get((dataset.sha256, "bias"), lambda: follow(dataset, SEED, BIAS_STEPS))
    said = "The size of three gradients over the steps; that of the bias before the norm is float noise."
    live_chart(gradient_chart, gradient_tables(history), key="norm_bias", alt_text=said, names=PARAMETERS)
    last = history.groupby("parameter").last()
    moved = {name: theme.number(float(last.loc[name, "moved"])) for name in PARAMETERS}
    st.caption(
        "A bias adds one number to a channel of every example; BatchNorm takes the channel’s mean away, and the bias "
        f"with it. So its gradient is 0 but for rounding. After {BIAS_STEPS} steps the weights moved by "
        f"{moved[WEIGHT]} (root mean square), beta by {moved[BETA]}, the bias by {moved[BIAS]}. That is why a Linear "
        "before a BatchNorm has bias=False: beta does its work."
    )


def _attempts(attempts: list[Attempt]) -> None:
    """A Markdown table: its texts wrap."""
    rows = [f"| {plain(a.how)} | {plain(a.outcome)} | {plain(a.why)} |" for a in attempts]
    st.markdown("\n".join(["| BatchNorm | What comes out | Why |", "| --- | --- | --- |", *rows]))


def _typed(dataset: Dataset) -> str:
    """What the user typed, as the words spell it; a sentence where they cannot."""
    typed = st.text_input(
        "What has been written so far",
        session.get(session.keep(TEXT, "emm")),
        key=TEXT,
        max_chars=100,
        live=LIVE,
        width=280,
        help=f"The network sees the last {CONTEXT} characters.",
    )
    return understood(typed, dataset, GOOD)


def _model(dataset: Dataset):
    with st.spinner(f"Training {STEPS:,} steps"):
        return _results.get((dataset.sha256, "model"), partial(train, dataset, SEED, STEPS))
