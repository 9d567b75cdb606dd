"""Right answers are told so; wrong ones what speaks against them, and never what it is."""

from dataclasses import replace

import pytest
import torch

from core.dataset import Dataset
from core.lenses.hunt.answer import Answer
from core.lenses.hunt.rounds import Round
from core.lenses.hunt.verdict import judge, truth
from core.training.defects import DEFECTS
from tests.core.lenses.hunt.recording import recorded


def hidden(defect, layer=None, model="wavenet"):
    return Round("k3x9-q7", model, DEFECTS[defect] if defect else None, layer, 5)


@pytest.fixture(scope="module")
def records():
    """By bug: what its run recorded, trained once."""
    names, kept = Dataset.builtin(), {}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def record(of: Round):
        if of not in kept:
            kept[of] = recorded(replace(of.config(), steps=200), names)
        return kept[of]

    yield record
    torch.set_num_threads(threads)


def test_a_right_answer_with_its_evidence(records):
    of = hidden("huge-logits")
    verdict = judge(of, Answer("huge-logits", None, "first_loss"), records(of))
    assert verdict.right
    assert verdict.sentences[0].startswith("Right: Huge initial logits. The last layer's weights")
    assert verdict.sentences[1].startswith("Your evidence: First loss, as times that of guessing: ")
    assert verdict.sentences[1].endswith("above the line of 1.5.")


def test_the_layer_counts(records):
    of = hidden("frozen-layer", "7.Linear")
    assert judge(of, Answer("frozen-layer", "7.Linear"), records(of)).right
    verdict = judge(of, Answer("frozen-layer", "3.Linear"), records(of))
    assert not verdict.right
    assert verdict.sentences == ("A layer frozen by mistake it is, but not in 3.Linear.",)


def test_no_bug_is_an_answer(records):
    of = hidden(None)
    assert judge(of, Answer(None), records(of)).right
    wrong = judge(of, Answer("loss-summed"), records(of))
    assert not wrong.right
    assert "It would lift this figure above 3, and it is" in wrong.sentences[0]
    assert truth(of) == "No bug: this run is as it should be."


def test_evidence_that_does_not_hold_is_told_and_does_not_count(records):
    of = hidden("huge-logits")
    verdict = judge(of, Answer("huge-logits", None, "loss_risen"), records(of))
    assert verdict.right
    assert "not above the line of 0" in verdict.sentences[1]


@pytest.mark.parametrize("guess", [None, *DEFECTS])
@pytest.mark.parametrize("name", ["huge-logits", "contexts-reversed", "stale-statistics"])
def test_a_wrong_answer_never_says_what_it_is(name, guess, records):
    of = hidden(name)
    if guess == name:
        return
    verdict = judge(of, Answer(guess, None, "validation_gap"), records(of))
    assert not verdict.right
    said = " ".join(verdict.sentences)
    assert of.defect.title not in said
    assert name not in said
    assert of.defect.did not in said


def test_a_guess_whose_figure_is_crossed_by_another_bug_is_sent_to_look_further(records):
    of = hidden("contexts-reversed")
    verdict = judge(of, Answer("targets-shifted"), records(of))
    assert "another bug does that, too: look at Predict as well" in verdict.sentences[0]


def test_the_truth_names_the_layer():
    assert truth(hidden("frozen-layer", "7.Linear")).endswith("Here it is 7.Linear.")
