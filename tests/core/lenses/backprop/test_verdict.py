"""Right answers are accepted however they are written; typical mistakes are told apart."""

import pytest
import torch

from core.lenses.backprop.backward import EXERCISES, SHORT
from core.lenses.backprop.exercise import gradients_in
from core.lenses.backprop.expressions import parse
from core.lenses.backprop.slips import SLIPS
from core.lenses.backprop.verdict import CANNOT, EQUAL, EXACT, FORBIDDEN, NOISE, SHAPE, UNREADABLE, VALUES, judge

LOOP = """dC = torch.zeros_like(C)
for k in range(Xb.shape[0]):
    for j in range(Xb.shape[1]):
        ix = Xb[k, j]
        dC[ix] += demb[k, j]"""

# The same gradients as people write them, several of them in the small steps that the course takes.
ALSO_RIGHT = [
    ("dlogprobs", "dlogprobs = torch.zeros_like(logprobs); dlogprobs[range(n), Yb] = -1.0/n"),
    ("dlogprobs", "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[torch.arange(n), Yb] -= 1/32"),
    ("dprobs", "dprobs = (1.0 / probs) * dlogprobs"),
    ("dprobs", "dlogprobs * probs**-1"),
    ("dcounts_sum_inv", "(counts * dprobs).sum(1, keepdim=True)"),
    ("dcounts_sum_inv", "torch.sum(counts * dprobs, dim=1, keepdims=True)"),
    ("dcounts_sum_inv", "(counts * dprobs).sum(axis=1).view(-1, 1)"),
    ("dcounts_sum_inv", "x = counts * dprobs\ndcounts_sum_inv = x.sum(1)[:, None]"),
    ("dcounts_sum", "(-counts_sum**-2) * dcounts_sum_inv"),
    ("dcounts_sum", "-dcounts_sum_inv / counts_sum**2"),
    ("dcounts", "dcounts = counts_sum_inv * dprobs\ndcounts += torch.ones_like(counts) * dcounts_sum"),
    ("dnorm_logits", "norm_logits.exp() * dcounts"),
    ("dlogit_maxes", "(-dnorm_logits).sum(1, keepdim=True)"),
    ("dlogit_maxes", "((F.one_hot(Yb, 27) - probs) / n).sum(1, keepdim=True)"),
    (
        "dlogits",
        "dlogits = dnorm_logits.clone()\n"
        "dlogits += F.one_hot(logits.max(1).indices, num_classes=logits.shape[1]) * dlogit_maxes",
    ),
    ("dlogits", "dnorm_logits + (logits == logit_maxes) * dlogit_maxes"),
    ("dlogits", "(probs - F.one_hot(Yb, 27)) / n"),
    ("dh", "torch.matmul(dlogits, W2.transpose(0, 1))"),
    ("db2", "dlogits.sum(0)"),
    ("dhpreact", "(1.0 - h**2) * dh"),
    ("dhpreact", "dh - torch.tanh(hpreact).square() * dh"),
    ("dbnvar", "(-0.5*(bnvar + 1e-5)**-1.5) * dbnvar_inv"),
    ("dbnvar", "-0.5 * bnvar_inv**3 * dbnvar_inv"),
    ("dbndiff2", "(1.0/(n-1))*torch.ones_like(bndiff2) * dbnvar"),
    ("dbndiff2", "(dbnvar / (n - 1)).expand(bndiff2.shape)"),
    ("dbndiff", "dbndiff = bnvar_inv * dbnraw\ndbndiff += (2*bndiff) * dbndiff2"),
    ("dbnmeani", "(-dbndiff).sum(0, keepdim=True)"),
    ("dhprebn", "dhprebn = dbndiff.clone()\ndhprebn += 1.0/n * (torch.ones_like(hprebn) * dbnmeani)"),
    ("demb", "dembcat.reshape(32, 3, 10)"),
    ("dC", LOOP),
    ("dC", "dC = torch.zeros_like(C)\ndC.index_add_(0, Xb.view(-1), demb.view(-1, 10))"),
    ("dC", "F.one_hot(Xb.view(-1), 27).float().T @ demb.view(-1, 10)"),
    ("cross-entropy", "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1\ndlogits /= n"),
    (
        "BatchNorm",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
    ),
]

