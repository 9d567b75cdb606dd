"""What the views of Activations and Gradients are called, and how the chosen one is drawn and kept up to date.

>>> view = view_switch("activations_view", VIEWS["activations"])
>>> own = own_scales()
>>> keep_drawing(info, drawn, key="activations_picture", every_moment=view in KIND)
"""

from collections.abc import Callable

import streamlit as st

from core.runs.info import RunInfo
from explorer import session
from explorer.charts.frame_rows import ALL, kinds
from explorer.feeds import recorded
from explorer.panels.live_chart import TICK
from explorer.panels.run.state import following, nothing_recorded, still
from explorer.panels.view_switch import switch

HISTOGRAMS, UNITS, NORM = "Histograms", "Unit by unit", "BatchNorm"
UPDATES, GRADIENTS = "Update : data", "Gradient : data"
TIME = "Over time"
VIEWS = {"activations": (HISTOGRAMS, TIME, UNITS, NORM), "gradients": (HISTOGRAMS, TIME, UPDATES, GRADIENTS)}
ROLES = {"activations": ("output", "weight"), "gradients": ("output_grad", "weight_grad")}  # left and right
OWN = "lens_own_scales"
NAMES = {
    "BatchNorm1d": "BatchNorm",
    "CausalConv1d": "Conv",
    "TransformerEncoderLayer": "Transformer",
    ALL: "All layers",
}
MANY = 5  # kinds of layers that a switch offers side by side
KIND = {UPDATES: "update_data", GRADIENTS: "grad_data"}  # these span all moments


def choose_layers(layers: list[str], key: str, usual: str | None = None) -> str:
    """Which of these are shown: those of one kind, or all. Drawn where there is a choice; of many as a menu, so that
    the controls fit one line."""
    options = kinds(layers)
    if len(options) == 1:
        return options[0]
    if len(options) <= MANY:
        return switch(key, options, "Layers", usual, format_func=_spelt)
    return st.selectbox(
        "Layers",
        options,
        key=session.keep_choice(key, options, usual),
        format_func=_spelt,
        label_visibility="collapsed",
        width=150,
    )


def _spelt(kind: str) -> str:
    return NAMES.get(kind, kind)


def own_scales() -> bool:
    """The switch from one scale a column to one a row, for both pages and in the URL."""
    return st.toggle(
        "Own scales",
        value=session.get(session.keep_in_url(OWN, "scales", {"shared": False, "own": True})),
        key=OWN,
        help="Off: all rows of a column share one scale, so widths can be compared. On: each row fills its width.",
    )


def about_scales(own: bool, squeezed: int) -> str:
    """What a caption says of them; `squeezed`: rows that show no shape on a shared one."""
    if own:
        return "Each row has its own scale."
    said = "Rows of a column share their scale; values beyond it are counted."
    if squeezed:
        shapeless = "1 row is" if squeezed == 1 else f"{squeezed} rows are"
        said += f" {shapeless} too narrow on it to show a shape: try Own scales."
    return said


def keep_drawing(info: RunInfo, drawn: Callable[..., None], key: str, every_moment: bool) -> None:
    """A fragment that calls `drawn(run_id, moment, frame)`, again and again while the run is followed.

    `every_moment`: it is drawn even where nothing is recorded at or before the moment.
    """

    def picture() -> None:
        frame = recorded.frame(info.id, session.moment())
        if frame is not None or every_moment:
            drawn(info.id, session.moment(), frame)
        if frame is None:
            nothing_recorded(still(info.id), session.moment())

    st.fragment(picture, run_every=TICK if following(info) else None, key=key)()
