"""Where a fork is from, and a link to both runs side by side.

>>> fork_note(info)     # nothing for a run of its own
"""

import streamlit as st

from core.runs.errors import NoSuchRun
from core.runs.info import RunInfo
from explorer import session, theme
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.navigation import link


def fork_note(info: RunInfo) -> None:
    if info.parent is None:
        return
    try:
        parent = recorded.info(info.parent)
    except NoSuchRun:
        st.caption(f"Forked at step {theme.steps(info.parent_step)} from a run that was deleted.")
        return
    st.button(
        f"Fork of {plain(parent.id)} at {theme.steps(info.parent_step)}",
        key="parent",
        type="tertiary",
        icon=":material/fork_right:",
        on_click=session.choose,
        args=(parent.id, info.parent_step),
        help=f"Opens {plain(parent.name)} at the step where this run was forked.",
    )
    link("compare", {"with": parent.id}, label="Compare the two")
