"""What tells a run from all others, in one line.

    >>> label(info)
    'wavenet-k3x9q2 · lr 0.05 · 5,000 steps · finished · 14:32'
    >>> label(other)
    '★ half the rate · lr 0.05 · 5,000 steps · finished · 14:32 · wavenet-p7m4da'

What tells it apart comes first: the sidebar shows some thirty letters. The line changes with the run's state alone: it
says at what time a run was set up, not how long ago.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import streamlit as st

from core.runs import names
from core.runs.info import RunInfo
from explorer import theme
from explorer.feeds import recorded

STAR = "★ "


def label(info: RunInfo) -> str:
    """The run's id is one of its parts, so that no two are alike."""
    steps = f"{theme.steps(info.steps)} step{'' if info.steps == 1 else 's'}" if info.kind == "trained" else "watched"
    parts = [names.called(info), *names.apart(info, _built_in()), steps, info.state, created(info)]
    return (STAR if info.starred else "") + names.BETWEEN.join([*parts, info.id] if names.given(info) else parts)


def described(info: RunInfo) -> str:
    """What tells it apart beside its id: its name, where one was given, and what was chosen for it."""
    return names.described(info, _built_in())


def stars_first(runs: Sequence[RunInfo]) -> list[RunInfo]:
    """Those with a star before the others, each in their order."""
    return sorted(runs, key=lambda run: not run.starred)


def meant(chosen: str | None, runs: list[RunInfo]) -> str | None:
    """The id of the run that a label names, also one from before the run's state changed; None where none is left."""
    parts = (chosen or "").removeprefix(STAR).split(names.BETWEEN)
    return next((run.id for run in runs if run.id in parts), None)


def created(info: RunInfo) -> str:
    """When it was set up, by the clock of this browser: "14:32" today, "21 Nov, 14:32", "21 Nov 2025"."""
    at, now = moment_of(info), datetime.now(_zone())
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b, %H:%M}" if at.year == now.year else f"{at.day} {at:%b %Y}"


def moment_of(info: RunInfo) -> datetime:
    """When it was set up, by the clock of this browser."""
    return datetime.fromtimestamp(info.created, _zone())


def _built_in() -> str:
    return recorded.store().dataset("").sha256


def _zone() -> timezone:
    offset = st.context.timezone_offset
    return UTC if offset is None else timezone(timedelta(minutes=-offset))
