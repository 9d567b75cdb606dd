import numpy as np

from core.lenses.embedding import Letters
from explorer.charts.embedding import embedding_chart, letter_tables
from explorer.theme import LIGHT


def made_up(places) -> Letters:
    places = np.asarray(places, np.float64)
    return Letters(10, ".ab-"[: len(places)], np.zeros_like(places), places, channels=10, share=0.4, reach=3.5)


def test_each_character_has_its_place_and_kind():
    tables = letter_tables(made_up([[0, 0], [3, 4], [1, -1], [2, 2]]))
    letters = tables["letters"].to_pydict()
    assert letters["character"] == [".", "a", "b", "-"]
    assert letters["kind"] == ["end", "vowel", "consonant", "other"]
    assert letters["moved"][1] == 5
    assert tables["anchors"].to_pydict() == {"reach": [-3.5, 3.5]}


def test_places_that_are_no_numbers_are_left_out_and_counted():
    letters = made_up([[0, 0], [np.nan, 1], [np.inf, 0]])
    assert letter_tables(letters)["letters"]["character"].to_pylist() == ["."]
    assert letters.finite.tolist() == [True, False, False]


def test_the_spec_is_constant():
    assert embedding_chart(LIGHT).to_dict() == embedding_chart(LIGHT).to_dict()
