"""What presets reach, as `docs/results.json` has it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from core.runs.info import RunInfo
from core.training.config import RunConfig

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "results.json"


@dataclass(frozen=True)
class Result:
    """A preset's losses in nats a character, over whole splits in evaluation mode, without a penalty.

    >>> of_run(info, config)      # of a finished run
    Result(preset='wavenet', parameters=22397, steps=200000, train_loss=1.911, val_loss=2.0202, seconds=31.2)
    """

    preset: str
    parameters: int
    steps: int
    train_loss: float | None  # over all that it is trained on; None where it is not finite
    val_loss: float | None  # None where it is trained on all words: nothing is left to judge it by
    seconds: float | None  # of training: all its steps at the pace of the process that ended it


def of_run(info: RunInfo, config: RunConfig) -> Result:
    return Result(
        info.preset or info.name,
        info.parameters,
        info.steps,
        _rounded(info.train_loss, 6),
        _rounded(info.val_loss, 6) if config.train_on == "train" else None,
        _rounded(info.steps / info.steps_per_second, 1) if info.steps_per_second else None,
    )


def to_json(results: Iterable[Result]) -> str:
    """A list of objects, one a preset."""
    return json.dumps([asdict(result) for result in results], indent=2) + "\n"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
