"""Files of words, line by line: what is kept, what is left out, and that it is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset import Dataset, DatasetError, fault_of
from core.lenses.data.word_file import LISTED, SHOWN, read

GOOD = ["emma", "olivia", "ava", "isabella", "sophia", "charlotte", "mia", "amelia", "harper", "evelyn"]


def file(*lines: str) -> bytes:
    return "\n".join([*GOOD, *lines]).encode()


def remarks(data: bytes):
    return [(remark.line, remark.shown, remark.what, remark.outcome) for remark in read(data, "w.txt").remarks]


def test_a_clean_file_has_nothing_to_say():
    reading = read(file(), "w.txt")
    assert reading.dataset == Dataset.from_bytes(file(), "w.txt")
    assert (reading.remarks, reading.left_out, reading.lines) == ([], 0, 10)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_no_remark(end):
    data = ("\ufeff" + end.join(GOOD) + end).encode()
    reading = read(data, "w.txt")
    assert reading.remarks == []
    assert reading.dataset.words == tuple(GOOD)


@pytest.mark.parametrize(
    ("line", "shown", "what", "outcome"),
    [
        ("mary ann", "mary ann", "has a space inside a word", "left out"),
        ("st.john", "st.john", "has a '.', which marks the end of a word", "left out"),
        ("em\x1bma", "em\x1bma", "has a control character (code 27)", "left out"),
        ("b" * 101, "b" * (SHOWN - 1) + "…", "has 101 characters, a word at most 100", "left out"),
        ("  zoe", "  zoe", "has spaces around the word", "kept without them"),
        ("ava", "ava", "is the same word as line 3", "kept: it counts twice"),
    ],
)
def test_each_kind_of_line_is_named_with_what_happens(line, shown, what, outcome):
    assert remarks(file(line, "noah")) == [(11, shown, what, outcome)]
    kept = line.strip() in read(file(line, "noah"), "w.txt").dataset.words
    assert kept == (outcome != "left out")


def test_a_blank_line_is_skipped_and_said():
    assert remarks(file("", "noah")) == [(11, "", "is blank", "skipped")]


def test_a_word_that_comes_again_and_again_is_counted():
    assert [remark[3] for remark in remarks(file("ava", "ava"))] == ["kept: it counts twice", "kept: it counts 3 times"]


def test_of_one_kind_only_the_first_are_listed_and_all_counted():
    reading = read(file(*["a b"] * 1000, "noah", "x y"), "w.txt")
    assert len(reading.remarks) == LISTED
    assert reading.left_out == 1001
    assert len(reading.dataset.words) == 11


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "w.txt is empty: give a text file with one word a line."),
        (b"\n \n", "w.txt is empty: give a text file with one word a line."),
        (
            b"emma\r\nren\xe9e\r\n",
            "w.txt is not plain text in UTF-8, line 2 has the byte 0xE9: save it as UTF-8, with one word a line.",
        ),
        (
            b"\x89PNG\r\n\x1a\n",
            "w.txt is not plain text in UTF-8, line 1 has the byte 0x89: save it as UTF-8, with one word a line.",
        ),
        (
            b"emma\0",
            "w.txt is not plain text in UTF-8, line 1 has the byte 0x00: save it as UTF-8, with one word a line.",
        ),
        (b"emma", "w.txt has only 1 word: give at least 10, one a line."),
        (
            b"a" * 10_000_000,
            "No word is left of w.txt, at least 10 are needed: "
            "line 1 has 10,000,000 characters, a word at most 100, and is left out.",
        ),
        (
            b"one two\nemma\na.b\n",
            "Only 1 word is left of w.txt, at least 10 are needed: "
            "line 1 has a space inside a word and is left out, as is 1 more line.",
        ),
    ],
)
def test_a_file_that_holds_no_list_is_one_clear_sentence(data, message):
    with pytest.raises(DatasetError) as refused:
        read(data, "w.txt")
    assert str(refused.value) == message


def test_what_is_left_out_is_one_sentence():
    assert read(file("noah"), "w.txt").notice is None
    notice = read(file("noah", "a b", "x.y", "c d"), "w.txt").notice
    assert notice == "w.txt: line 12 has a space inside a word and is left out, as are 2 more lines."


@given(st.lists(st.text(st.sampled_from("ab .\t\x01\u00a0"), max_size=5), max_size=12))
def test_what_is_kept_is_what_a_strict_reading_takes(lines):
    """All lines that are left out taken away, the file is one that everything reads, and with the same words."""
    data = file(*lines)
    reading = read(data, "w.txt")
    out = {remark.line for remark in reading.remarks if remark.outcome == "left out"}
    rest = [line for number, line in enumerate(data.decode().split("\n"), 1) if number not in out]
    assert Dataset.from_text("\n".join(rest), "w.txt") == reading.dataset
    assert all(any(fault_of(char) for char in lines[number - 11].strip()) for number in out)
