"""A typed text is spelt as the model's words are."""

import pytest

from core.dataset import Dataset
from explorer.panels.typed_text import fitted, known_only

WORDS = ["Anna", "bea", "cid", "dan", "eve", "fay", "gus", "hal", "ida", "jo"]
OWN = Dataset.from_text("\n".join(WORDS), "own.txt")


@pytest.mark.parametrize(
    ("typed", "read"), [("Anna", "Anna"), ("EVE", "eve"), ("Bea", "bea"), ("b.a", "b.a"), ("X4 ", "X4 "), ("İ", "İ")]
)
def test_only_a_capital_that_the_words_have_not_becomes_a_small_letter(typed, read):
    assert fitted(typed, OWN) == read


def test_what_the_words_have_not_is_left_out():
    assert known_only("A4n.x", OWN) == "An."
