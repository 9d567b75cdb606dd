"""What the views of Activations and Gradients are called, and how the chosen one is drawn and kept up to date.

>>> view = view_switch("activations_view", VIEWS["activations"])
>>> keep_drawing(info, drawn, key="activations_picture", every_moment=view in KIND)
"""

from collections.abc import Callable

import streamlit as st

from core.runs.info import RunInfo
from explorer import feeds, session
from explorer.panels.live_chart import TICK
from explorer.panels.run_state import following, nothing_recorded, still

HISTOGRAMS, UNITS, NORM = "Histograms", "Unit by unit", "BatchNorm"
UPDATES, GRADIENTS = "Update : data", "Gradient : data"
TIME = "Over time"
VIEWS = {"activations": (HISTOGRAMS, TIME, UNITS, NORM), "gradients": (HISTOGRAMS, TIME, UPDATES, GRADIENTS)}
KIND = {UPDATES: "update_data", GRADIENTS: "grad_data"}  # these span all moments


def keep_drawing(info: RunInfo, drawn: Callable[..., None], key: str, every_moment: bool) -> None:
    """A fragment that calls `drawn(run_id, moment, frame)`, again and again while the run is followed.

    `every_moment`: it is drawn even where nothing is recorded at or before the moment.
    """

    def picture() -> None:
        frame = feeds.frame(info.id, session.moment())
        if frame is not None or every_moment:
            drawn(info.id, session.moment(), frame)
        if frame is None:
            nothing_recorded(still(info.id), session.moment())

    st.fragment(picture, run_every=TICK if following(info) else None, key=key)()
