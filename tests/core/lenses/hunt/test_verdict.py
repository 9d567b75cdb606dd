"""Right answers are told so; wrong ones what speaks against them, and never what it is."""

import re
from dataclasses import replace

import pytest
import torch

from core.dataset import Dataset
from core.lenses.hunt.answer import Answer
from core.lenses.hunt.figures import FIGURES
from core.lenses.hunt.rounds import Round, places
from core.lenses.hunt.verdict import reply, truth
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
    first, evidence = reply(of, Answer("huge-logits", None, "first_loss"), records(of))
    assert first.startswith("Right: Huge initial logits. The last layer's weights")
    assert evidence == "Your evidence shows it."


def test_a_right_answer_with_other_evidence_is_told_what_that_is(records):
    of = hidden("dead-relus", "6.ReLU", "ReLU network")
    evidence = reply(of, Answer("dead-relus", "6.ReLU", "without_gradient"), records(of))[1]
    assert evidence.startswith("Your evidence: The number of Linear layers whose gradient is exactly 0 is ")


def test_the_layer_counts(records):
    of = hidden("frozen-layer", "7.Linear")
    assert Answer("frozen-layer", "7.Linear").right(of)
    assert not Answer("frozen-layer").right(of)
    wrong = Answer("frozen-layer", "3.Linear")
    assert not wrong.right(of)
    assert reply(of, wrong, records(of)) == [
        "“A layer frozen by mistake” is right, but it does not sit in 3.Linear: look at the layers once more."
    ]


def test_no_bug_is_an_answer(records):
    of = hidden(None)
    assert Answer(None).right(of)
    assert reply(of, Answer(None), records(of)) == ["Right: This run has no bug. It is as it should be."]
    assert not Answer("loss-summed").right(of)
    (said,) = reply(of, Answer("loss-summed"), records(of))
    assert re.fullmatch(
        r"It is not “Loss summed, not averaged”\. The batches' loss is [01]\.\d+ times that of validation; "
        r"with this bug it would be above 3\.",
        said,
    )


def test_that_there_is_a_bug_says_on_which_page_it_shows(records):
    of = hidden("contexts-reversed")
    (said,) = reply(of, Answer(None), records(of))
    assert said == "There is a bug: a figure that can be read on Predict is over its line."


def test_evidence_that_does_not_hold_is_told_and_does_not_count(records):
    of = hidden("huge-logits")
    answer = Answer("huge-logits", None, "loss_risen")
    assert answer.right(of)
    assert "not over its line (above 0)" in reply(of, answer, records(of))[1]


@pytest.mark.parametrize("guess", [None, *DEFECTS])
@pytest.mark.parametrize("name", ["huge-logits", "contexts-reversed", "stale-statistics"])
def test_a_wrong_answer_never_says_what_it_is(name, guess, records):
    of = hidden(name)
    if guess == name:
        return
    said = " ".join(reply(of, Answer(guess, None, "validation_gap"), records(of)))
    assert "Right" not in said
    assert of.defect.title not in said
    assert name not in said
    assert of.defect.did not in said


@pytest.mark.parametrize("guess", DEFECTS)
def test_a_figure_is_told_once(guess, records):
    """Evidence that is the guessed bug's own figure is in what speaks against it."""
    of, figure = hidden("huge-logits"), DEFECTS[guess].figure
    replies = reply(of, Answer(guess, None, figure), records(of))
    told = FIGURES[figure].told(FIGURES[figure].value(records(of)) or 0.0)
    assert " ".join(replies).lower().count(told.lower()) <= 1
    assert len(replies) == (2 if guess == "huge-logits" else 1)


def test_a_bug_that_the_model_has_no_place_for_is_said_to_need_one(records):
    of = hidden("huge-logits")
    assert not places(DEFECTS["dead-relus"], of.model)
    (said,) = reply(of, Answer("dead-relus", "4.ReLU"), records(of))
    assert said == "It is not “Dead ReLUs”. It needs a Linear with a bias before a ReLU, and this model has none."


def test_a_guess_whose_figure_is_crossed_by_another_bug_is_sent_to_look_further(records):
    of = hidden("contexts-reversed")
    (said,) = reply(of, Answer("targets-shifted"), records(of))
    assert said.endswith(". This bug would do that, too, but here it has another cause: look at Predict again.")


def test_a_figure_that_cannot_be_read_is_said_so(records):
    """With its last ReLU dead, no weight has a gradient that could grow."""
    of = hidden("dead-relus", "6.ReLU", "ReLU network")
    (said,) = reply(of, Answer("gradients-add-up"), records(of))
    assert said == "It is not “Gradients not zeroed”. The figure that would show it cannot be read in this run."


def test_a_line_that_a_healthy_run_crosses_by_chance_is_no_evidence(records):
    of = hidden(None)
    (said,) = reply(of, Answer("targets-shifted"), records(hidden("contexts-reversed")))
    assert said.endswith(". This bug would do that, too, but here it has another cause.")


def test_the_truth_names_the_layer():
    assert truth(hidden("frozen-layer", "7.Linear")).endswith("Here it is 7.Linear.")
