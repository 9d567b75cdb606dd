"""The one-layer network, trained before one's eyes: full-batch gradient descent on the course's loss.

>>> network(of(dataset))
"""

from time import monotonic

import numpy as np
import streamlit as st

from core.lenses.bigram import L2, LR, SEED, Training, softmax, train
from explorer import session
from explorer.charts.bigram_network import (
    compare_maps,
    compare_tables,
    layer_chart,
    layer_tables,
    loss_tables,
    network_loss,
)
from explorer.labs.bigram.counts import Bigram, row_picker
from explorer.panels.live_chart import TICK, live_chart
from explorer.shared import Shared

STEPS = 200
SECONDS, SLOW_START = 8, 2.5  # Play takes so long from start to end; steps go with that power of the time
STEP, PLAYING = "bigram_step", "bigram_playing"  # PLAYING: when it would have begun at step 0, or None
RATE, DECAY, DICE = "bigram_lr", "bigram_net_l2", "bigram_seed"
RATES, DECAYS = (1.0, 5.0, 10.0, 50.0, 100.0), (0.0, 0.001, 0.01, 0.1, 1.0)
_trainings = Shared(seconds=600, size=4)


def network(bigram: Bigram) -> None:
    """Controls stand outside what ticks; the whole training is computed at once (80 ms), and played."""
    session.keep(STEP, 0)
    playing = session.get(PLAYING) is not None and session.get(STEP) < STEPS
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        lr, l2, seed = _settings()
        row = row_picker(bigram, "One-hot", width=148)
        label, icon = ("Pause", ":material/pause:") if playing else ("Play", ":material/play_arrow:")
        st.button(label, icon=icon, type="primary", key="bigram_play", on_click=_play, args=(not playing,), width=95)
        st.button("Step", icon=":material/skip_next:", key="bigram_one", on_click=_to, args=(1,), width=85)
        st.button("End", icon=":material/last_page:", key="bigram_end", on_click=_to, args=(STEPS,), width=85)
        st.button(
            "",
            icon=":material/restart_alt:",
            key="bigram_restart",
            on_click=_to,
            args=(None,),
            help="Back to the random weights.",
        )
    trained = _trainings.get(
        (bigram.dataset.sha256, lr, l2, seed), lambda: train(bigram.counts, STEPS, lr=lr, l2=l2, seed=seed)
    )
    st.fragment(_picture, run_every=TICK if playing else None, key="bigram_network")(bigram, trained, row, playing)


def _settings() -> tuple[float, float, int]:
    lr = st.selectbox(
        "lr",
        RATES,
        index=RATES.index(session.get(session.keep(RATE, LR))),
        key=RATE,
        format_func=lambda value: f"{value:g}",
        width=80,
        help="Learning rate. The course takes 50: with one layer and all examples at once, that is fine.",
    )
    l2 = st.selectbox(
        "L2",
        DECAYS,
        index=DECAYS.index(session.get(session.keep(DECAY, L2))),
        key=DECAY,
        format_func=lambda value: f"{value:g}",
        width=85,
        help="Times the mean of W², added to the loss.",
    )
    seed = st.number_input(
        "Seed", 0, 2**31 - 1, session.get(session.keep(DICE, SEED)), key=DICE, width=160, help="Of the first weights."
    )
    return lr, l2, seed


def _play(start: bool) -> None:
    if start and session.get(STEP) >= STEPS:
        session.put(STEP, 0)
    session.put(PLAYING, monotonic() - SECONDS * (session.get(STEP) / STEPS) ** (1 / SLOW_START) if start else None)


def _to(further: int | None) -> None:
    """So many steps further, or back to the random weights; either pauses."""
    session.put(PLAYING, None)
    session.put(STEP, 0 if further is None else min(session.get(STEP) + further, STEPS))


def _picture(bigram: Bigram, trained: Training, row: int, ticking: bool) -> None:
    step = session.get(STEP, 0)
    if ticking and session.get(PLAYING) is not None:
        share = (monotonic() - session.get(PLAYING)) / SECONDS
        step = min(max(step + 1, round(STEPS * share**SLOW_START)), STEPS)  # slow at first, where most happens
        session.put(STEP, step)
    W = trained.weights[step].astype(np.float64)
    learnt, counted = softmax(W), bigram.probabilities(0)
    symbols = bigram.symbols
    said = "Two maps of pairs: the network's distributions after each character beside the counts'."
    tables = compare_tables(learnt, counted, symbols)
    left, right = st.columns([17, 10], gap="small")
    with left:
        live_chart(compare_maps, tables, key="bigram_maps", alt_text=said, symbols=tuple(symbols))
    with right:
        _one_row(bigram, W, learnt, row)
        tables = loss_tables(trained.losses, step, bigram.loss(0))
        said = "The loss over the steps so far; a dashed line marks the counts' loss."
        live_chart(network_loss, tables, key="bigram_net_loss", alt_text=said)
    st.caption(
        f"Step {step} of {STEPS}: loss **{trained.losses[step]:.4f}** = {trained.nlls[step]:.4f} (mean −log "
        f"likelihood) + {trained.losses[step] - trained.nlls[step]:.4f} (L2). The counts reach {bigram.loss(0):.4f}: "
        "no bigram can do better. On the right each row has its own shades; numbers below 0 have the other colour."
    )
    if ticking and (step >= STEPS or session.get(PLAYING) is None):
        session.put(PLAYING, None)
        st.rerun()


def _one_row(bigram: Bigram, W: np.ndarray, learnt: np.ndarray, row: int) -> None:
    symbols = bigram.symbols
    rows = {
        "one-hot": np.eye(len(symbols))[row],
        "logits": W[row],
        "exp": np.exp(W[row]),
        "softmax": learnt[row],
        "counted": bigram.probabilities(0)[row],
    }
    said = "The way of one character through the layer: one-hot, logits, exp, softmax; the counts' row below."
    live_chart(layer_chart, layer_tables(rows, symbols), key="bigram_layer", alt_text=said, symbols=tuple(symbols))
