"""What a round was: the truth, and the figure that shows it, beside a healthy twin that is trained for it.

>>> told(info, hidden)      # of a round that is closed
"""

import streamlit as st

from core.lenses.hunt.figures import FIGURES, Figure, spelt
from core.lenses.hunt.rounds import Round
from core.lenses.hunt.verdict import said, truth
from core.runs.info import RunInfo
from explorer import hunts
from explorer.charts.hunt_figure import hunt_figure, hunt_tables, is_wide
from explorer.feeds import hunt
from explorer.markdown import plain
from explorer.navigation import PLACES, link
from explorer.panels.live_chart import TICK, live_chart
from explorer.panels.run.state import ICONS, may_change, say, still


def told(info: RunInfo, hidden: Round) -> None:
    progress = hunts.progress(info.hunt)
    if may_change(info):  # it was deleted since it was answered
        st.info(f"{say(info)}: this round's run is trained once more.", icon=ICONS[info.state])
        return
    if progress.found:
        replies = hunt.replies(info, progress.answers[-1])
        st.success("  \n".join(map(plain, replies)), icon=":material/check_circle:")
    else:
        st.info(plain(truth(hidden)), icon=":material/visibility:")
    _picture(info, hidden)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        another("primary")
        figure = _figure(hidden, info)
        link(figure.page, label=f"See it on {PLACES[figure.page].title}", query=_where(figure))
        if hidden.defect:
            link("compare", query={"with": hunts.healthy(hidden).id}, label="Beside its healthy twin")


def _where(figure: Figure) -> dict[str, str]:
    """The view of its page that shows it, and the moment where it is not the last."""
    view = {"view": figure.view} if figure.view else {}
    return view | ({"step": "1"} if figure.decides == "first" else {})


def another(kind: str) -> None:
    """A button of this type that starts a new round."""
    if st.button("New round", key="hunt_start", type=kind, icon=":material/bug_report:"):
        hunts.start()
        st.rerun()


def _figure(hidden: Round, info: RunInfo) -> Figure:
    """That of the bug; where there is none, the evidence that was named, or the first loss."""
    answers = hunts.progress(info.hunt).answers
    return FIGURES[hidden.defect.figure if hidden.defect else answers[-1].figure or "first_loss"]


def _picture(info: RunInfo, hidden: Round) -> None:
    """Ticks until the twin is trained. Of a round without a bug the run is its own twin."""
    if hidden.defect is None:
        _drawn(info, None, _figure(hidden, info))
        return
    twin = hunts.healthy(hidden)

    def picture() -> None:
        now = still(twin.id)
        if may_change(now):
            st.progress(min(now.step / now.steps, 1.0), f"Its healthy twin is being trained: {say(now)}.")
            return
        if may_change(twin):
            st.rerun()  # it has ended: no more ticks
        _drawn(info, now, _figure(hidden, info))

    st.fragment(picture, run_every=TICK if may_change(twin) else None, key="hunt_picture")()


def _drawn(info: RunInfo, twin: RunInfo | None, figure: Figure) -> None:
    points, healthy = hunt.series(info, figure.name), hunt.series(twin, figure.name) if twin else []
    tables = hunt_tables(points, healthy, figure.line)
    wide = is_wide(tables, figure.line)
    told = said(figure, hunt.record(info))
    live_chart(hunt_figure, tables, key=f"hunt_{figure.name}_{wide}", alt_text=told, wide=wide)
    value = figure.value(hunt.record(twin)) if twin else None
    beside = "" if value is None else f" Its healthy twin: {spelt(value)}."
    st.caption(f"{told}{beside} The {figure.decides} step decides.")
