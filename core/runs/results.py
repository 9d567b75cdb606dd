"""What presets reach: the figures that come with the project, and those of one's own runs.

>>> [result.preset for result in published()][:3]
['bigram', 'bigram-nn', 'mlp-2003']
>>> own(store)["wavenet"].val_loss          # of the newest finished run with the preset's own settings
2.0202
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.nn.presets import PRESETS
from core.runs.errors import Unreadable
from core.runs.info import RunInfo
from core.runs.store import Store
from core.training.config import RunConfig, of_preset

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "results.json"


@dataclass(frozen=True)
class Result:
    """A preset's losses in nats a character, over whole splits in evaluation mode, without a penalty."""

    preset: str
    parameters: int
    steps: int
    train_loss: float | None  # over all that it is trained on; None where it is not finite
    val_loss: float | None  # None where it is trained on all words: nothing is left to judge it by
    seconds: float | None  # of training


def published(path: Path = PUBLISHED) -> list[Result]:
    """The results in `docs/results.json`, in its order; none where there is no such file, or not one of ours."""
    try:
        return [Result(**row) for row in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def to_json(results: Iterable[Result]) -> str:
    """A list of objects, as `published` reads it."""
    return json.dumps([asdict(result) for result in results], indent=2) + "\n"


def own(store: Store, dataset: str | None = None) -> dict[str, Result]:
    """By preset: the newest finished run with that preset's own settings, whatever its seed.

    On words of any kind, or on those with the sha256 `dataset` ("" are the built-in ones).
    """
    sha256 = None if dataset is None else store.dataset(dataset).sha256
    found: dict[str, Result] = {}
    for info in store.runs():
        if info.state != "finished" or info.preset not in PRESETS or info.preset in found:
            continue
        if sha256 in (None, info.dataset) and (config := _config(store, info)) and _as_its_preset(config, store):
            found[info.preset] = of_run(info, config)
    return found


def of_run(info: RunInfo, config: RunConfig) -> Result:
    """Of a finished run. Its seconds are those of all its steps at the pace of the process that ended it."""
    return Result(
        info.preset or info.name,
        info.parameters,
        info.steps,
        info.train_loss,
        info.val_loss if config.train_on == "train" else None,
        round(info.steps / info.steps_per_second, 1) if info.steps_per_second else None,
    )


def _config(store: Store, info: RunInfo) -> RunConfig | None:
    try:
        return store.config(info.id)
    except Unreadable:
        return None


def _as_its_preset(config: RunConfig, store: Store) -> bool:
    try:
        dataset = store.dataset(config.dataset)
    except Unreadable:
        return False
    wanted = of_preset(PRESETS[config.preset], dataset, seed=config.seed, dataset=config.dataset)
    return replace(config, model=wanted.model) == wanted  # its comments and spaces do not matter