WRONG_SHAPES = [
    ("dcounts_sum_inv", "counts * dprobs", "a sum over dim 1 is missing", ".sum(1, keepdim=True)"),
    ("dcounts_sum_inv", "(counts * dprobs).sum(1)", "the sum has dropped its dim", "keepdim=True"),
    ("dbngain", "bnraw * dhpreact", "a sum over dim 0 is missing", ".sum(0, keepdim=True)"),
    ("dbnmeani", "(-dbndiff).sum(0)", "the sum has dropped its dim", "keepdim=True"),
    ("db2", "dlogits", "a sum over dim 0 is missing", ".sum(0)"),
    ("db2", "dlogits.sum(0, keepdim=True)", "a sum over dim 0 is missing", ".sum(0)"),
    ("db1", "dhprebn.sum()", "is one number", "Sum less"),
    ("dlogprobs", "-1.0/n", "is one number", "the loss has looked at one number a row only"),
    ("dlogprobs", "torch.ones_like(loss) * 3", "is one number", "fill a tensor of that shape"),
    ("dbndiff2", "dbnvar / n", "this variance divides by n − 1", "not by n"),
    ("dbndiff2", "dbnvar * 3", "a gradient has the shape of its tensor", ""),
    ("dbndiff2", "dbnvar / (n - 1)", "a broadcast is missing", "torch.ones_like(bndiff2)"),
    ("dW2", "dlogits.T @ h", "it is turned", ".T"),
    ("demb", "dembcat", "the numbers are as many", "View"),
    ("dcounts_sum_inv", "(counts * dprobs).sum(0)", "a gradient has the shape of its tensor", ""),
]

WRONG_VALUES = [
    ("dlogprobs", "dlogprobs = torch.zeros_like(logprobs); dlogprobs[range(n), Yb] = 1.0/n", "wrong sign"),
    (
        "dlogprobs",
        "dlogprobs = torch.zeros_like(logprobs); dlogprobs[range(n), Yb] = -1.0/(n-1)",
        "divide by n, not by n",
    ),
    ("dlogprobs", "-F.one_hot(Yb, 27) / 31.0 * 30.0", "times as large as they should be"),
    ("dbnmeani", "dbndiff.sum(0, keepdim=True)", "wrong sign"),
    ("dbnmeani", "-dbndiff.mean(0, keepdim=True)", "one 1/n too much"),
    ("dbnmeani", "-dbndiff.sum(0, keepdim=True) * 2", "twice as large"),
    ("dbndiff2", "torch.ones_like(bndiff2) * dbnvar / (n - 1) / 2", "half as large"),
    ("dbnvar", "-0.5 * (bnvar - 1e-5)**-1.5 * dbnvar_inv", "of 64 numbers are wrong, all in column"),
    ("dlogits", "dnorm_logits * 2", "twice as large"),
    ("dlogits", "0 * logits", "864 numbers are wrong"),
    ("dbndiff", "bnvar_inv * dbnraw - 3 * bndiff * dbndiff2", "of 2,048 numbers are wrong"),
    ("dprobs", "logprobs.log()", "864 of 864 numbers are not finite"),
    ("dhprebn", "dbndiff * 1.0", "hprebn is used twice"),
]

ONLY_EQUAL = [  # right in value, because a gradient is 0 by mathematics
    ("dlogits", "dnorm_logits.clone()", "dlogit_maxes", "the other is missing: logits is used twice"),
    ("dlogits", "dnorm_logits - F.one_hot(logits.argmax(1), 27) * dlogit_maxes", "dlogit_maxes", "has the wrong sign"),
    ("dlogits", "dnorm_logits + F.one_hot(Yb, 27) * dlogit_maxes", "dlogit_maxes", "numbers are wrong"),
    ("dlogit_maxes", "dnorm_logits.sum(1, keepdim=True)", "dlogit_maxes", "wrong sign"),
    ("dlogit_maxes", "torch.zeros_like(logit_maxes)", "dlogit_maxes", "formula that gets there from dnorm_logits"),
    ("dlogit_maxes", "0 * logit_maxes", "dlogit_maxes", "formula that gets there from dnorm_logits"),
    ("dlogit_maxes", "0 * dnorm_logits.sum(1, keepdim=True)", "dlogit_maxes", "formula that gets there"),
    ("db1", "torch.zeros_like(b1)", "db1", "formula that gets there from dhprebn"),
    ("db1", "-dhprebn.sum(0)", "db1", "wrong sign"),
    ("db1", "dhprebn.mean(0)", "db1", "one 1/n too much"),
]


@pytest.mark.parametrize("name", EXERCISES)
def test_every_reference_solution_is_accepted(look, found, name):
    verdict = judge(EXERCISES[name].solution, EXERCISES[name], look, found)
    assert verdict.kind in (EXACT, NOISE), verdict.sentence
    assert verdict.accepted


