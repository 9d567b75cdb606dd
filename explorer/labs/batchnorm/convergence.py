"""Batch, running and calibrated statistics as they converge, and the loss in evaluation mode from each.

>>> statistics_view(words())
"""

import streamlit as st

from core.dataset import Dataset
from core.lenses.batchnorm.convergence import CALIBRATION, VALIDATION, WAYS, Convergence, converge
from core.lenses.batchnorm.network import BATCH, CONTEXT, N_HIDDEN
from explorer import session, theme
from explorer.charts.norm_convergence import excess_chart, excess_tables, statistic_chart, statistic_tables
from explorer.panels.live_chart import live_chart
from explorer.shared import Shared

MOMENTUM, CHANNEL, STEPS = "norm_momentum", "norm_channel", 1_000
SEED = 42

_found = Shared(seconds=3600, size=12)


def statistics_view(dataset: Dataset) -> None:
    momentum, channel = _controls()
    found = _converge(dataset, momentum)
    left, right = st.columns([6, 5], gap="small")
    with left:
        for what, name in (("mean", "mean"), ("var", "variance")):
            said = f"The {name} of channel {channel} over the steps: of each batch, running, and calibrated."
            tables = statistic_tables(found, what, channel - 1)
            live_chart(statistic_chart, tables, key=f"norm_{what}_steps", alt_text=said, what=what)
    with right:
        said = "How much higher the validation loss is with batch or running statistics than with calibrated ones."
        live_chart(excess_chart, excess_tables(found), key="norm_excess", alt_text=said)
    seen = min(CALIBRATION, len(dataset.examples("train", CONTEXT)[1]))
    asked = min(VALIDATION, len(dataset.examples("val", CONTEXT)[1]))
    last = ", ".join(f"{way} {theme.loss(float(found.loss[way][-1]))}" for way in WAYS)
    st.caption(
        f"Calibrated: mean and variance over {seen:,} training examples with the weights of just that step. "
        f"Running lags behind: each step it goes {momentum:g} of the way to the batch’s. Validation losses at step "
        f"{found.steps[-1]:,}: {last} ({asked:,} examples; “batch” is training mode, {BATCH} at a time). "
        f"{'A difference of 0.002 or less is chance.' if asked == VALIDATION else 'So few examples say little.'}"
    )


def _controls() -> tuple[float, int]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        momentum = st.segmented_control(
            "Momentum of the running statistics",
            [0.1, 0.01, 0.001],
            default=session.get(session.keep(MOMENTUM, 0.01)),
            key=MOMENTUM,
            format_func="{:g}".format,
            required=True,
            help="Which part of the way the running mean and variance go towards each batch’s.",
        )
        channel = st.slider("Channel", 1, N_HIDDEN, session.get(session.keep(CHANNEL, 1)), key=CHANNEL, width=320)
    return momentum, channel


def _converge(dataset: Dataset, momentum: float) -> Convergence:
    place = st.empty()

    def told(share: float) -> None:
        place.progress(share, f"Training {STEPS:,} steps, and looking at them on the way")

    found = _found.get((dataset.sha256, momentum), lambda: converge(dataset, SEED, STEPS, momentum, told))
    place.empty()
    return found
