"""One look at the network of part 4, for all tests of its room."""

import pytest

from core.dataset import Dataset
from core.lenses.backprop.comparison import by_hand
from core.lenses.backprop.network import first_look


@pytest.fixture(scope="session")
def names():
    return Dataset.builtin()


@pytest.fixture(scope="session")
def look(names):
    return first_look(names)


@pytest.fixture(scope="session")
def found(look):
    """All 26 gradients by our own solutions."""
    return by_hand(look)
