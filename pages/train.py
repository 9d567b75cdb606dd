"""Is it learning? Set up a run, and watch its loss fall."""

import streamlit as st

from explorer import session
from explorer.feeds import recorded
from explorer.panels.diagnosis_cards import diagnosis_cards
from explorer.panels.forks.dialog import fork_button
from explorer.panels.run.loss import look_for, loss_panel
from explorer.panels.run.setup import run_setup
from explorer.panels.run.state import current_run
from explorer.panels.run.take_along import take_along

VIEWS = {"watch": "Watch this run", "setup": "Set up a new run"}

if not recorded.runs() and session.run_id() is None:
    session.put("train_view", "setup")
view = session.get("train_view", "watch")
key = session.showing("train_view_switch", view)

title, switch = st.columns([2, 3], vertical_alignment="bottom")
with title:
    st.title("Is it learning?" if view == "watch" else "What should it learn?")
with switch, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
    if view == "watch":
        diagnosis_cards()
    st.segmented_control(
        "View",
        list(VIEWS),
        default=view,
        key=key,
        on_change=lambda: session.put("train_view", session.get(key)),
        format_func=VIEWS.get,
        label_visibility="collapsed",
        required=True,
    )
if view == "setup":
    st.caption("Choose a preset or write your own model: the table shows the shape after every layer.")
    run_setup()
else:
    info = current_run()
    lead, fork, take = st.columns([18, 4.6, 5.2], vertical_alignment="center", gap="small")
    lead.caption(
        look_for(info),
        help="Where the validation line stays above it, the model begins to learn its training words by heart.",
    )
    with fork:
        fork_button(info)
    with take:
        take_along(info)
    loss_panel(info)
