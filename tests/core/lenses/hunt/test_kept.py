"""What the browser keeps of the hunt comes back whole; of what a stranger wrote, only what could have been answered."""

import json

import pytest

from core.lenses.hunt.answer import Answer, Progress
from core.lenses.hunt.kept import MAX_TEXT, from_json, to_json
from core.lenses.hunt.rounds import round_of

TOKEN = "k3x9-q7"  # a deep tanh network without its gain
FROZEN = "ap49-q7"  # 5.Linear of a ReLU network
FOUND, WRONG = Answer("no-gain", None, "fading"), Answer("frozen-layer", "3.Linear")


def progress(token, *answers):
    said = Progress()
    for answer in answers:
        said = said.after(round_of(token), answer)
    return said


def test_what_is_kept_comes_back():
    rounds = {
        TOKEN: progress(TOKEN, WRONG, Answer(None), FOUND),
        FROZEN: Progress((WRONG,), revealed=True),
    }
    assert rounds[TOKEN].found
    assert from_json(to_json(rounds)) == rounds


def test_a_round_that_was_only_looked_at_is_not_kept():
    assert json.loads(to_json({TOKEN: Progress()})) == {}


def test_found_is_not_believed_but_found_anew():
    text = json.dumps({TOKEN: {"answers": [["huge-logits", None, None]], "found": True, "revealed": 1}})
    assert from_json(text) == {TOKEN: Progress((Answer("huge-logits"),))}


@pytest.mark.parametrize(
    "answers",
    [
        [["no-such-bug", None, None]],
        [["frozen-layer", "99.Linear", None]],
        [["frozen-layer", None, None]],
        [["no-gain", "3.Linear", None]],
        [["no-gain", None, "<script>"]],
        [[None, "3.Linear", None]],
        [["no-gain"]],
        [[[], {}, []]],
        ["no-gain"],
        "no-gain",
        {"0": ["no-gain", None, None]},
        None,
    ],
)
def test_an_answer_that_nobody_could_give_is_left_out(answers):
    good = {"answers": [["no-gain", None, "fading"]]}
    assert from_json(json.dumps({FROZEN: {"answers": answers}, TOKEN: good})) == {TOKEN: progress(TOKEN, FOUND)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "[" * 50_000,
        "{" + " " * MAX_TEXT + "}",
        '{"k3x9-q8": {"answers": [[null, null, null]]}}',
        '{"k3x9-q7": 3}',
        '{"k3x9-q7": {"answers": [[1e999, NaN, -0]]}}',
    ],
)
def test_a_text_that_holds_nothing_gives_nothing(text):
    assert from_json(text) == {}