@pytest.mark.parametrize(("name", "text"), ALSO_RIGHT)
def test_other_ways_to_write_it_are_accepted(look, found, name, text):
    verdict = judge(text, EXERCISES[name], look, found)
    assert verdict.accepted, verdict.sentence


def test_exact_and_float_noise_are_told_apart(look, found):
    exact = judge("dprobs = dlogprobs / probs", EXERCISES["dprobs"], look, found)
    noise = judge("dprobs = dlogprobs / probs * 3.0 / 3.0", EXERCISES["dprobs"], look, found)
    assert (exact.kind, noise.kind) == (EXACT, NOISE)


@pytest.mark.parametrize(("name", "text", "why", "cure"), WRONG_SHAPES)
def test_wrong_shapes_say_which_and_what_is_missing(look, found, name, text, why, cure):
    verdict = judge(text, EXERCISES[name], look, found)
    assert verdict.kind == SHAPE
    assert why in verdict.sentence
    assert cure in verdict.sentence
    assert verdict.value is None


@pytest.mark.parametrize(("name", "text", "why"), WRONG_VALUES)
def test_wrong_values_say_how(look, found, name, text, why):
    verdict = judge(text, EXERCISES[name], look, found)
    assert verdict.kind == VALUES
    assert why in verdict.sentence
    assert verdict.value.shape == verdict.wanted.shape


@pytest.mark.parametrize(("name", "text", "zero", "why"), ONLY_EQUAL)
def test_what_is_equal_only_because_a_gradient_is_0_is_not_called_wrong(look, found, name, text, zero, why):
    verdict = judge(text, EXERCISES[name], look, found)
    assert verdict.kind == EQUAL
    assert not verdict.accepted
    assert f"because {zero} is 0 by mathematics" in verdict.sentence
    assert why in verdict.sentence


@pytest.mark.parametrize(("name", "text", "why"), [(name, *slip) for name, slips in SLIPS.items() for slip in slips])
def test_every_known_slip_is_told_its_sentence(look, found, name, text, why):
    verdict = judge(text, EXERCISES[name], look, found)
    assert verdict.kind in (VALUES, EQUAL)
    assert verdict.sentence.endswith(why)


def test_a_mistake_that_noise_hides_is_shown_with_random_gradients(look, found):
    """logit_maxes' gradient is 0 by mathematics: leaving its path out changes no number that one could see."""
    verdict = judge("dnorm_logits", EXERCISES["dlogits"], look, found)
    assert verdict.elsewhere
    torch.testing.assert_close(look.gradients["logits"], found["dnorm_logits"], rtol=0, atol=1e-7)
    assert (verdict.value - verdict.wanted).abs().max() > 0.1


def test_a_slip_that_reads_what_is_not_found_yet_is_no_obstacle(look, found):
    """The slips of dcounts read dprobs: an answer may come before it is found."""
    verdict = judge("dcounts = counts", EXERCISES["dcounts"], look, {})
    assert verdict.kind == VALUES
    assert "numbers are wrong" in verdict.sentence


@pytest.mark.parametrize(("name", "text", "why"), [(name, *slip) for name, slips in SLIPS.items() for slip in slips])
def test_a_slip_is_none_the_righter_while_other_gradients_are_not_found(look, found, name, text, why):
    """Of dlogits' two paths the one through logit_maxes is 0 but for noise: it is missing all the same."""
    read = {gradient: found[gradient] for gradient in gradients_in(parse(text)) if gradient in found}
    verdict = judge(text, EXERCISES[name], look, read)
    assert verdict.kind in (VALUES, EQUAL)
    assert verdict.sentence.endswith(why)


@pytest.mark.parametrize(
    "text",
    [
        "dnorm_logits - F.one_hot(logits.argmax(1), 27) * dnorm_logits.sum(1, keepdim=True)",
        "counts * dcounts + F.one_hot(logits.argmax(1), 27) * dlogit_maxes",
        "probs * (dprobs - (probs * dprobs).sum(1, keepdim=True))",
    ],
)
def test_another_way_round_is_right_with_random_gradients_too(look, found, text):
    """The random ones hang together as the real ones do."""
    read = {gradient: found[gradient] for gradient in gradients_in(parse(text))}
    assert judge(text, EXERCISES["dlogits"], look, read).accepted


