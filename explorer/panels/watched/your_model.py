"""Your model: how to have it watched, the watched runs, recordings from other machines, and the current one's modules.

>>> your_model_panel()
"""

import streamlit as st

from core.runs.info import RunInfo
from explorer import session, theme
from explorer.feeds import recorded
from explorer.navigation import link
from explorer.panels.model_source import watched_run
from explorer.panels.run.names import created
from explorer.panels.run.state import ICONS, say
from explorer.panels.watched.module_tree import module_tree
from explorer.panels.watched.recordings import offer_recording, open_recording

SNIPPET = """from core.watch import watch

with watch(model, name="mine") as run:
    for batch in loader:  # your loop, as it is
        ...
        run.log(loss)
"""
ELSEWHERE = (
    "Your program finds `core` where this project's folder is on its `PYTHONPATH`. On another machine, "
    '`watch(model, file="mine.run")` writes one file, which opens here.'
)
LISTED = 4
TICK = 2.0  # seconds between two looks for new watched runs


def your_model_panel() -> None:
    how, runs = st.columns([6, 5], gap="medium")
    with how:
        st.code(SNIPPET, language="python")
        st.caption(ELSEWHERE)
    with runs, st.container(gap="small"):
        st.fragment(_watched_runs, run_every=TICK, key="watched_runs")()
        open_recording()
    if info := watched_run():
        _current(info)
    elif _found():
        st.caption("Choose one of the watched runs to see its modules.")


def _watched_runs() -> None:
    with st.container(gap="xxsmall"):
        _list(_found())


def _found() -> list[RunInfo]:
    return [run for run in recorded.runs() if run.kind == "watched"]


def _list(found: list[RunInfo]) -> None:
    st.markdown("**Watched runs**")
    if not found:
        st.caption("None yet: start your program, and its run is here with its first step.")
    for run in found[:LISTED]:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            if st.button(
                run.name,
                key=f"watched_{run.id}",
                icon=ICONS[run.state],
                type="tertiary",
                disabled=run.id == session.run_id(),
                help=run.id,
            ):  # chosen here: a callback would disable the button before it says that it was clicked
                session.choose(run.id)
                st.rerun()
            st.caption(f"{say(run)} · {created(run)}", width="stretch")
    if len(found) > LISTED:
        link("runs", label=f"All {theme.steps(len(found))} of them")


def _current(info: RunInfo) -> None:
    st.subheader(f"The modules of {info.name}")
    module_tree(info)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.caption("This part on", width="content")
        link("activations", width="content")
        link("gradients", width="content")
        link("gradients", {"view": "update-data"}, label="Update : data", width="content")
        offer_recording(info)
