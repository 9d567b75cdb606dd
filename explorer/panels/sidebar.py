"""The sidebar: which run, which moment, how it is, and what to do with it. The same on every page."""

import streamlit as st

from core.runs.errors import NoSuchRun
from core.runs.info import RunInfo
from explorer import feeds, session, theme
from explorer.navigation import go
from explorer.panels.run_state import ICONS, may_change, say
from explorer.panels.transport import transport

LATEST = "latest"
TICK = 1.0  # seconds between two looks at a run that may change: numbers to read, not a picture that moves
IDLE_TICK = 3.0  # seconds between two looks at a run that has ended: somebody else may resume it


def sidebar() -> None:
    """Draws the run picker and all about the current run. Without a run chosen, the newest is the current one."""
    runs = feeds.runs()
    if session.run_id() is None and runs:
        session.choose(runs[0].id)
    info = _find(session.run_id())
    with st.container(gap="xsmall"):
        _run_picker(runs, info)
        if info is not None:
            _state_fragment(info)
            transport(info)
            _moment(info)
    _new_run()


def _find(run_id: str | None) -> RunInfo | None:
    try:
        return feeds.info(run_id) if run_id else None
    except NoSuchRun:
        return None


def _run_picker(runs: list[RunInfo], info: RunInfo | None) -> None:
    states = {run.id: run.state for run in runs}
    session.put("run_picker", info.id if info else None)
    st.selectbox(
        "Run",
        list(states),
        key="run_picker",
        format_func=lambda run_id: f"{run_id} · {states.get(run_id, '')}",
        placeholder="Choose a run" if runs else "No run yet",
        disabled=not runs,
        on_change=lambda: session.choose(session.get("run_picker")),
    )


def _new_run() -> None:
    if st.button("Set up a new run", key="new_run", icon=":material/add:", width="stretch"):
        session.put("train_view", "setup")
        go("train")


def _state_fragment(info: RunInfo) -> None:
    """Ticks; asks for a new run of the page when the buttons around it are no longer the right ones."""
    drawn = (info.state, info.wish)

    def state() -> None:
        now = _find(info.id)
        if now is None or (now.state, now.wish) != drawn:
            st.rerun()
        st.progress(min(now.step / now.steps, 1.0), f"Step {theme.steps(now.step)} of {theme.steps(now.steps)}")
        if now.message:
            st.error(now.message, icon=ICONS[now.state])
        else:
            st.caption(f"{ICONS[now.state]} {say(now)}")

    st.fragment(state, run_every=TICK if may_change(info) else IDLE_TICK, key="run_state")()


def _moment(info: RunInfo) -> None:
    """One slider over what is recorded; its right end follows the run."""
    moment = session.moment()
    steps = feeds.frame_steps(info.id)
    if moment is not None:
        steps = sorted({*steps, moment})
    if not steps:
        return
    key = f"moment_{info.id}"
    session.put(key, LATEST if moment is None else moment)
    st.select_slider(
        "Moment",
        [*steps, LATEST],
        key=key,
        format_func=lambda step: step if step == LATEST else theme.steps(step),
        on_change=lambda: session.choose(info.id, None if session.get(key) == LATEST else session.get(key)),
        help="Drag it back to look at an earlier step. At its right end it follows the run.",
    )
    if moment is not None:
        st.button(
            "Follow the latest step",
            key="follow",
            icon=":material/last_page:",
            on_click=session.choose,
            args=(info.id,),
            width="stretch",
        )
