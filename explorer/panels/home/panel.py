"""Home: where to begin, the course as a path and recent runs, or all models and what they reach.

>>> home_panel()
"""

import streamlit as st

from explorer.navigation import link
from explorer.panels.home.cards import preset_cards
from explorer.panels.home.path import course_path
from explorer.panels.home.recent import recent_runs
from explorer.panels.home.results import results_table
from explorer.panels.view_switch import switch

RESULTS = "All models and results"
VIEWS = ("A path through the course", RESULTS)
DEBUG = {
    "hunt": "Find a hidden mistake by what it does to the pictures",
    "black_box": "What broke first, where a loss is NaN",
    "compare": "Where two runs part, and how far",
    "your_model": "Watch a PyTorch model of your own",
}


def home_panel() -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        view = switch("home_view", VIEWS, "Show", width="stretch")
        st.caption("When one does not learn:", width="content")
        for page, what in DEBUG.items():
            link(page, icon=None, help=what)
    if view == RESULTS:
        results_table()
        return
    preset_cards()
    course_path()
    recent_runs()
