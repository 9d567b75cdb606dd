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

FIRST_GAIN = 1.0  # not the usual one of tanh: what BatchNorm is for shows at once

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
        f"Marks: measured. Dashed: theory, for very wide layers and large batches. From layer 1 to {layers} outputs "
        f"change {_times(plain.activations[-1] / plain.activations[0])} (with BatchNorm "
        f"{_times(normed.activations[-1] / normed.activations[0])}), from {layers} back to 1 gradients change "
        f"{_times(plain.gradients[0] / plain.gradients[-1])} ({_times(normed.gradients[0] / normed.gradients[-1])})."
        f"{_above(signals[True], width)}"
    )


def network_controls() -> None:
    """Nonlinearity and layers stand beside the choice of the view, the others below."""
    st.segmented_control(
        "Nonlinearity",
        list(NONLINEARITIES),
        default=session.get(session.keep(KIND, "tanh")),
        key=KIND,
        required=True,
    )
    st.slider(
        "Layers",
        2,
        50,
        session.get(session.keep(LAYERS, 20)),
        key=LAYERS,
        width=220,
        help="The input of the first and the gradient sent back from the last are random, N(0, 1).",
    )


def _controls() -> tuple[Nonlinearity, int, float, int]:
    f, layers = NONLINEARITIES[session.get(KIND)], session.get(LAYERS)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        gain = st.slider(
            "Gain",
            0.5,
            3.0,
            session.get(session.keep(GAIN, FIRST_GAIN)),
            0.01,
            key=GAIN,
            width=420,
            help="Weights start as randn × gain / √(fan-in). Usual: 1 for linear, √2 for ReLU, 5/3 for tanh.",
        )
        st.button(
            f"Usual: {f.gain_written}",
            on_click=lambda: session.put(GAIN, round(f.gain, 2)),
            disabled=gain == round(f.gain, 2),
            help=f"Set the gain that is usual for {f.name}.",
        )
        width = st.select_slider(
            "Units a layer",
            [25, 50, 100, 200, 400],
            value=session.get(session.keep(WIDTH, 200)),
            key=WIDTH,
            width=220,
            help="The wider the layers, the closer what is measured comes to what is expected.",
        )
    return f, layers, gain, width


def _both(f: Nonlinearity, gain: float, layers: int, norm: bool, width: int) -> tuple[Signals, Signals]:
    """(measured, expected)."""
    found = _signals.get((f.name, gain, layers, norm, width), partial(measured, f, gain, layers, norm, width))
    return found, expected(f, gain, layers, norm)


def _times(ratio: float) -> str:
    return f"{theme.number(ratio)}-fold"


def _above(normed: tuple[Signals, Signals], width: int) -> str:
    """How far marks stand above the dashed line at layer 1, where that shows: 24% with 200 units, 6% with many more."""
    found, wanted = (signals.gradients[0] for signals in normed)
    if found < 1.1 * wanted:
        return ""
    cure = "; wider layers come closer" if width < 400 else ""
    return f" At layer 1 the gradient with BatchNorm is {found / wanted - 1:.0%} above theory{cure}."
