"""What tells a run from all others, in one line.

    >>> label(info)
    'wavenet · lr 0.05 · 5,000 steps · finished · 14:32 · k3x9q2'

What is as in every run (the built-in names, the default learning rate and seed) is left out. The line changes with the
run's state alone: it says at what time a run was set up, not how long ago.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import streamlit as st

from core.runs.info import RunInfo
from core.training.config import RunConfig
from explorer import feeds, theme

LONGEST = 20  # characters of a name that a user gave


def label(info: RunInfo) -> str:
    """Ends with the last part of the run's id, so that no two are alike."""
    steps = f"{theme.steps(info.steps)} step{'' if info.steps == 1 else 's'}" if info.kind == "trained" else "watched"
    parts = [*_settings(info), steps, info.state, created(info), ending(info.id)]
    return ("★ " if info.starred else "") + " · ".join(parts)


def stars_first(runs: Sequence[RunInfo]) -> list[RunInfo]:
    """Those with a star before the others, each in their order."""
    return sorted(runs, key=lambda run: not run.starred)


def ending(run_id: str) -> str:
    """What tells an id from all others: its last six letters."""
    return run_id[-6:]


def words(info: RunInfo) -> str:
    """What its words are called; "" for the built-in ones, and of a watched run, whose words nobody knows here."""
    return "" if info.dataset in ("", feeds.store().dataset("").sha256) else _short(info.words)


def _settings(info: RunInfo) -> list[str]:
    """What was chosen for it: its name, its preset where the name is another, its words, lr and seed where unusual."""
    parts = [_short(info.name)]
    if info.preset not in (None, info.name):
        parts.append(info.preset)
    if words(info):
        parts.append(words(info))
    if info.lr not in (None, RunConfig.lr):
        parts.append(f"lr {info.lr:g}")
    if info.seed not in (None, RunConfig.seed):
        parts.append(f"seed {info.seed}")
    if info.defect:
        parts.append(f"bug {info.defect}")
    if info.parent:
        parts.append(f"fork at {theme.steps(info.parent_step)}")
    return parts


def meant(chosen: str | None, runs: list[RunInfo]) -> str | None:
    """The id of the run that a label names, also one from before the run's state changed; None where none is left."""
    return next((run.id for run in runs if chosen and chosen.endswith(ending(run.id))), None)


def created(info: RunInfo) -> str:
    """When it was set up, by the clock of this browser: "14:32" today, "21 Nov, 14:32", "21 Nov 2025"."""
    at, now = moment_of(info), datetime.now(_zone())
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b, %H:%M}" if at.year == now.year else f"{at.day} {at:%b %Y}"


def moment_of(info: RunInfo) -> datetime:
    """When it was set up, by the clock of this browser."""
    return datetime.fromtimestamp(info.created, _zone())


def _zone() -> timezone:
    offset = st.context.timezone_offset
    return UTC if offset is None else timezone(timedelta(minutes=-offset))


def _short(name: str) -> str:
    """Of a long name, its beginning; in one line."""
    name = " ".join(name.split())
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
