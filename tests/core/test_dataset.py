"""Words, vocabulary, splits and examples: against the course's figures, a slow rewriting, and bad files."""

import dataclasses
import os
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import dataset as module
from core.dataset import NOTHING, Dataset, DatasetError

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "charlotte", "mia", "amelia", "harper", "evelyn", "zoë"]


def one_by_one(words, context, codes):
    """The course's loop: a window that slides over every word and its end."""
    xs, ys = [], []
    for word in words:
        window = [0] * context
        for char in word + ".":
            xs.append(window)
            ys.append(codes[char])
            window = [*window[1:], codes[char]]
    return np.array(xs), np.array(ys)


@pytest.fixture(scope="module")
def builtin():
    return Dataset.builtin()


def test_figures_of_the_course(lecture):
    assert len(lecture.words) == 32_033
    assert lecture.chars == "abcdefghijklmnopqrstuvwxyz"
    assert lecture.vocab_size == 27
    assert {min(map(len, lecture.words)), max(map(len, lecture.words))} == {2, 15}
    assert [len(lecture.examples(split, 8)[1]) for split in ("train", "val", "test")] == [182_625, 22_655, 22_866]


def test_the_split_is_the_course_s_own(lecture):
    words = list(lecture.words)
    random.seed(42)
    random.shuffle(words)
    assert sum(lecture.splits.values(), ()) == tuple(words)
    assert [len(words) for words in lecture.splits.values()] == [25_626, 3_203, 3_204]


def test_first_contexts_of_the_course(lecture):
    """The table that part 5 prints: the first name of the shuffled list is "yuheng"."""
    contexts, targets = lecture.examples("train", 8)
    rows = [lecture.decode(x) + " --> " + lecture.decode([y]) for x, y in zip(contexts[:7], targets[:7], strict=True)]
    assert rows[:3] == ["........ --> y", ".......y --> u", "......yu --> h"]
    assert rows[6] == "..yuheng --> ."


def test_figures_of_the_builtin_list(builtin):
    assert (len(builtin.words), len(set(builtin.words))) == (32_257, 29_693)
    assert builtin.vocab_size == 27
    assert builtin.sha256 == "bd02dfd33179e23ec2dd093cbd4de619834f75d660ef1ae04d3127e7a0110053"
    assert [len(words) for words in builtin.splits.values()] == [25_805, 3_226, 3_226]
    assert [len(builtin.examples(split, 3)[1]) for split in builtin.splits] == [183_802, 22_949, 23_053]


def test_data_readme_states_the_list_s_own_sha256(builtin):
    assert builtin.sha256 in (Path(module.BUILTIN).parent / "README.md").read_text()


@given(words=st.lists(st.text("abcé😀", min_size=1, max_size=7), min_size=10, max_size=30), context=st.integers(1, 9))
def test_examples_are_the_sliding_window_of_every_word(words, context):
    data = Dataset.from_text("\n".join(words), "words")
    codes = {char: code for code, char in enumerate("." + data.chars)}
    for split, chosen in data.splits.items():
        contexts, targets = data.examples(split, context)
        expected_contexts, expected_targets = one_by_one(chosen, context, codes)
        assert contexts.dtype == targets.dtype == np.int64
        np.testing.assert_array_equal(contexts, expected_contexts)
        np.testing.assert_array_equal(targets, expected_targets)


@given(
    words=st.lists(st.text("abcé", min_size=1, max_size=9), min_size=10, max_size=30),
    context=st.integers(1, 6),
    positions=st.integers(2, 7),
)
def test_stretches_hold_every_prediction_of_every_word_once(words, context, positions):
    data = Dataset.from_text("\n".join(words), "words")
    for split in (*data.splits, "all"):
        contexts, targets = data.examples(split, context, positions)
        assert contexts.shape == (data.size(split, positions), context + positions - 1)
        assert targets.shape == (len(contexts), positions)
        windows = np.lib.stride_tricks.sliding_window_view(contexts, context, axis=1)
        single_contexts, single_targets = data.examples(split, context)
        there = targets != NOTHING
        np.testing.assert_array_equal(targets[there], single_targets)  # row by row: in the order of the words
        np.testing.assert_array_equal(windows[there], single_contexts)
        assert there[:, -1].all(), "a stretch ends with a prediction"
        assert (np.diff(there.astype(int), axis=1) >= 0).all(), "there is nothing before a word's beginning only"


def test_all_words_in_their_own_order():
    data = Dataset.from_text("\n".join(WORDS), "words")
    _, targets = data.examples("all", 2)
    assert data.decode(targets) == "".join(word + "." for word in WORDS)


