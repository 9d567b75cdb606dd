"""The buttons that drive a run: play or pause, step, stop, resume.

    >>> transport(recorded.info(run_id))

Space plays and pauses, the right arrow takes one step. They stand outside whatever ticks, so that a page is drawn anew
when one is pressed. Play, Pause and Resume are one button with one key, so that it keeps the focus; `verbs` takes the
second click of a double click for none.
"""

import streamlit as st

from core.runs.info import RunInfo
from explorer import verbs
from explorer.panels.run.state import may_change

STEPS = {1: "1", 10: "10", 100: "100", 1_000: "1k"}


def transport(info: RunInfo) -> None:
    with st.container(horizontal=True, wrap=False, gap="xsmall"):
        _play_or_pause(info)
        st.button(
            "Stop",
            key="stop",
            disabled=info.state not in ("queued", "running", "paused"),
            on_click=verbs.stop,
            args=(info.id,),
            help="Ends the run and keeps everything it recorded. Resume goes on from its last checkpoint.",
        )
    # Steps asked for while some are taken add up; a button that greyed out for them would lose the focus.
    stepping = info.state == "running" and info.wish == "run" and info.until is not None
    may_step = info.state == "paused" or stepping
    with st.container(key="steps", horizontal=True, wrap=False, gap="xsmall"):
        for steps, label in STEPS.items():
            st.button(
                f"+{label}",
                key=f"step_{steps}",
                disabled=not may_step,
                on_click=verbs.step,
                args=(info.id, steps),
                shortcut="Right" if steps == 1 else None,
                width="stretch",
                help=None if may_step else _why_no_step(info),
            )


def _why_no_step(info: RunInfo) -> str:
    if info.resumable:
        return "Resume and pause first; then step."
    return "Pause first; then step." if may_change(info) else "This run has ended."


def _play_or_pause(info: RunInfo) -> None:
    if info.resumable:
        label, icon, verb = "Resume", ":material/play_arrow:", verbs.resume
    elif info.wish == "run" and may_change(info):
        label, icon, verb = "Pause", ":material/pause:", verbs.pause
    else:
        label, icon, verb = "Play", ":material/play_arrow:", verbs.play
    st.button(
        label,
        key="play",
        icon=icon,
        type="primary",
        disabled=not (may_change(info) or info.resumable),
        on_click=verb,
        args=(info.id,),
        shortcut="Space",
        width="stretch",
    )
