"""Which model a lens looks at: the current run's, or a preset that nobody has trained.

>>> source = choose_model("field_model")
>>> source                       # a run's id, or a preset's name
Source(run='wavenet-k3x9q2', preset=None)
"""

from dataclasses import dataclass

import streamlit as st

from core.nn.presets import PRESETS
from core.runs.errors import NoSuchRun
from core.runs.info import RunInfo
from explorer import session
from explorer.feeds import recorded

RUN = "run"  # the option that follows the sidebar


@dataclass(frozen=True)
class Source:
    """Exactly one of the two is set."""

    run: str | None
    preset: str | None


def known_run() -> str | None:
    """The current run's id where the store knows it and it was trained here: a watched one has no model text."""
    info = _known()
    return info.id if info and info.kind == "trained" else None


def watched_run() -> RunInfo | None:
    """The current run where the store knows it and somebody else's program trains it."""
    info = _known()
    return info if info and info.kind == "watched" else None


def _known() -> RunInfo | None:
    try:
        return recorded.info(session.run_id()) if session.run_id() else None
    except NoSuchRun:
        return None


def choose_model(key: str, on_change=None, label: str = "Model") -> Source:
    """A selectbox; it starts with the current run where there is one."""
    run_id = known_run()
    options = [*([RUN] if run_id else []), *PRESETS]
    chosen = session.get(session.keep_choice(key, options, RUN if run_id else "wavenet"))
    st.selectbox(
        label,
        options,
        index=options.index(chosen),
        key=key,
        format_func=lambda option: f"this run, {run_id}" if option == RUN else f"{option}, untrained",
        on_change=on_change,
        width=250,
    )
    return source_of(key)


def source_of(key: str) -> Source:
    """What `choose_model(key)` last gave."""
    chosen = session.get(key, RUN)
    run_id = known_run()
    if chosen == RUN and run_id:
        return Source(run_id, None)
    return Source(None, chosen if chosen in PRESETS else "wavenet")
