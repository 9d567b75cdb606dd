"""The view "Over time" of Activations and Gradients: how one tensor's histogram changes while the run learns.

>>> role, name = choose_tensor(frame, "activations")      # outside what ticks
>>> over_time(run_id, moment, role, name)                 # within it
"""

from collections.abc import Sequence

import streamlit as st

from core.training.frame import Frame
from explorer import session, theme, time_feeds
from explorer.charts.histogram_time import histogram_time
from explorer.panels.live_chart import live_chart
from explorer.panels.run_state import nothing_recorded, still

ROLES = {"activations": ("output", "weight"), "gradients": ("output_grad", "weight_grad")}
WORDS = {"output": "outputs", "weight": "weights", "output_grad": "output gradients", "weight_grad": "gradients"}


def choose_tensor(frame: Frame, page: str) -> tuple[str, str]:
    """The role and the name of what the user picks: layers' outputs or weights, or the gradients of either."""
    options = [(t.role, t.name) for t in frame.tensors if t.role in ROLES[page]]
    key = f"{page}_tensor"
    if session.get(session.keep(key, None)) not in options:
        session.put(key, _usual(options))
    return st.selectbox(
        "Tensor",
        options,
        key=key,
        format_func=lambda option: f"{option[1]} · {WORDS[option[0]]}",
        label_visibility="collapsed",
        width=330,
    )


def _usual(options: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """At first, what the first Tanh puts out, where there is one: what is squashed shows most."""
    return next((option for option in options if option[1].endswith("Tanh")), options[0])


def over_time(run_id: str, moment: int | None, role: str, name: str) -> None:
    tables = time_feeds.over_time(run_id, moment, role, name)
    if tables is None:
        nothing_recorded(still(run_id), moment)
        return
    said = f"Histograms of {name} over the recorded steps, as a map, and that of one moment beside it."
    live_chart(histogram_time, tables, key=f"over_time_{role}", alt_text=said, role=role)
    broken = " Yellow below: steps with NaN or Inf." if "broken" in tables["rules"]["kind"].to_pylist() else ""
    steps = len(set(tables["cells"]["step"].to_pylist()))
    st.caption(
        f"{theme.count(steps)} recorded steps, side by side; the stronger the colour, the more of {name}'s "
        f"{WORDS[role]} have that value, on a logarithmic scale. The line is the moment beside it."
        f"{broken}"
    )
