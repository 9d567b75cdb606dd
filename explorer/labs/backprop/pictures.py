"""Tensors as pictures, and the graph of the forward pass that chooses one."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from torch import Tensor

from core.lenses.backprop.expressions.fitting import written
from explorer import session, theme
from explorer.charts.backprop_graph import PICK, graph_chart, graph_tables
from explorer.charts.heat_map import heat_map, heat_tables, largest
from explorer.labs.backprop import state
from explorer.panels.live_chart import live_chart

GRAPH, SELECT = "backprop_graph", "backprop_select"


def graph(marks: Mapping[str, str], caption: str, said: str) -> None:
    """The clickable graph; a click makes a tensor the chosen one. `said` is its alternative text.

    The caption stands above it: a chart's toolbar would cover the switch of the views.
    """
    with st.container(gap="xxsmall"):
        st.caption(caption)
        live_chart(
            graph_chart,
            graph_tables(state.chosen(), marks, state.turn()),
            key=GRAPH,
            alt_text=said,
            on_select=_clicked,
            selection_mode=[PICK],
        )


def choose_tensor(prefix: str = "") -> str:
    """The chosen tensor, between buttons to its neighbours: what the graph does, for the keyboard."""
    key = f"{SELECT}_{prefix}"
    place = state.TENSORS.index(state.chosen())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _neighbour("Towards the input", ":material/arrow_upward:", place + 1)
        _neighbour("Towards the loss", ":material/arrow_downward:", place - 1)
        session.show(key, state.chosen())
        st.selectbox(
            "Tensor",
            state.TENSORS,
            index=place,
            key=key,
            format_func=lambda tensor: f"{prefix}{tensor}",
            on_change=lambda: state.choose(session.get(key)),
            label_visibility="collapsed",
            width=230,
        )
    return state.chosen()


def _neighbour(words: str, icon: str, place: int) -> None:
    there = 0 <= place < len(state.TENSORS)
    tensor = state.TENSORS[place] if there else ""
    st.button(
        "", icon=icon, key=f"backprop_{icon}", help=words, disabled=not there, on_click=state.choose, args=(tensor,)
    )


def _clicked() -> None:
    """A selection of this turn is a click; an empty one, or one of an earlier turn, a browser that begins anew."""
    rows = (session.get(GRAPH) or {}).get("selection", {}).get(PICK, [])
    for row in rows:
        if row.get("turn") == state.turn() and row.get("tensor") in state.TENSORS:
            state.choose(row["tensor"])
            return


def picture(values: Tensor, tensor: str, title: str, key: str, full: float | None = None, height: int = 185) -> None:
    """A heat map under its title, with its scale in words."""
    numbers = values.numpy()
    top = full if full is not None else largest(numbers)
    down, across = state.axes(tensor)
    said = f"{title} of {tensor}, shape {written(values.shape)}, numbers up to {theme.number(largest(numbers))}."
    with st.container(gap="xxsmall"):
        st.markdown(f"**{title}**")
        live_chart(heat_map, heat_tables(numbers, top), key=key, alt_text=said, down=down, across=across, height=height)
        st.caption(_scale(numbers, top))


def _scale(numbers: np.ndarray, full: float) -> str:
    if not full:
        return "Blank: all numbers are 0."
    beyond = "; beyond it as full" if largest(numbers) > full * (1 + 1e-6) else ""
    return f"Blue +, orange −, blank 0, full at ±{theme.number(full)}{beyond}."
