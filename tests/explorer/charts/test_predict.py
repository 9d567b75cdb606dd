import numpy as np
import pytest

from explorer.charts.predict import next_character, prediction_tables
from explorer.theme import LIGHT


def test_bars_in_the_vocabularys_order():
    tables = prediction_tables(np.array([0.1, 0.6, 0.3]), ".ab")
    assert tables["bars"].to_pydict() == {
        "character": [".", "a", "b"],
        "probability": [0.1, 0.6, 0.3],
        "rank": [3, 1, 2],
    }


@pytest.mark.parametrize(("top", "end"), [(0.1, 0.2), (0.3, 0.5), (0.49, 1.0), (1.0, 1.0)])
def test_the_axis_ends_in_steps(top, end):
    tables = prediction_tables(np.array([top, 1 - top if top > 0.5 else 0.0]), ".a")
    assert tables["anchors"]["probability"].to_pylist()[1] == pytest.approx(end * 1.08)


def test_one_spec_for_one_vocabulary():
    first, second = (next_character(LIGHT, characters=(".", "a")).to_dict() for _ in range(2))
    assert first == second