def test_a_path_that_is_left_out_further_up_is_missed_too(look, found):
    verdict = judge("counts * dcounts", EXERCISES["dlogits"], look, {"dcounts": found["dcounts"]})
    assert verdict.kind == EQUAL
    assert "logits is used twice" in verdict.sentence


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("text", ["1.0", "probs", "d{tensor} = {tensor}", "d{tensor} = {tensor} > 0"])
def test_any_exercise_can_be_answered_first(look, name, text):
    """Whatever its solution and its slips read, nothing is found yet."""
    verdict = judge(text.format(tensor=EXERCISES[name].tensor), EXERCISES[name], look, {})
    assert not verdict.accepted
    assert verdict.sentence


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (
            "i = dnorm_logits.argmax()\nx = torch.zeros({places})\n"
            "dlogit_maxes = -dnorm_logits.sum(1, keepdim=True) + x[i]",
            CANNOT,
            "is outside of dim 0",
        ),
        (
            "x = F.one_hot(dnorm_logits.argmax())[{places} - 1:]\n"
            "dlogit_maxes = -dnorm_logits.sum(1, keepdim=True) * x",
            EQUAL,
            "Random gradients show what that hides: Your result has the shape (32, ",
        ),
        ("dnorm_logits.sum(1, keepdim=True) > 9", EQUAL, "what that hides: All 32 numbers are wrong"),
    ],
)
def test_what_goes_wrong_with_random_gradients_only_is_said(look, found, text, kind, said):
    """`places` are just enough for the largest number of the gradient that arrives; a random one's stands later."""
    text = text.format(places=int(found["dnorm_logits"].argmax()) + 1)
    verdict = judge(text, EXERCISES["dlogit_maxes"], look, found)
    assert verdict.kind == kind
    assert said in verdict.sentence


def test_a_gradient_that_was_not_accepted_is_not_there(look):
    verdict = judge("dprobs = dlogprobs / probs", EXERCISES["dprobs"], look, {})
    assert verdict.kind == CANNOT
    assert verdict.sentence.endswith("there is no dlogprobs here. It is not found yet: find it first.")


def test_a_name_that_is_not_there_is_told_why(look, found):
    """Not found though it comes before, not found and after, or found by way of the very gradient."""
    early = judge("bngain * dbnraw", EXERCISES["dhpreact"], look, {})
    assert early.sentence.endswith("there is no dbnraw here. It is not found yet, and comes after this one.")
    circle = judge("bngain * dbnraw", EXERCISES["dhpreact"], look, {}, made_from_it={"dbnraw"})
    assert circle.sentence.endswith("there is no dbnraw here. You have made it from this very gradient.")


def test_a_name_mistyped_is_guessed(look, found):
    verdict = judge("dprobs = dlogprobs / porbs", EXERCISES["dprobs"], look, found)
    assert verdict.sentence.endswith("there is no porbs here. Did you mean probs?")


def test_nobody_reads_the_answer_itself(look, found):
    assert judge("dprobs = dprobs * 1.0", EXERCISES["dprobs"], look, found).kind == CANNOT


@pytest.mark.parametrize("name", SHORT)
def test_short_exercises_give_no_small_steps(look, found, name):
    for text in ("probs", "dnorm_logits", "dbndiff", "porbs"):
        verdict = judge(text, EXERCISES[name], look, found)
        assert verdict.kind == CANNOT
        assert f"you may read {', '.join(EXERCISES[name].gives)}, n and the parameters C, W1," in verdict.sentence
    assert "you look for" in judge(EXERCISES[name].target, EXERCISES[name], look, found).sentence


@pytest.mark.parametrize("text", ["probs.max(1)", "range(n)", "probs.shape"])
def test_what_is_no_tensor_is_said(look, found, text):
    assert "The result is no tensor" in judge(text, EXERCISES["dprobs"], look, found).sentence


def test_what_is_forbidden_is_said_with_its_place(look, found):
    verdict = judge("dprobs = probs.__class__", EXERCISES["dprobs"], look, found)
    assert verdict.kind == FORBIDDEN
    assert verdict.sentence.startswith("Line 1, character 10, “probs.__class__”")


@pytest.mark.parametrize("text", ["", "# later", "(1.0 / probs", "probs ×", "probs probs"])
def test_a_slip_of_the_pen_is_not_called_forbidden_and_gives_no_answer_away(look, found, text):
    for name, exercise in EXERCISES.items():
        verdict = judge(text, exercise, look, found)
        assert verdict.kind == UNREADABLE
        assert f"{name} =" not in verdict.sentence
