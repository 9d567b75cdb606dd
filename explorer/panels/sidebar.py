"""The sidebar: which run, which moment, how it is, and what to do with it. The same on every page."""

import time

import streamlit as st

from core.runs.errors import NoSuchRun
from core.runs.info import RunInfo
from explorer import hunts, session, theme
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.navigation import go, link
from explorer.panels.forks.note import fork_note
from explorer.panels.run.above_guessing import above_guessing
from explorer.panels.run.names import created, label, meant, stars_first
from explorer.panels.run.queue import waits_for, way_to_busy
from explorer.panels.run.state import ICONS, may_change, say, waits_for_room
from explorer.panels.run.transport import transport

LATEST = "latest"
LABEL = "run_picker_label"
TICK = 1.0  # seconds between two looks at a run that may change: numbers to read, not a picture that moves
IDLE_TICK = 3.0  # seconds between two looks at a run that has ended: somebody else may resume it
REST = 3.0  # seconds between two new runs of the page for what was recorded or created meanwhile


def sidebar() -> None:
    """Draws the run picker and all about the current run. Without a run chosen, the newest is the current one."""
    runs = hunts.shown(recorded.runs())
    if session.run_id() is None and runs:
        session.choose(runs[0].id)
    info = _find(session.run_id())
    if info is not None:
        _stay_within(info)
    with st.container(gap="xsmall"):
        _run_picker(runs, info)
        _state_fragment(info, len(recorded.runs()))
        if info is not None:
            if info.kind == "watched":
                link("your_model", label="Trained by its own program", icon=":material/visibility:")
            else:
                transport(info)
            _moment(info)
    _new_run()


def _find(run_id: str | None) -> RunInfo | None:
    try:
        return recorded.info(run_id) if run_id else None
    except NoSuchRun:
        return None


def _run_picker(runs: list[RunInfo], info: RunInfo | None) -> None:
    labels = {run.id: label(run) for run in stars_first(runs)}
    key = session.showing("run_picker", info.id if info else None)
    if info and session.get(LABEL) != label(info):
        session.put(LABEL, label(info))
        session.put(key, info.id)  # or the browser goes on showing the label from before the run ended or was renamed
    st.selectbox(
        "Run",
        list(labels),
        index=list(labels).index(info.id) if info and info.id in labels else None,
        key=key,
        format_func=lambda run_id: labels.get(run_id, run_id),
        placeholder="Choose a run" if runs else "No run yet",
        disabled=not runs,
        on_change=_choose_run,
        args=(key,),
    )
    if info is not None:
        st.caption(f"{plain(info.id)}, set up {created(info)}")
        fork_note(info)
        if info.hunt:
            link("hunt", label=f"Round {info.hunt}", help="Back to the bug hunt: say what is wrong with it.")


def _choose_run(key: str) -> None:
    # A browser that still shows a label from before a run ended sends that label, which is no option any more.
    run_id = meant(session.get(key), recorded.runs())
    if run_id is not None:
        session.choose(run_id)


def _new_run() -> None:
    if st.button("Set up a new run", key="new_run", icon=":material/add:", width="stretch"):
        session.put("train_view", "setup")
        go("train")


def _state_fragment(info: RunInfo | None, runs: int) -> None:
    """Ticks; asks for a new run of the page when the widgets around it are no longer the right ones."""
    moments = len(recorded.frame_steps(info.id)) if info else 0
    rested = time.monotonic() + REST

    def state() -> None:
        now = _find(info.id) if info else None
        if info and (now is None or (now.state, now.wish) != (info.state, info.wish)):
            st.rerun()
        if time.monotonic() >= rested and (len(recorded.runs()) != runs or (now and _slider_is_old(now, moments))):
            st.rerun()
        if now:
            _say_state(now)

    st.fragment(state, run_every=TICK if info and may_change(info) else IDLE_TICK, key="run_state")()


def _slider_is_old(info: RunInfo, drawn: int) -> bool:
    """Are there more moments than the `drawn` ones? While it follows a run, half as many again, so that a page seldom
    comes back, and perhaps under a hand that drags."""
    frames = len(recorded.frame_steps(info.id))
    return frames > (1.5 * drawn if may_change(info) and session.moment() is None else drawn)


def _say_state(info: RunInfo) -> None:
    if info.kind == "watched":  # nobody knows how many steps it will take
        st.markdown(f":small[Step {theme.steps(info.step)}]")
    else:
        st.progress(min(info.step / info.steps, 1.0), _how_far(info))
    if waits_for_room(info):
        st.error("The disk is full: free some space, then training goes on by itself.", icon=":material/hard_drive:")
    elif info.message:
        st.error(plain(info.message), icon=ICONS[info.state])
        if info.state == "diverged":
            link("black_box", label="What broke first?")
    elif info.state == "queued":
        st.caption(f"{ICONS[info.state]} {say(info)}. {plain(waits_for(info))}")
        way_to_busy(info)
    else:
        st.caption(f"{ICONS[info.state]} {say(info)}")
        if not hunts.is_open(info) and (sentence := above_guessing(info)):  # in a round, finding is the user's part
            st.warning(plain(sentence), icon=":material/trending_up:")


def _how_far(info: RunInfo) -> str:
    """While it runs, in percent: the page beside it ticks at other moments, and two steps would seem to disagree."""
    if info.state == "running":
        return f"{100 * info.step // info.steps}% of {theme.steps(info.steps)} steps"
    return f"Step {theme.steps(info.step)} of {theme.steps(info.steps)}"


def _stay_within(info: RunInfo) -> None:
    """A link may name a step that the run has not reached, or no longer has: it shows the latest, and says so."""
    moment = session.moment()
    reached = max([info.step, *recorded.frame_steps(info.id)[-1:]])
    if moment is not None and moment < (first := _first(info)):
        session.choose(info.id, first)
        st.toast(
            f"Step {theme.steps(moment)} belongs to the run that this one was forked from: you see step "
            f"{theme.steps(first)}, where its own model begins.",
            icon=":material/first_page:",
            duration="long",
        )
    if moment is not None and moment > reached:
        session.choose(info.id)
        st.toast(
            f"Step {theme.steps(moment)} is beyond step {theme.steps(reached)}, where this run is: you see the latest.",
            icon=":material/last_page:",
            duration="long",
        )


def _first(info: RunInfo) -> int:
    """The first step with weights: the initialisation's, or that of a fork whose model is another than its parent's. Of
    a watched run the first that was seen."""
    if info.kind == "watched":
        return next(iter(recorded.frame_steps(info.id)), 0)
    return next(iter(recorded.checkpoint_steps(info.id)), 0)


def _moment(info: RunInfo) -> None:
    """One slider over what is recorded, from the initialisation on; its right end follows the run."""
    moment = session.moment()
    moments = {*recorded.frame_steps(info.id)} | ({moment} - {None})
    if not moments:
        return
    steps = sorted({_first(info)} | moments)
    shown = LATEST if moment is None else moment
    key = session.showing(f"moment_{info.id}", shown)
    st.select_slider(
        "Moment",
        [*steps, LATEST],
        value=shown,
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
