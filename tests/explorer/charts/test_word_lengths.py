"""How long the words are: every word counted once, and the ones that fit told apart."""

from core.dataset import Dataset
from explorer.charts.word_lengths import length_table, word_lengths
from explorer.theme import LIGHT


def test_every_word_is_counted_once():
    words = Dataset.builtin().words
    table = length_table(words)
    assert sum(table["words"].to_pylist()) == len(words)
    assert table["length"].to_pylist()[-1] == max(map(len, words))
    few = length_table(["ava", "mia", "maria"]).to_pylist()
    assert few == [{"length": 3, "words": 2}, {"length": 4, "words": 0}, {"length": 5, "words": 1}]


def test_what_fits_has_the_colour_of_positions():
    color = word_lengths(LIGHT, context=8).to_dict()["encoding"]["color"]
    assert color["condition"] == {"test": "datum.length <= 8", "value": LIGHT.time}
    assert color["value"] == LIGHT.faint
