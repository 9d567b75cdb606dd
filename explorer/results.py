"""What each preset reaches: in the course, as this project measured it, and in a user's own runs.

>>> rows = results(recorded.runs())
>>> rows[7].preset.name, rows[7].course, rows[7].here, rows[7].yours
('wavenet', Losses(train=1.912, val=2.022), Losses(train=1.911, val=2.0202), None)
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.nn.presets import PRESETS, Preset
from core.runs.info import RunInfo
from core.runs.results import PUBLISHED
from explorer.feeds import recorded

COURSE_WORDS = "816d2a728695db28a20e17eae61c9c423091a511b3df09a06a489dccbf0876c7"  # the sha256 of the course's own list


@dataclass(frozen=True)
class Losses:
    """Over all examples of a split, in evaluation mode. No `val` where a model is trained on all words."""

    train: float | None
    val: float | None
    steps: int | None = None  # of a user's own run: it may have been shorter than the preset's


@dataclass(frozen=True)
class Result:
    """One preset; None where nothing is known."""

    preset: Preset
    course: Losses | None
    here: Losses | None
    yours: Losses | None


def results(runs: Sequence[RunInfo]) -> list[Result]:
    """One for each preset, in the course's order."""
    here = measured()
    return [
        Result(preset, _known(preset.train_loss, preset.val_loss), here.get(name), yours(name, runs))
        for name, preset in PRESETS.items()
    ]


def measured(path: Path = PUBLISHED) -> dict[str, Losses]:
    """What `python -m core results` has written, by preset; nothing where it has not."""
    if not path.exists():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {row["preset"]: losses for row in rows if (losses := _known(row["train_loss"], row["val_loss"]))}


def yours(name: str, runs: Sequence[RunInfo]) -> Losses | None:
    """The best finished run of a preset on the built-in names or on the course's: by validation loss, where it has one.

    Other words have other losses, which do not compare; nor do those of a run with a bug, planted or hunted.
    """
    words = (COURSE_WORDS, recorded.store().dataset("").sha256)
    healthy = [run for run in runs if run.preset == name and run.hunt is None and run.defect is None]
    ended = [run for run in healthy if run.state == "finished" and run.dataset in words]
    held_out = PRESETS[name].settings.get("train_on") != "all"
    found = [
        Losses(run.train_loss, run.val_loss if held_out else None, run.step)
        for run in ended
        if run.train_loss is not None
    ]
    return min(found, key=lambda losses: losses.train if losses.val is None else losses.val, default=None)


def _known(train: float | None, val: float | None) -> Losses | None:
    return None if train is None and val is None else Losses(train, val)
