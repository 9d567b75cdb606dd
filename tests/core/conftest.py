"""Fixtures that the tests of core share."""

from pathlib import Path

import pytest

from core.dataset import Dataset

LECTURE_NAMES = Path(__file__).resolve().parents[3] / "shared" / "data" / "lecture_names.txt"


@pytest.fixture(scope="session")
def lecture() -> Dataset:
    """The course's own list of names, which is not part of this project."""
    if not LECTURE_NAMES.exists():
        pytest.skip("the course's list of names is not at ../shared/data/lecture_names.txt")
    return Dataset.from_file(LECTURE_NAMES)
