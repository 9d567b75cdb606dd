"""Answers are kept as text, read back as text, and counted only where they hold."""

import json

import pytest
import torch

from core.dataset import Dataset
from core.lenses.backprop.backward import EXERCISES, SMALL_STEPS
from core.lenses.backprop.network import first_look
from core.lenses.backprop.progress import MAX_FILE, Progress, ProgressError, accepted


@pytest.fixture
def everything():
    progress = Progress()
    for name, exercise in EXERCISES.items():
        progress = progress.solved(name, exercise.solution)
    return progress


def test_a_file_gives_the_same_progress(everything):
    taken = everything.solved("dC", EXERCISES["dC"].solution, taken=True)
    assert Progress.from_json(taken.to_json()) == taken
    assert hash(Progress.from_json(taken.to_json())) == hash(taken)


def test_all_answers_hold(look, everything):
    assert everything.holding(look) == everything
    assert list(accepted(everything, look)) == list(SMALL_STEPS)


def test_an_answer_that_reads_one_that_is_not_there_waits(look):
    progress = Progress().solved("dcounts", "counts_sum_inv * dprobs + dcounts_sum")
    assert accepted(progress, look) == {}
    assert progress.holding(look).answers == {}


def test_answers_may_come_in_another_order(look):
    """dlogits in closed form, then backwards from it."""
    progress = Progress({"dh": "dlogits @ W2.T", "dlogits": "(probs - F.one_hot(Yb, 27)) / n"})
    assert set(accepted(progress, look)) == {"dh", "dlogits"}


def test_what_arrives_are_autograd_s_numbers(look, everything):
    """The course's own line came out as float noise after an answer that was right but for its last bits."""
    noisy = everything.solved("dnorm_logits", "counts * dcounts * 3 / 3")
    for name, value in accepted(noisy, look).items():
        assert torch.equal(value, look.gradients[name[1:]])


def test_a_wrong_answer_in_a_file_does_not_count(look, everything):
    loaded = Progress.from_json(everything.solved("dprobs", "dlogprobs * probs").to_json())
    assert "dprobs" not in loaded.holding(look).answers
    assert "dcounts" not in loaded.holding(look).answers  # it reads dprobs
    assert "dlogprobs" in loaded.holding(look).answers


def test_what_was_taken_and_then_solved_is_solved(everything):
    progress = Progress().solved("dC", "x", taken=True)
    assert progress.taken == {"dC"}
    assert progress.solved("dC", "y").taken == frozenset()


def test_answers_for_other_words_may_not_hold(everything):
    few = first_look(Dataset.from_text("\n".join(["anna", "otto", "abba"] * 5), "few.txt"))
    literal = everything.solved("dlogprobs", "-F.one_hot(Yb, 27) / n")
    assert "dlogprobs" not in literal.holding(few).answers
    assert len(everything.holding(few).answers) == len(EXERCISES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 5_000,
        '{"format": "other"}',
        '{"format": "makemore-explorer backprop 1"}',
        '{"format": "makemore-explorer backprop 1", "answers": []}',
        '{"format": "makemore-explorer backprop 1", "answers": {"dprobs": 1}}',
        '{"format": "makemore-explorer backprop 1", "answers": {"os.system": "x"}}',
        '{"format": "makemore-explorer backprop 1", "answers": {}, "taken": {}}',
        json.dumps({"format": "makemore-explorer backprop 1", "answers": {"dprobs": "x" * 2_000}}),
        " " * (MAX_FILE + 1),
    ],
    ids=lambda text: repr(text[:40]),
)
def test_a_file_that_is_none_is_one_sentence(text):
    with pytest.raises(ProgressError, match=r"^[A-Z][^\n]*\.$"):
        Progress.from_json(text)


def test_a_hostile_answer_in_a_file_is_never_run(look):
    answers = {"dprobs": "__import__('os').system('touch /tmp/never')", "dlogprobs": "torch.zeros(10**10)"}
    assert Progress(answers).holding(look).answers == {}
