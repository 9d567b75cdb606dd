"""Lists of words in the store: kept once, named, removed only where no run needs them."""

import pytest

from core.dataset import Dataset
from core.runs.errors import Unreadable, WordsInUse
from core.runs.store import Store

TOWNS = Dataset.from_text("\n".join(["bern", "basel", "chur", "genf", *"abcdef"]), "towns.txt")


def names(store):
    return [(kept.name, kept.runs) for kept in store.word_lists()]


def test_an_empty_store_keeps_no_list(store):
    assert store.word_lists() == []


def test_a_kept_list_is_there_for_everybody_and_later(store, tmp_path):
    assert store.keep_words(TOWNS) == "towns.txt"
    again = Store(tmp_path)
    (kept,) = again.word_lists()
    assert (kept.name, kept.runs, kept.sha256) == ("towns.txt", 0, TOWNS.sha256)
    assert again.dataset(kept.sha256) == TOWNS


def test_the_same_words_are_kept_once_under_their_first_name(store):
    store.keep_words(TOWNS)
    assert store.keep_words(Dataset.from_text(TOWNS.text, "copy.txt")) == "towns.txt"
    assert names(store) == [("towns.txt", 0)]


def test_two_files_of_one_name_are_two_lists(store):
    store.keep_words(TOWNS)
    store.keep_words(Dataset.from_text(TOWNS.text + "wil\n", "towns.txt"))
    assert names(store) == [("towns.txt", 0), ("towns.txt", 0)]


def test_the_built_in_list_is_no_kept_one(store, small, words):
    store.create(small(), words)
    store.keep_words(Dataset.builtin())
    assert names(store) == [("few.txt", 1)]


def test_removing_a_list_that_no_run_needs(store):
    store.keep_words(TOWNS)
    store.remove_words(TOWNS.sha256)
    assert store.word_lists() == []
    with pytest.raises(Unreadable, match="load their file on the Data page"):
        store.dataset(TOWNS.sha256)
    store.remove_words(TOWNS.sha256)  # another browser was quicker


def test_words_of_runs_stay(store, small, words):
    run_id = store.create(small(), words)
    with pytest.raises(WordsInUse, match=r"few\.txt stays: 1 run was trained on these words"):
        store.remove_words(words.sha256)
    assert names(store) == [("few.txt", 1)]
    assert store.dataset(store.config(run_id).dataset) == words
    store.create(small(), words)
    with pytest.raises(WordsInUse, match="2 runs were trained on these words"):
        store.remove_words(words.sha256)
