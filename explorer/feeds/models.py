"""Models with the weights of a moment, shared by all sessions, and what lenses compute with them.

    >>> loaded = models.of_run("wavenet-k3x9q2", moment=None)
    >>> loaded.step, models.next_character(loaded, "emm").argmax()
    (200000, 1)

The weights are those of the checkpoint nearest at or before the moment. One model serves all sessions, so whoever
computes with it holds its lock.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch

from core.dataset import Dataset
from core.lenses.measure import activity, has_gradients, measure
from core.lenses.predict import Word, made_up
from core.lenses.reading import Reading, read
from core.lenses.receptive_field import Tree, derive
from core.nn.notation import parse
from core.nn.presets import preset
from core.nn.sequential import Sequential
from core.training.planting import built
from core.training.sampling import next_character_distribution
from explorer.feeds import recorded
from explorer.shared import Shared

SEED = 42  # of the weights of a preset that nobody has trained
MEASURED_ON = 64  # contexts
KEPT_PARAMETERS = 16_000_000  # of all models in memory: about 20 bytes each, with gradients and what evaluation needs

_models = Shared(seconds=float("inf"), size=24)
_latest: dict[tuple, tuple] = {}  # (home, run) -> key of the model that followed it last
_steps = Shared(seconds=0.4)
_results = Shared(seconds=600, size=128)


@dataclass(frozen=True)
class Loaded:
    """A model, the data it is for, and after how many updates its weights stand."""

    key: tuple
    step: int
    model: Sequential
    dataset: Dataset
    text: str  # the model text
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def parameters(self) -> int:
        return sum(parameter.data.size for parameter in self.model.parameters())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else computes with the model meanwhile; weights of a diverged run may overflow without a warning."""
        with self.lock, np.errstate(over="ignore", invalid="ignore"):
            yield


@dataclass(frozen=True)
class Field:
    """A model's receptive field: by its text, as measured, and how active each node is for one context."""

    step: int
    tree: Tree
    measured: np.ndarray  # bool (nodes, context)
    activity: pd.DataFrame
    characters: str  # the context, one character each
    gradients: bool  # was it measured by them?


def of_run(run_id: str, moment: int | None) -> Loaded | None:
    """A run's model at a moment; None while the run has no checkpoint yet."""
    at = recorded.store()
    steps = _steps.get((at.home, run_id), lambda: at.checkpoint_steps(run_id))
    step = max((step for step in steps if moment is None or step <= moment), default=None)
    if step is None:
        return None
    key = (at.home, run_id, step)
    if moment is None and (before := _latest.get(key[:2])) != key:  # of a run that trains, only the latest is kept
        _models.drop(before)
        _latest[key[:2]] = key
    return _kept(_models.get(key, lambda: _load(key, run_id, step)))


def of_preset(name: str) -> Loaded:
    """A preset with the weights it starts from, for the built-in names."""
    return _kept(_models.get(("preset", name), lambda: _fresh(name)))


def next_character(loaded: Loaded, text: str) -> np.ndarray:
    """See `core.training.sampling.next_character_distribution`. Raises DatasetError."""

    def compute() -> np.ndarray:
        with loaded.alone():
            return next_character_distribution(loaded.model, loaded.dataset, text)

    return _results.get((loaded.key, "next", text), compute)


def words(loaded: Loaded, count: int, seed: int) -> list[Word]:
    """See `core.lenses.predict.made_up`."""

    def compute() -> list[Word]:
        with loaded.alone():
            return made_up(loaded.model, loaded.dataset, count, seed)

    return _results.get((loaded.key, "words", count, seed), compute)


def reading(loaded: Loaded) -> Reading:
    """See `core.lenses.reading.read`."""

    def compute() -> Reading:
        with loaded.alone():
            return read(loaded.model, loaded.dataset)

    return _results.get((loaded.key, "reading"), compute)


def receptive_field(loaded: Loaded, text: str) -> Field:
    """The field over the last characters of `text`. Raises DatasetError for an unknown character."""
    tree = _results.get((loaded.text, "tree"), lambda: derive(parse(loaded.text), loaded.model.context))
    measured = _results.get((loaded.key, "measured"), lambda: _measure(loaded, tree))
    context = loaded.dataset.window(text, loaded.model.context)
    with loaded.alone():
        active = activity(tree, loaded.model, context)
    shown = loaded.dataset.decode(context)
    return Field(loaded.step, tree, measured, active, shown, has_gradients(loaded.model))


def _kept(loaded: Loaded) -> Loaded:
    """Drops models that were not used for long, until no more than KEPT_PARAMETERS are left, this one not counted."""
    others = [other for other in _models.values() if other is not loaded]
    total = sum(other.parameters for other in others)
    for other in others:
        if total <= KEPT_PARAMETERS:
            break
        _models.drop(other.key)
        total -= other.parameters
    return loaded


def _measure(loaded: Loaded, tree: Tree) -> np.ndarray:
    shape = (MEASURED_ON, loaded.model.context)
    contexts = np.random.default_rng(0).integers(0, loaded.dataset.vocab_size, shape)
    with loaded.alone():
        return measure(tree, loaded.model, contexts)


def _load(key: tuple, run_id: str, step: int) -> Loaded:
    at = recorded.store()
    config = at.config(run_id)  # with its bug, if it has one, also in a round of the hunt
    found, state = at.checkpoint(run_id, step)
    model = built(config)
    model.connect(1)
    model.load_state(state)
    return Loaded(key, found, model, at.dataset(config.dataset), config.model)


def _fresh(name: str) -> Loaded:
    dataset = recorded.store().dataset("")
    chosen = preset(name)
    text = chosen.text(dataset.vocab_size)
    model = Sequential.from_text(text, context=chosen.context, generator=torch.Generator().manual_seed(SEED))
    model.connect(1)
    return Loaded(("preset", name), 0, model, dataset, text)
