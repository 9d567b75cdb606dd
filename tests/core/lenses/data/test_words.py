"""A list of words in numbers: against the course's figures and slow rewritings."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset import Dataset, DatasetError
from core.lenses.data.words import examples_of, splits, summary, symbols, unusual

LISTS = st.lists(st.text("abcé", min_size=1, max_size=6), min_size=10, max_size=40)


def listed(words) -> Dataset:
    return Dataset.from_text("\n".join(words), "words")


@pytest.mark.parametrize("context", [1, 3, 8, 20])
def test_examples_of_the_first_word_are_the_dataset_s_own(context):
    """Where a list's training split begins with a word, its first examples are that word's."""
    names = Dataset.builtin()
    word = names.splits["train"][0]
    contexts, targets = examples_of(word, names, context)
    expected = names.examples("train", context)
    np.testing.assert_array_equal(contexts, expected[0][: len(word) + 1])
    np.testing.assert_array_equal(targets, expected[1][: len(word) + 1])


def test_no_word_is_one_example_its_end():
    contexts, targets = examples_of("", Dataset.builtin(), 4)
    assert contexts.tolist() == [[0, 0, 0, 0]]
    assert targets.tolist() == [0]


def test_an_unknown_character_is_named():
    with pytest.raises(DatasetError, match="'4' does not occur"):
        examples_of("em4", Dataset.builtin(), 3)


def test_figures_of_the_course(lecture):
    facts = summary(lecture)
    assert (facts.words, facts.symbols, facts.shortest, facts.longest) == (32_033, 27, 2, 15)
    assert facts.examples == 228_146
    table = splits(lecture)
    assert table["words"].tolist() == [25_626, 3_203, 3_204]
    assert table["examples"].tolist() == [182_625, 22_655, 22_866]


def test_the_built_in_list_has_names_twice():
    facts = summary(Dataset.builtin())
    assert (facts.words, facts.distinct, facts.repeated) == (32_257, 29_693, 2_564)


@given(words=LISTS)
def test_symbols_count_every_character_and_end(words):
    data = listed(words)
    found = symbols(data)
    assert "".join(found["symbol"]) == "." + data.chars
    assert found["count"].tolist() == [len(words), *("".join(words).count(char) for char in data.chars)]
    assert found["share"].sum() == pytest.approx(1)
    assert found["count"].sum() == summary(data).examples == splits(data)["examples"].sum()


@given(words=LISTS)
def test_splits_say_which_words_others_have_too(words):
    data = listed(words)
    shuffled = list(words)
    random.Random(42).shuffle(shuffled)
    n1, n2 = int(0.8 * len(words)), int(0.9 * len(words))
    parts = {"train": shuffled[:n1], "val": shuffled[n1:n2], "test": shuffled[n2:]}
    table = splits(data).set_index("split")
    for split, own in parts.items():
        assert table.loc[split, "words"] == len(own)
        for other, theirs in parts.items():
            assert table.loc[split, f"in_{other}"] == sum(word in theirs for word in set(own))


def test_symbols_that_may_not_be_meant_come_rarest_first():
    words = ["emma", "ava", "mia"] * 400 + ["Eve", "m1a", "m1", "a<b"]
    assert unusual(listed(words)) == {"<": 1, "E": 1, "b": 1, "1": 2}
    assert unusual(listed([word.upper() for word in ["emma", "ava", "mia"] * 4])) == {}, "capitals alone are letters"
