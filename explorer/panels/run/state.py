"""How a run is, in words, and a face for every state in which there is nothing to draw.

>>> info = current_run()          # a RunInfo, or the page stops here and says what to do
>>> say(info)
'About 5,200 steps/s, 40 s left'
"""

import streamlit as st

from core.runs.errors import NoSuchRun
from core.runs.info import ENDED, RunInfo
from explorer import session, theme, verbs
from explorer.feeds import recorded
from explorer.markdown import plain

ICONS = {
    "queued": ":material/hourglass_empty:",
    "running": ":material/play_arrow:",
    "paused": ":material/pause:",
    "finished": ":material/check:",
    "stopped": ":material/stop:",
    "diverged": ":material/trending_up:",
    "failed": ":material/error:",
}
FIRST_PRESET = "wavenet"


def current_run() -> RunInfo:
    """The current run. Where there is none, draws what to do about it and ends the page's run."""
    run_id = session.run_id()
    if run_id is None:
        no_run_yet()
        st.stop()
    try:
        return recorded.info(run_id)
    except NoSuchRun:
        what_to_do = "Choose one on the left, or set up a new one." if recorded.runs() else "Set up the first one."
        st.warning(f"There is no run {plain(repr(run_id))} here. {what_to_do}")
        st.stop()


def still(run_id: str) -> RunInfo:
    """The same run by now, in what ticks. Where it was deleted meanwhile, the page is drawn anew, and says so."""
    try:
        return recorded.info(run_id)
    except NoSuchRun:
        st.rerun()


def may_change(info: RunInfo) -> bool:
    """Can a panel that shows this run change by itself? Then it ticks."""
    return info.state not in ENDED


def following(info: RunInfo) -> bool:
    """Does a panel that shows the current moment of this run tick: the run may change, and no past moment is chosen?"""
    return may_change(info) and session.moment() is None


def waits_for_room(info: RunInfo) -> bool:
    """Does its worker wait because the disk is full?"""
    return info.state == "running" and recorded.disk_full()


def say(info: RunInfo) -> str:
    """One line on how the run is."""
    if info.lost:
        return "Its process has gone; looking what is left"
    if waits_for_room(info):
        return f"Waiting at step {theme.steps(info.step)}"
    match info.state:
        case "queued":
            place = info.queue_place or 1
            return "Next in the queue" if place == 1 else f"Place {place} in the queue"
        case "running":
            return _speed(info)
        case "paused":
            return f"Paused at step {theme.steps(info.step)}"
        case "finished" if info.kind == "watched":
            return f"Ended after {theme.steps(info.step)} step{'' if info.step == 1 else 's'}"
        case "finished":
            return f"Finished all {theme.steps(info.steps)} steps" if info.steps > 1 else "Finished its one step"
        case "stopped":
            return f"Stopped at step {theme.steps(info.step)}"
        case "diverged":
            return f"Diverged at step {theme.steps(info.step)}"
        case _:
            return f"Failed at step {theme.steps(info.step)}"


def speed(info: RunInfo) -> float | None:
    """Steps a second; None where it takes none."""
    return info.steps_per_second or None if info.state == "running" and not waits_for_room(info) else None


def time_left(info: RunInfo) -> float | None:
    """Seconds until the last step at the present speed, of a watched run 0; None where it is not running."""
    pace = speed(info)
    return (info.steps - info.step) / pace if pace else None


def nothing_recorded(info: RunInfo, moment: int | None) -> None:
    """The face of a picture of batches where none is recorded at or before this moment."""
    steps = recorded.frame_steps(info.id)
    if moment is not None and steps:
        there = f"Step {theme.steps(moment)} has weights but no batch yet"
        st.info(f"{there}: drag the moment to step {theme.steps(steps[0])}.", icon=":material/first_page:")
    elif may_change(info):
        st.info(f"{say(info)}. The first picture comes with its first step.", icon=ICONS[info.state])
    else:
        st.info(f"{say(info)}, before anything was recorded.", icon=ICONS[info.state])


def _speed(info: RunInfo) -> str:
    pace, left = speed(info), time_left(info)
    if left is None:
        return "Starting"
    if info.kind == "watched":
        return f"About {theme.number(pace, digits=2)} steps/s"
    return f"About {theme.number(pace, digits=2)} steps/s, {_roughly(left)} left"


def _roughly(seconds: float) -> str:
    """Calm, as it is read while it changes: "a few seconds", "40 s", "3 min", "1.2 h"."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"{round(seconds, -1):.0f} s"
    return f"{max(round(seconds / 60), 1)} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def no_run_yet() -> None:
    """The face of a page without any run: one button that makes one."""
    st.info("No run yet. A run is one model that is trained; every page looks into one.")
    st.button(
        f"Train {FIRST_PRESET}",
        type="primary",
        icon=":material/play_arrow:",
        on_click=verbs.train_preset,
        args=(FIRST_PRESET,),
        help="The course's hierarchical model on the built-in names: 22.4k parameters.",
    )
