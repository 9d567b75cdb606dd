"""Rounds follow from their token alone, cover every bug, and say nothing of it."""

from collections import Counter
from contextlib import suppress

import pytest

from core.dataset import Dataset
from core.lenses.hunt.rounds import MODELS, NoRound, new_token, places, round_of, tidy
from core.spelling import ALPHABET
from core.training.defects import DEFECTS


def tokens_of(starts):
    """Of each five characters the token that begins with them."""
    return [token for start in starts for last in ALPHABET if (token := spelt(start + last))]


def spelt(text):
    """A token in its one spelling; None where it is none."""
    with suppress(NoRound):
        return tidy(text)


TOKENS = tokens_of(f"{a}{b}{c}9q" for a in "abcdefghjk" for b in "mnpqrstuvw" for c in "xyz2345")


def test_a_token_is_the_same_round_on_every_machine():
    """Links that were handed out must not change their round: another SALT, if rounds ever have to."""
    found = [round_of(token) for token in ("k3x9-q7", "am49-qc", "asx9-q6")]
    told = [(r.model, r.defect and r.defect.name, r.layer, r.seed) for r in found]
    assert told == EXPECTED


EXPECTED = [
    ("deep tanh network", "no-gain", None, 4683),
    ("wavenet", "targets-shifted", None, 1962),
    ("wavenet", "huge-logits", None, 9310),
]


def test_all_bugs_and_none_come_up_on_models_that_they_fit():
    rounds = [round_of(token) for token in TOKENS]
    counts = Counter(r.defect.name if r.defect else None for r in rounds)
    assert counts.keys() == {None, *DEFECTS}
    assert min(counts.values()) > len(TOKENS) / 30
    for r in rounds:
        assert r.model in MODELS
        if r.defect:
            assert places(r.defect, r.model)
            assert (r.layer in places(r.defect, r.model)) == r.defect.single


def test_a_model_does_not_give_its_bug_away():
    """On every model there is a choice: several bugs, and none."""
    for model in MODELS:
        found = {r.defect and r.defect.name for token in TOKENS if (r := round_of(token)).model == model}
        assert None in found
        assert len(found) >= 10


def test_every_round_can_be_trained():
    names = Dataset.builtin()
    for token in TOKENS[:60]:
        hidden = round_of(token)
        assert hidden.config().shapes(names)
        assert hidden.config(healthy=True).defect is None
        assert hidden.config(healthy=True).seed == hidden.config().seed


@pytest.mark.parametrize("said", ["K3X9-Q7", "k3x9q7", " k3x9 q7 ", "k3-x9-q7"])
def test_a_token_may_be_read_aloud(said):
    assert round_of(said) == round_of("k3x9-q7")


@pytest.mark.parametrize("said", ["", "k3x9", "k3x9-q7a", "k3x9-q0", "../../x", "k3x9-ql", "\u0661" * 6])
def test_what_is_no_token_is_said(said):
    with pytest.raises(NoRound, match="six letters or digits"):
        round_of(said)


def test_new_tokens_are_tokens_and_differ():
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(tidy(token) == token for token in tokens)


def test_five_characters_begin_one_token():
    assert len(TOKENS) == len(set(TOKENS)) == 700


@pytest.mark.parametrize("token", ["k3x9-q7", *TOKENS[::70]])
def test_a_slip_makes_no_other_round(token):
    letters = token.replace("-", "")
    wrong = {letters[:i] + other + letters[i + 1 :] for i in range(6) for other in ALPHABET} - {letters}
    swapped = {letters[:i] + letters[i + 1] + letters[i] + letters[i + 2 :] for i in range(5)} - {letters}
    assert len(wrong) == 180
    for slip in wrong | swapped:
        with pytest.raises(NoRound, match="a character is wrong, or two are swapped"):
            round_of(slip)
