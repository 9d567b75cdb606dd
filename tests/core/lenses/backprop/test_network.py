"""The forward pass is the course's, and our gradients are autograd's."""

import math

import pytest
import torch

from core.dataset import Dataset
from core.lenses.backprop.backward import SHORT, SMALL_STEPS
from core.lenses.backprop.comparison import by_hand, compare, comparison_table
from core.lenses.backprop.expressions import run
from core.lenses.backprop.forward import PARAMETERS, STEPS, uses
from core.lenses.backprop.network import first_look, look_at


def test_there_are_26_tensors_and_4137_parameters(look):
    assert len(look.gradients) == len(SMALL_STEPS) == 26
    assert sum(look.values[name].numel() for name in PARAMETERS) == 4_137
    assert {exercise.tensor for exercise in SMALL_STEPS.values()} == set(look.gradients)


def test_the_small_steps_are_the_network(look):
    """torch's own batch norm (of biased variance, scaled to the unbiased one) and cross-entropy are the oracle."""
    p, (x, y) = look.values, look.batch
    before = p["C"][x].flatten(1) @ p["W1"] + p["b1"]
    n = len(y)
    normed = torch.nn.functional.batch_norm(before, None, None, training=True, eps=1e-5 * (n - 1) / n)
    hidden = torch.tanh(p["bngain"] * normed * math.sqrt((n - 1) / n) + p["bnbias"])
    logits = hidden @ p["W2"] + p["b2"]
    torch.testing.assert_close(logits, p["logits"], rtol=1e-4, atol=1e-5)
    assert look.loss == pytest.approx(torch.nn.functional.cross_entropy(logits, y).item(), abs=1e-5)


def test_numbers_are_drawn_in_the_course_s_order(names, look):
    g = torch.Generator().manual_seed(2147483647)
    c = torch.randn((27, 10), generator=g)
    w1 = torch.randn((30, 64), generator=g) * (5 / 3) / 30**0.5
    small = [torch.randn(size, generator=g) * 0.1 for size in (64, (64, 27), 27, (1, 64), (1, 64))]
    contexts, targets = names.examples("train", 3)
    picked = torch.randint(0, len(targets), (32,), generator=g)
    expected = [c, w1, *small[:3], small[3] + 1.0, small[4]]
    for name, value in zip(("C", "W1", "b1", "W2", "b2", "bngain", "bnbias"), expected, strict=True):
        assert torch.equal(look.values[name], value), name
    assert look.batch[0].tolist() == contexts[picked.numpy()].tolist()
    assert look.batch[1].tolist() == targets[picked.numpy()].tolist()


def test_every_gradient_is_autograd_s(look):
    table = comparison_table(look)
    assert table.approximate.all()
    assert table.tensor.tolist()[0] == "logprobs"
    assert table.exact.sum() >= 8  # cross-entropy's are simple enough that every bit agrees
    assert table.largest.max() < 1e-7


@pytest.mark.parametrize("name", SMALL_STEPS)
def test_a_wrong_gradient_would_be_noticed(look, found, name):
    """The comparison can fail: a gradient that is off by a thousandth is neither exact nor approximate."""
    right = look.gradients[SMALL_STEPS[name].tensor]
    off = compare(right * 1.001 + 1e-6, right)
    assert not off.exact
    assert not off.approximate


def test_gradients_hold_on_another_batch_with_other_weights(names):
    """Also where the tanh saturates and letters repeat."""
    generator = torch.Generator().manual_seed(7)
    start = first_look(names)
    parameters = {name: start.values[name] * 1.5 for name in PARAMETERS}
    x = torch.randint(0, 5, (20, 3), generator=generator)
    y = torch.randint(0, names.vocab_size, (20,), generator=generator)
    look = look_at(parameters, (x, y))
    for name, value in by_hand(look).items():
        right = look.gradients[SMALL_STEPS[name].tensor]
        torch.testing.assert_close(value, right, rtol=1e-4, atol=1e-6, msg=lambda m, name=name: f"{name}: {m}")


@pytest.mark.parametrize("name", SHORT)
def test_the_short_expressions_agree(look, name):
    exercise = SHORT[name]
    gradients = {f"d{tensor}": value for tensor, value in look.gradients.items()}
    value = run(exercise.program, look.names | {"dhpreact": gradients["dhpreact"]}, exercise.target)
    assert compare(value, look.gradients[exercise.tensor]).approximate


def test_other_words_have_another_vocabulary():
    words = Dataset.from_text("\n".join(["anna", "otto", "abba", "toto", "nana", "tata"] * 4), "few.txt")
    look = first_look(words)
    assert look.values["C"].shape == (words.vocab_size, 10)
    assert comparison_table(look).approximate.all()


def test_each_solution_comes_after_all_that_it_reads():
    done = set()
    for name, exercise in SMALL_STEPS.items():
        assert set(exercise.reads) <= done
        done.add(name)


def test_tensors_used_twice_are_the_four_of_the_course():
    twice = {step.name for step in STEPS if len(uses(step.name)) == 2}
    assert twice == {"hprebn", "bndiff", "logits", "counts"}
