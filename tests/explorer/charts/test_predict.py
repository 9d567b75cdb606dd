import numpy as np
import pytest

from explorer.charts.predict import LIKELIEST, MOST, next_character, prediction_tables
from explorer.theme import LIGHT


def test_bars_in_the_vocabularys_order():
    bars = prediction_tables(np.array([0.1, 0.6, 0.3]), ".ab")["bars"].to_pydict()
    assert bars["character"] == [".", "a", "b"]
    assert bars["probability"] == [0.1, 0.6, 0.3]
    assert bars["rank"] == [3, 1, 2]
    assert bars["place"] == [0, 1, 2]
    assert bars["label"] == ["10%", "60%", "30%"]


def test_of_labels_that_would_touch_the_likelier_one_stays():
    bars = prediction_tables(np.array([0.2, 0.3, 0.1, 0.15, 0.25]), ".abcd", apart=2)["bars"].to_pydict()
    assert bars["label"] == ["", "30%", "", "", "25%"]


def test_few_characters_leave_no_rest():
    assert prediction_tables(np.full(MOST, 1 / MOST), "a" * MOST)["rest"].num_rows == 0


@pytest.mark.parametrize("symbols", [MOST + 1, 201])
def test_of_many_characters_the_likeliest_stand_in_order_and_the_rest_is_summed_up(symbols):
    probabilities = np.random.default_rng(symbols).dirichlet(np.full(symbols, 0.5))
    characters = [chr(0x4E00 + i) for i in range(symbols)]
    tables = prediction_tables(probabilities, characters)
    bars = tables["bars"].to_pydict()
    assert bars["probability"] == sorted(probabilities, reverse=True)[:LIKELIEST]
    assert bars["character"][0] == characters[probabilities.argmax()]
    assert bars["rank"] == list(range(1, LIKELIEST + 1))
    (rest,) = tables["rest"]["text"].to_pylist()
    assert rest == f"the other {symbols - LIKELIEST} together: {sum(sorted(probabilities)[:-LIKELIEST]):.0%}"


@pytest.mark.parametrize(("top", "end"), [(0.1, 0.2), (0.3, 0.5), (0.49, 1.0), (1.0, 1.0)])
def test_the_axis_ends_in_steps(top, end):
    tables = prediction_tables(np.array([top, 1 - top if top > 0.5 else 0.0]), ".a")
    assert tables["anchors"]["probability"].to_pylist()[1] == pytest.approx(end * 1.08)


def test_one_spec_for_one_vocabulary():
    first, second = (next_character(LIGHT, symbols=27).to_dict() for _ in range(2))
    assert first == second
