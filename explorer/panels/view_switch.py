"""The switch of a page's views: which picture is shown, kept across pages and named in the URL.

>>> st.write(LOOK_FOR[chosen_view("data_view", LOOK_FOR)])      # before the switch is drawn, as often as you like
>>> view = view_switch("data_view", LOOK_FOR)                   # the first option is the usual one
>>> layer = switch("lens_unit_layer", ["5.Tanh", "8.Tanh"], "Layer")        # any other one
"""

from collections.abc import Iterable, Sequence

import streamlit as st

from explorer import session


def chosen_view(key: str, options: Iterable[str]) -> str:
    return session.get(session.keep_view(key, list(options)))


def view_switch(key: str, options: Iterable[str], label: str = "View", help: str | None = None) -> str:
    """Draws it; `label` is what a screen reader says."""
    options = list(options)
    return switch(session.keep_view(key, options), options, label, help=help)


def switch(key: str, options: Sequence, label: str, usual=None, **more):
    """One of some options, which may differ from run to run: see `session.keep_choice`. `more` as in Streamlit."""
    return st.segmented_control(
        label,
        options,
        default=session.get(session.keep_choice(key, options, usual)),
        key=key,
        label_visibility="collapsed",
        required=True,
        **more,
    )
