"""What a user wrote reaches the page letter by letter."""

import re

import pytest

from explorer.markdown import plain


@pytest.mark.parametrize(
    "text", ["$x$ *hi* :red[boo]", "__import__('os')", "`a` <b> [c](d) ~e~ \\f | &amp;", "# one", "> two", "+ three"]
)
def test_no_character_keeps_a_meaning_of_its_own(text):
    shown = plain(text)
    assert not re.search(r"(?<!\\)[`*_$~\[\]<>&|]", re.sub(r"\\\\", "", shown))
    assert re.sub(r"\\(.)", r"\1", shown.replace("\u2060", "")) == text


def test_a_colon_before_a_letter_starts_no_directive_and_no_emoji():
    assert plain(":red[boo] :smile: line 3: Linear") == ("\\:\u2060red\\[boo\\] \\:\u2060smile: line 3: Linear")


@pytest.mark.parametrize(("text", "shown"), [("1. a", "1\\. a"), ("- a", "\\- a"), ("1 word", "1 word"), ("", "")])
def test_a_line_begins_no_list(text, shown):
    assert plain(text) == shown


def test_an_ordinary_sentence_stays_as_it_is():
    sentence = (
        "line 3: Linear expects 80 in its last dimension, FlattenConsecutive in line 2 gives (B, 4, 20): "
        "write Linear(20, ...)"
    )
    assert plain(sentence) == sentence
