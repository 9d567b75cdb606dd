"""The view "Over time" of Activations and Gradients: how one tensor's histogram changes while the run learns.

>>> drawn = over_time(recorded.frame(run_id, None), "activations")     # the choice of a tensor, outside what ticks
>>> drawn(run_id, moment, frame)                                    # the picture, within it
"""

from collections.abc import Callable, Sequence

import streamlit as st

from core.training.frame import Frame, TensorInfo
from explorer import session, theme
from explorer.charts.histogram_time import histogram_time
from explorer.feeds import history
from explorer.markdown import plain
from explorer.panels.frames.views import ROLES
from explorer.panels.live_chart import live_chart
from explorer.panels.run.state import nothing_recorded, still

WORDS = {"output": "outputs", "weight": "weights", "output_grad": "output gradients", "weight_grad": "gradients"}
NONE = "Nothing of this part of the model is recorded."


def over_time(
    frame: Frame | None, page: str, among: Callable[[TensorInfo], bool] = lambda tensor: True
) -> Callable[..., None]:
    """Draws the choice of a tensor, of those in the newest frame, and returns what draws its picture at a moment."""
    options = [(t.role, t.name) for t in frame.tensors if t.role in ROLES[page] and among(t)] if frame else []
    if not options:
        return lambda run_id, moment, frame: st.info(NONE, icon=":material/block:")
    role, name = st.selectbox(
        "Tensor",
        options,
        key=session.keep_choice(f"{page}_tensor", options, _usual(options)),
        format_func=lambda option: f"{option[1]} · {WORDS[option[0]]}",
        label_visibility="collapsed",
        width=330,
    )
    return lambda run_id, moment, frame: _picture(run_id, moment, role, name)


def _usual(options: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """At first, what the first Tanh puts out, where there is one: what is squashed shows most."""
    return next((option for option in options if option[1].endswith("Tanh")), options[0])


def _picture(run_id: str, moment: int | None, role: str, name: str) -> None:
    tables = history.over_time(run_id, moment, role, name)
    if tables is None:
        nothing_recorded(still(run_id), moment)
        return
    said = f"Histograms of {name} over the recorded steps, as a map, and that of one moment beside it."
    live_chart(histogram_time, tables, key=f"over_time_{role}", alt_text=said, role=role)
    broken = " Yellow below: steps with NaN or Inf." if "broken" in tables["rules"]["kind"].to_pylist() else ""
    steps = len(set(tables["cells"]["step"].to_pylist()))
    st.caption(
        f"{theme.count(steps)} recorded steps; the stronger the colour, the more of {plain(name)}'s {WORDS[role]} "
        f"have that value (logarithmic). The line is the step on the right.{broken}"
    )