def test_examples_are_shared_and_cannot_be_written(builtin):
    contexts, targets = builtin.examples("val", 4)
    assert builtin.examples("val", 4)[0] is contexts
    with pytest.raises(ValueError, match="read-only"):
        contexts[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        targets[0] = 1


def test_shuffling_leaves_the_global_random_numbers_alone():
    random.seed(7)
    expected = random.random()
    random.seed(7)
    assert Dataset.from_text("\n".join(WORDS), "words").splits["train"]
    assert random.random() == expected


def test_encode_and_decode_are_inverse(builtin):
    assert builtin.encode(".emma.") == [0, 5, 13, 13, 1, 0]
    assert builtin.decode(builtin.encode(".emma.")) == ".emma."


def test_encode_names_the_character_it_does_not_know(builtin):
    with pytest.raises(DatasetError, match=r"'é' does not occur in names.txt: use only abc.*xyz\.$"):
        builtin.encode("zoé")


@pytest.mark.parametrize(("text", "expected"), [("", "....."), ("ab", "...ab"), ("emmanuel", "anuel")])
def test_window_is_the_end_of_the_text_padded_on_the_left(builtin, text, expected):
    assert builtin.decode(builtin.window(text, 5)) == expected


def test_frozen(builtin):
    with pytest.raises(dataclasses.FrozenInstanceError):
        builtin.name = "other"


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(WORDS),
        "\r\n".join(WORDS) + "\r\n",
        "\r".join(WORDS),
        "\ufeff" + "\n\n".join(WORDS),
        "  \n".join(WORDS),
    ],
    ids=["plain", "crlf", "cr", "bom and blank lines", "trailing spaces"],
)
def test_line_ends_blank_lines_and_bom_do_not_matter(text):
    data = Dataset.from_bytes(text.encode(), "words")
    assert data.words == tuple(WORDS)
    assert data.sha256 == Dataset.from_text("\n".join(WORDS), "words").sha256


def test_text_gives_the_same_dataset_again(builtin):
    again = Dataset.from_text(builtin.text, builtin.name)
    assert again == builtin
    assert again.sha256 == builtin.sha256


TEN = "\n".join(WORDS) + "\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "w.txt is empty: give a text file with one word a line."),
        (b"\xef\xbb\xbf\r\n \n", "w.txt is empty: give a text file with one word a line."),
        (b"emma", "w.txt has only 1 word: give at least 10, one a line."),
        (b"emma\nava\n" * 4, "w.txt has only 8 words: give at least 10, one a line."),
        (
            b"emma\n\0ava",
            "w.txt is not plain text in UTF-8, line 2 has the byte 0x00: save it as UTF-8, with one word a line.",
        ),
        (
            b"emma\r\nren\xe9e\r\n",
            "w.txt is not plain text in UTF-8, line 2 has the byte 0xE9: save it as UTF-8, with one word a line.",
        ),
        (
            b"\x89PNG\r\n\x1a\n",
            "w.txt is not plain text in UTF-8, line 1 has the byte 0x89: save it as UTF-8, with one word a line.",
        ),
        (
            TEN.encode("utf-16"),
            "w.txt is not plain text in UTF-8, line 1 has the byte 0xFF: save it as UTF-8, with one word a line.",
        ),
        (b"a" * 10_000_000, "Line 1 of w.txt has 10,000,000 characters, a word at most 100: write one word a line."),
        (
            TEN.encode() + b"b" * 101,
            "Line 12 of w.txt has 101 characters, a word at most 100: write one word a line.",
        ),
        (b"emma\nst.john\n", "Line 2 of w.txt has a '.', which marks the end of a word: take it out."),
        (b"emma\n\nmary ann", "Line 3 of w.txt has a space inside a word: write one word a line."),
        ("a\u00a0b".encode(), "Line 1 of w.txt has a space inside a word: write one word a line."),
        (
            b"em\x1bma",
            "Line 1 of w.txt has a control character (code 27): give plain text with one word a line.",
        ),
        (
            "\n".join(map(chr, range(0x4E00, 0x4E00 + 201))).encode(),
            "w.txt has 201 distinct characters, at most 200 are possible: give words of an alphabet.",
        ),
    ],
)
def test_a_bad_file_gets_one_clear_sentence(tmp_path, data, message):
    path = tmp_path / "w.txt"
    path.write_bytes(data)
    with pytest.raises(DatasetError) as error:
        Dataset.from_file(path)
    assert str(error.value) == message


def test_a_word_of_100_characters_and_200_distinct_ones_are_fine():
    text = "\n".join([*map(chr, range(0x4E00, 0x4E00 + 199)), "\u4e00" * 99 + "z"])
    assert Dataset.from_text(text, "w.txt").vocab_size == 201


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(DatasetError, match=r"none\.txt does not exist: give the path"):
        Dataset.from_file(tmp_path / "none.txt")
    with pytest.raises(DatasetError, match=r"cannot be read \(Is a directory\): give a readable text file"):
        Dataset.from_file(tmp_path)


def test_words_may_come_through_a_pipe_and_a_device_without_end_is_too_large(monkeypatch):
    """As `--data <(grep ^a names.txt)` in a shell."""
    words, ours = os.pipe()
    os.write(ours, "\n".join(["emma", "ava", *"abcdefghi"]).encode())
    os.close(ours)
    assert Dataset.from_file(f"/dev/fd/{words}").words[:2] == ("emma", "ava")
    os.close(words)
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    with pytest.raises(DatasetError, match="zero is larger than 1 MB"):
        Dataset.from_file("/dev/zero")


def test_a_file_over_the_limit_is_refused_before_it_is_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    path = tmp_path / "large.txt"
    path.write_bytes(b"emma\n" * 200_001)
    with pytest.raises(DatasetError, match=r"large.txt is larger than 1 MB: give a smaller file\."):
        Dataset.from_file(path)


def test_examples_that_would_fill_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr(module, "MAX_EXAMPLE_BYTES", 2**30)
    monkeypatch.setattr(Dataset, "splits", {"train": ("a" * 100,) * 30_000})
    with pytest.raises(DatasetError, match=r"with a context of 64 needs 1.4 GB of examples, at most 1 GB"):
        Dataset("words", ("a",)).examples("train", 64)
