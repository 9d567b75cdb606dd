"""Multiply-adds level by level, and how long both ways take on this machine, when somebody asks.

>>> costs(lattice, used, codes)
"""

import threading

import pandas as pd
import streamlit as st

from core.lenses.convolution.graph import Lattice
from core.lenses.convolution.timing import PAIRS, WORDS, Ratios, measure
from explorer import session, theme
from explorer.labs.convolution.network import Own

MEASURED = "conv_measured"
_alone = threading.Lock()  # two measurements at a time would disturb each other


def costs(lattice: Lattice, used: Own, codes: list[int]) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Multiply-adds, level by level")
        _table(lattice)
    with right:
        st.subheader("Time")
        _time(used, codes)


def _table(lattice: Lattice) -> None:
    counted = lattice.costs()
    names = [f"level {level}" for level in counted.index[:-1]] + ["prediction"]
    total = counted.sum()
    rows = pd.DataFrame(
        {
            "": [*names, "all"],
            "a node": [theme.steps(int(cost)) for cost in (*counted.each, total.each)],
            "trees": _times(counted.trees_nodes, counted.trees, total.trees),
            "one pass": _times(counted.one_pass_nodes, counted.one_pass, total.one_pass),
            "cached": _times(counted.cached_nodes, counted.cached, total.cached),
        }
    )
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            "a node": st.column_config.TextColumn(help="As many as it has weights."),
            "trees": st.column_config.TextColumn(help="Nodes: multiply-adds. Training and plain sampling alike."),
            "one pass": st.column_config.TextColumn(help="Training: nodes over dots alone are computed too."),
            "cached": st.column_config.TextColumn(help="Sampling with a queue for each dilation."),
        },
    )


def _times(nodes: pd.Series, cost: pd.Series, total: int) -> list[str]:
    lines = [f"{n}: {theme.steps(int(c))}" for n, c in zip(nodes, cost, strict=True)]
    return [*lines, f"{int(nodes.sum())}: {theme.steps(int(total))}"]


def _time(used: Own, codes: list[int]) -> None:
    question = (used.key, tuple(codes))
    if st.button("Measure", icon=":material/timer:", help="Takes a few seconds of this server's time."):
        bar = st.progress(0.0, "Measuring")
        with _alone:
            ratios = measure(used.network, codes, lambda share: bar.progress(share, "Measuring"))
        bar.empty()
        session.put(MEASURED, (question, ratios))
    asked, ratios = session.get(MEASURED, (None, None))
    if asked != question:
        st.caption("How many times as long the trees take, on this server: press Measure.")
        return
    _ratios(ratios)


def _ratios(ratios: Ratios) -> None:
    one, batch, sampling = st.columns(3)
    one.metric("One word", _ratio(ratios.calls), help="A call of the engine for each prediction against one pass.")
    batch.metric(
        "Training",
        _ratio(ratios.training),
        help=f"Forward and backward, a batch of {WORDS} such words: a window for each prediction against one pass.",
    )
    sampling.metric("Sampling", _ratio(ratios.sampling), help="The whole tree for each character against queues.")
    st.caption(
        f"Time of the trees divided by that of the other way, each the median of {PAIRS} pairs measured in turn; below "
        "1× the trees are faster. Calls and copies take time too, and in training the engine looks up the trees' first "
        "level in tables: it is not the ratio of the multiply-adds."
    )


def _ratio(value: float) -> str:
    return f"{theme.number(value, 2)}×"
