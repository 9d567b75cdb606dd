"""Contexts seen and possible: against sets of strings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset import Dataset
from core.lenses.data.contexts import contexts_seen


def windows(words, n):
    return {("." * n + word)[end : end + n] for word in words for end in range(len(word) + 1)}


@given(words=st.lists(st.text("abé", min_size=1, max_size=7), min_size=10, max_size=30))
def test_counts_are_those_of_sets_of_strings(words):
    data = Dataset.from_text("\n".join(words), "words")
    table = contexts_seen(data, longest=5).set_index("n")
    for n in range(1, 6):
        assert table.loc[n, "possible"] == data.vocab_size**n
        assert table.loc[n, "seen"] == len(windows(words, n))
        known = windows(data.splits["train"], n)
        each = [("." * n + word)[end : end + n] for word in data.splits["val"] for end in range(len(word) + 1)]
        assert table.loc[n, "new_val"] == pytest.approx(np.mean([context not in known for context in each]))
        assert table.loc[n, "examples"] == sum(map(len, words)) + len(words)


def test_the_course_s_first_three_lengths():
    table = contexts_seen(Dataset.builtin(), longest=8)
    assert table["possible"].tolist()[:3] == [27, 729, 19_683]
    assert table["possible"].tolist()[-1] == 282_429_536_481
    assert table["seen"].tolist()[0] == 27
    assert (table["seen"] <= table["examples"]).all()
    assert table["share"].is_monotonic_decreasing
    assert table["new_val"].is_monotonic_increasing


def test_numbers_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="use a shorter context"):
        contexts_seen(Dataset.builtin(), longest=14)


def test_the_largest_vocabulary_fits():
    text = "\n".join([*map(chr, range(0x4E00, 0x4E00 + 200))])
    assert contexts_seen(Dataset.from_text(text, "w"), longest=8)["possible"].iloc[-1] == 201**8
