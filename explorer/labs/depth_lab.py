"""How signals grow or shrink from layer to layer: depth, gain, nonlinearity and width by hand.

>>> depth_lab()
"""

from functools import partial

import streamlit as st

from core.lenses.initialisation.depth import NONLINEARITIES, Nonlinearity, Signals, expected, measured
from explorer import session, theme
from explorer.charts.depth import depth_chart, depth_tables
from explorer.panels.live_chart import live_chart
from explorer.shared import Shared

KIND, LAYERS, GAIN, WIDTH = "depth_kind", "depth_layers", "depth_gain", "depth_width"

_signals = Shared(seconds=3600, size=200)


def depth_lab() -> None:
    f, layers, gain, width = _controls()
    with st.spinner("Measuring"):
        signals = {norm: _both(f, gain, layers, norm, width) for norm in (False, True)}
    said = "The standard deviation of {} at each layer, without and with BatchNorm, measured and as theory expects."
    for column, what in zip(st.columns(2, gap="small"), ("activations", "gradients"), strict=True):
        with column:
            tables = depth_tables(signals, what)
            live_chart(depth_chart, tables, key=f"depth_{what}", alt_text=said.format(what), what=what)
    plain, normed = signals[False][0], signals[True][0]
    st.caption(
        f"Marks: measured. Dashed: what theory expects of very wide layers and large batches. Input and the gradient "
        f"sent back from the last layer are N(0, 1). From layer 1 to {layers} the outputs change "
        f"{_times(plain.activations[-1] / plain.activations[0])}, with BatchNorm "
        f"{_times(normed.activations[-1] / normed.activations[0])}; from {layers} back to 1 the gradient changes "
        f"{_times(plain.gradients[0] / plain.gradients[-1])}, with BatchNorm "
        f"{_times(normed.gradients[0] / normed.gradients[-1])}."
    )


def _controls() -> tuple[Nonlinearity, int, float, int]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = st.segmented_control(
            "Nonlinearity",
            list(NONLINEARITIES),
            default=session.get(session.keep(KIND, "tanh")),
            key=KIND,
            required=True,
        )
        f = NONLINEARITIES[kind]
        gain = st.slider(
            "Gain",
            0.5,
            3.0,
            session.get(session.keep(GAIN, round(f.gain, 2))),
            0.01,
            key=GAIN,
            width=215,
            help="Weights start as randn × gain / √(fan-in). Usual: 1 for linear, √2 for ReLU, 5/3 for tanh.",
        )
        st.button(
            f"Usual: {f.gain_written}",
            on_click=lambda: session.put(GAIN, round(f.gain, 2)),
            disabled=gain == round(f.gain, 2),
            help=f"Set the gain that is usual for {f.name}.",
        )
        layers = st.slider("Layers", 2, 50, session.get(session.keep(LAYERS, 20)), key=LAYERS, width=170)
        width = st.select_slider(
            "Units a layer",
            [25, 50, 100, 200, 400],
            value=session.get(session.keep(WIDTH, 200)),
            key=WIDTH,
            width=140,
            help="The wider the layers, the closer what is measured comes to what is expected.",
        )
    return f, layers, gain, width


def _both(f: Nonlinearity, gain: float, layers: int, norm: bool, width: int) -> tuple[Signals, Signals]:
    """(measured, expected)."""
    found = _signals.get((f.name, gain, layers, norm, width), partial(measured, f, gain, layers, norm, width))
    return found, expected(f, gain, layers, norm)


def _times(ratio: float) -> str:
    return f"{theme.number(ratio)}-fold"
