"""A backward pass by hand trains the network as autograd does."""

import numpy as np
import pytest
import torch

from core.lenses.backprop import training
from core.lenses.backprop.backward import SHORT, SMALL_STEPS
from core.lenses.backprop.expressions import parse
from core.lenses.backprop.network import CONTEXT, draw
from core.lenses.backprop.training import TrainingError, evaluate, in_short, in_small_steps, train
from tests.core.lenses.backprop.test_verdict import LOOP


@pytest.mark.parametrize("programs", [in_small_steps(), in_short(in_small_steps())], ids=["small steps", "short"])
def test_losses_are_autograd_s(names, programs):
    result = train(names, programs, steps=150)
    assert np.abs(result.by_hand - result.autograd).max() < 1e-4
    assert result.largest < 1e-4
    assert result.by_hand[-20:].mean() < result.by_hand[:20].mean() - 0.3
    assert 2.3 < result.val_loss < 3.2


def test_the_same_settings_give_the_same_losses(names):
    first, again = (train(names, in_small_steps(), hidden=8, steps=20) for _ in range(2))
    assert np.array_equal(first.by_hand, again.by_hand)


def test_own_answers_are_what_trains(names):
    """A backward pass with a gradient left 0 trains differently, so the programs given are those that run."""
    own = {name: exercise.program for name, exercise in SMALL_STEPS.items()} | {"dC": parse(LOOP)}
    good = train(names, in_small_steps(own), hidden=8, steps=30)
    assert np.abs(good.by_hand - good.autograd).max() < 1e-5
    lazy = train(names, own | {"db2": parse("torch.zeros_like(b2)")}, hidden=8, steps=30)
    assert np.abs(lazy.by_hand - lazy.autograd).max() > 1e-3


def test_the_short_way_jumps_over_the_small_steps():
    programs = in_short(in_small_steps())
    assert programs["dlogits"] is SHORT["cross-entropy"].program
    assert list(programs) == [
        *("dlogits", "dh", "dW2", "db2", "dhpreact", "dbngain", "dbnbias"),
        *("dhprebn", "dembcat", "dW1", "db1", "demb", "dC"),
    ]


def test_an_expression_that_stops_holding_is_named_with_its_step(names):
    """one_hot without a number of classes fits only batches in which the last letter occurs."""
    own = in_small_steps() | {"dlogprobs": parse("-F.one_hot(Yb) / n")}
    with pytest.raises(TrainingError, match=r"^At step \d+ the expression of d\w+ does not hold any more\. Line 1"):
        train(names, own, hidden=8, steps=50)


def test_a_gradient_of_another_shape_is_named(names):
    own = in_small_steps() | {"db2": parse("dlogits.sum(0, keepdim=True)")}
    with pytest.raises(TrainingError, match="the shape of db2 is no longer that of b2"):
        train(names, own, hidden=8, steps=2)


def test_it_does_not_train_for_ever(names):
    with pytest.raises(TrainingError, match="This takes longer than 0 seconds: choose fewer steps"):
        train(names, in_small_steps(), hidden=8, steps=10, limit=0.0)


def test_the_losses_so_far_are_told(names, monkeypatch):
    monkeypatch.setattr(training, "TOLD", 0.0)
    told = []
    result = train(names, in_small_steps(), hidden=8, steps=10, tell=lambda *losses: told.append(losses))
    assert [len(by_hand) for by_hand, _ in told] == list(range(1, 11))
    assert told[-1][0].tolist() == result.by_hand.tolist()
    assert told[-1][1].tolist() == result.autograd.tolist()


def test_evaluation_uses_the_statistics_of_the_training_split(names):
    """torch's batch norm with those statistics is the oracle."""
    p = draw(27, torch.Generator().manual_seed(0), hidden=8)
    x, y = (torch.tensor(part[:20_000]) for part in names.examples("train", CONTEXT))
    before = p["C"][x].flatten(1) @ p["W1"] + p["b1"]
    normed = torch.nn.functional.batch_norm(
        before, before.mean(0), before.var(0), p["bngain"][0], p["bnbias"][0], training=False, eps=1e-5
    )
    expected = torch.nn.functional.cross_entropy(torch.tanh(normed) @ p["W2"] + p["b2"], y).item()
    assert evaluate(p, names)[0] == pytest.approx(expected, abs=1e-4)
