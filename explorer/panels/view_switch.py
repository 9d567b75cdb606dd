"""The switch of a page's views: which picture is shown, kept across pages and named in the URL.

>>> st.write(LOOK_FOR[chosen_view("data_view", LOOK_FOR)])      # before the switch is drawn, as often as you like
>>> view = view_switch("data_view", LOOK_FOR)                   # the first option is the usual one
"""

from collections.abc import Iterable

import streamlit as st

from explorer import session


def chosen_view(key: str, options: Iterable[str]) -> str:
    return session.get(session.keep_view(key, list(options)))


def view_switch(key: str, options: Iterable[str], label: str = "View", help: str | None = None) -> str:
    """Draws it; `label` is what a screen reader says."""
    options = list(options)
    return st.segmented_control(
        label,
        options,
        default=chosen_view(key, options),
        key=key,
        help=help,
        label_visibility="collapsed",
        required=True,
    )
