"""What tells a run from all others, in one line.

    >>> label(info)
    'wavenet · lr 0.05 · 5,000 steps · finished · 14:32 · k3x9q2'

What is as in every run (the built-in names, the default learning rate and seed) is left out. The line changes with the
run's state alone: it says at what time a run was set up, not how long ago.
"""

from datetime import UTC, datetime, timedelta, timezone

import streamlit as st

from core.runs.info import RunInfo
from core.training.config import RunConfig
from explorer import feeds, theme

LONGEST = 20  # characters of a name that a user gave


def label(info: RunInfo) -> str:
    """Ends with the last part of the run's id, so that no two are alike."""
    steps = f"{theme.steps(info.steps)} step{'' if info.steps == 1 else 's'}"
    parts = [*_settings(info), steps, info.state, created(info), info.id[-6:]]
    return " · ".join(parts)


def _settings(info: RunInfo) -> list[str]:
    """What was chosen for it: its name, its preset where the name is another, its words, lr and seed where unusual."""
    parts = [_short(info.name)]
    if info.preset not in (None, info.name):
        parts.append(info.preset)
    if info.dataset != feeds.store().dataset("").sha256:
        parts.append(_short(info.words))
    if info.lr not in (None, RunConfig.lr):
        parts.append(f"lr {info.lr:g}")
    if info.seed not in (None, RunConfig.seed):
        parts.append(f"seed {info.seed}")
    return parts


def meant(chosen: str | None, runs: list[RunInfo]) -> str | None:
    """The id of the run that a label names, also one from before the run's state changed; None where none is left."""
    return next((run.id for run in runs if chosen and chosen.endswith(run.id[-6:])), None)


def created(info: RunInfo) -> str:
    """When it was set up, by the clock of this browser: "14:32" today, "21 Nov, 14:32", "21 Nov 2025"."""
    zone = _zone()
    at, now = datetime.fromtimestamp(info.created, zone), datetime.now(zone)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b, %H:%M}" if at.year == now.year else f"{at.day} {at:%b %Y}"


def _zone() -> timezone:
    offset = st.context.timezone_offset
    return UTC if offset is None else timezone(timedelta(minutes=-offset))


def _short(name: str) -> str:
    """Of a long name, its beginning; in one line."""
    name = " ".join(name.split())
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
