"""Fixtures for tests of runs: a store of their own, and models that train in no time."""

from collections.abc import Callable

import pytest

from core.dataset import Dataset
from core.runs.store import Store
from core.training.config import RunConfig

MODEL = """
Embedding({vocab}, 4)
FlattenConsecutive(3)
Linear(12, 16, bias=False)
BatchNorm1d(16)
Tanh()
Linear(16, {vocab})
"""


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path)


@pytest.fixture(scope="session")
def words() -> Dataset:
    """A few hundred words, so that evaluating a run at its end takes milliseconds."""
    return Dataset.from_text("\n".join(Dataset.builtin().words[:400]), "few.txt")


@pytest.fixture(scope="session")
def small(words) -> Callable[..., RunConfig]:
    """`small(steps=100)`: the config of a small model."""

    def config(**settings) -> RunConfig:
        return RunConfig(model=MODEL.format(vocab=words.vocab_size), context=3, **settings)

    return config
