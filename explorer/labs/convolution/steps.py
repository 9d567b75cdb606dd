"""Stepping through both pictures: the buttons, the slider, the nodes as they light up, and how many there are.

>>> transport(lattice, way="one_pass")      # outside of what ticks
>>> walk(lattice, "diondre", way="one_pass")
"""

import streamlit as st

from core.lenses.convolution.graph import Lattice
from explorer import session, theme
from explorer.charts.convolution import convolution
from explorer.charts.convolution_tables import convolution_tables, titles
from explorer.panels.live_chart import live_chart

STEP, SHOWN = "conv_step", "conv_slider"  # where the pictures are, and what the slider shows of it
LAST, PLAYING = "conv_last", "conv_playing"
TICK = 0.4  # seconds
TICKS = 60  # that a playing picture takes at most, about
LATE = 4  # ticks: a browser may still send the slider as it was so long ago


def transport(lattice: Lattice, way: str) -> None:
    last = _last(lattice, way)
    playing = session.get(PLAYING, False)
    _fit(last)
    with st.container(horizontal=True, wrap=False, gap="xsmall", width="content"):
        st.button(
            "",
            key="conv_back",
            icon=":material/skip_previous:",
            on_click=_move,
            args=(last, -1),
            help="One node back.",
        )
        st.button(
            "Pause" if playing else "Step through",
            key="conv_play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            on_click=_pause if playing else _play,
            args=() if playing else (last,),
            width=140,
        )
        st.button("", key="conv_on", icon=":material/skip_next:", on_click=_move, args=(last, 1), help="One node more.")


def walk(lattice: Lattice, word: str, way: str) -> None:
    """The slider, both pictures and their counts; while it plays, a node is added at every tick."""
    tick = TICK if session.get(PLAYING) else None
    st.fragment(_walk, run_every=tick, key="conv_walk")(lattice, word, way, tick is not None)


def _walk(lattice: Lattice, word: str, way: str, ticks: bool) -> None:
    last = _last(lattice, way)
    if ticks:
        _advance(last)
    step = session.get(STEP)
    session.show(SHOWN, step)
    st.slider(
        "Nodes computed by each",
        0,
        last,
        value=session.get(STEP),
        key=SHOWN,
        on_change=_moved,
        args=(last,),
        label_visibility="collapsed",
    )
    left, right = st.columns([5, 1], gap="small")
    with left:
        upper, lower = titles(lattice.predictions, way)
        live_chart(
            convolution,
            convolution_tables(lattice, "." * lattice.stack.field + word, word + ".", way, step),
            key="convolution",
            alt_text=f"Nodes as they are computed. Above: {upper}. Below: {lower}.",
            sampling=way == "cached",
        )
    with right:
        _counts(lattice, way, step)


def _counts(lattice: Lattice, way: str, step: int) -> None:
    """Beside each picture its nodes and multiply-adds."""
    trees, slid = lattice.trees(), getattr(lattice, way)()
    again = int(trees.again[:step].sum())
    st.metric(
        "Trees: nodes",
        _part(min(step, len(trees)), len(trees)),
        delta=f"{again} computed again",
        delta_color="off",
        delta_arrow="off",
        help="Each tree knows nothing of the others: what an earlier one computed is computed again.",
    )
    st.metric("Multiply-adds", theme.count(int(trees.cost[:step].sum())), help=_COST)
    shared = int((slid.serves[:step] > 1).sum())
    name = "One pass" if way == "one_pass" else "Cached"
    st.metric(
        f"{name}: nodes",
        _part(min(step, len(slid)), len(slid)),
        delta=f"{shared} serve several",
        delta_color="off",
        delta_arrow="off",
        help="A number in a node says how many predictions need it. It is computed once.",
    )
    done, all_trees, all_slid = int(slid.cost[:step].sum()), int(trees.cost.sum()), int(slid.cost.sum())
    st.metric(
        "Multiply-adds",
        theme.count(done),
        delta=_than(all_trees / all_slid),
        delta_color="off",
        delta_arrow="off",
        help=_COST,
    )


_COST = "One for each weight that a node multiplies with, in a forward pass; a backward pass takes twice as many again."


def _than(ratio: float) -> str:
    """How the lower picture's cost compares with the trees'."""
    if ratio == 1:
        return "as many in all"
    return f"{abs(1 - 1 / ratio):.0%} {'fewer' if ratio > 1 else 'more'} in all"


def _part(done: int, total: int) -> str:
    return f"{done}" if done == total else f"{done} of {total}"


def _last(lattice: Lattice, way: str) -> int:
    """The step at which both pictures are complete."""
    return max(len(lattice.trees()), len(getattr(lattice, way)()))


def _fit(last: int) -> None:
    """Another word or stack has another last step: who was at the last one stays there."""
    step = session.get(STEP, last)
    if last != session.get(LAST):
        session.put(STEP, last if step >= session.get(LAST, 0) else min(step, last))
        session.put(LAST, last)


def _advance(last: int) -> None:
    """One tick on; at the end, or where the slider was moved, the page is drawn anew so that nothing ticks."""
    if not session.get(PLAYING):
        st.rerun()
    step = min(session.get(STEP) + _stride(last), last)
    session.put(STEP, step)
    if step == last:
        session.put(PLAYING, False)
        st.rerun()


def _stride(last: int) -> int:
    """Nodes a tick."""
    return max(round(last / TICKS), 1)


def _moved(last: int) -> None:
    """The slider was moved, or a tick brought along what it showed some ticks ago."""
    step, shown = session.get(STEP), session.get(SHOWN)
    if session.get(PLAYING) and 0 <= step - shown <= LATE * _stride(last):
        return
    session.put(STEP, shown)
    session.put(PLAYING, False)


def _play(last: int) -> None:
    session.put(PLAYING, True)
    if session.get(STEP) >= last:
        session.put(STEP, 0)


def _pause() -> None:
    session.put(PLAYING, False)


def _move(last: int, nodes: int) -> None:
    session.put(PLAYING, False)
    session.put(STEP, min(max(session.get(STEP) + nodes, 0), last))
