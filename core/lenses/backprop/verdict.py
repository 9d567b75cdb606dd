"""How good a typed gradient is, and what is wrong with it.

>>> verdict = judge("dprobs = probs * dlogprobs", EXERCISES["dprobs"], look, accepted={"dlogprobs": dlogprobs})
>>> verdict.kind, verdict.sentence
('wrong values', 'That is the slope p; the slope of log p is 1/p.')
"""

import difflib
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from core.lenses.backprop.backward import SMALL_STEPS
from core.lenses.backprop.comparison import compare
from core.lenses.backprop.exercise import GRADIENTS, Exercise, gradients_in
from core.lenses.backprop.expressions import (
    CannotCompute,
    ExpressionError,
    NotAllowed,
    Program,
    UnknownName,
    Unreadable,
    parse,
    run,
)
from core.lenses.backprop.expressions.fitting import written
from core.lenses.backprop.expressions.operations import Extremum, Value
from core.lenses.backprop.forward import INPUTS, PARAMETERS
from core.lenses.backprop.network import Look
from core.lenses.backprop.slips import SLIPS

EXACT, NOISE, EQUAL, SHAPE, VALUES = "exact", "float noise", "equal in value", "wrong shape", "wrong values"
CANNOT, UNREADABLE, FORBIDDEN = "cannot be computed", "cannot be read", "not allowed"
RELATIVE, ABSOLUTE = 1e-5, 1e-8  # of the largest number of a gradient, and of the rest: what float32 leaves open
ONLY_NOISE = 1e-7  # a gradient that is nowhere larger is 0 by mathematics: its numbers decide nothing


@dataclass(frozen=True)
class Verdict:
    """`kind` is one of the eight above, `sentence` says why. `value` is there where it has the tensor's shape."""

    kind: str
    sentence: str
    value: Tensor | None = None
    wanted: Tensor | None = None  # autograd's
    elsewhere: bool = False  # then random gradients arrive, and `wanted` is our solution's

    @property
    def accepted(self) -> bool:
        return self.kind in (EXACT, NOISE)


def known_names(exercise: Exercise, look: Look, accepted: Mapping[str, Tensor]) -> dict[str, Tensor | int]:
    """What an answer may read: all values and the gradients accepted so far, or only what the exercise gives."""
    if exercise.gives is None:
        others = {name: value for name, value in accepted.items() if name != exercise.target}
        return look.names | others | {"dloss": torch.tensor(1.0)}
    gradients = {f"d{name}": value for name, value in look.gradients.items()}
    names = look.names | gradients
    return {name: names[name] for name in (*PARAMETERS, *INPUTS, "n", *exercise.gives)}


def judge(
    text: str,
    exercise: Exercise,
    look: Look,
    accepted: Mapping[str, Tensor],
    made_from_it: Collection[str] = (),
) -> Verdict:
    """The verdict on an answer; it never raises, whatever the text is.

    `made_from_it` are gradients that are found, and not `accepted` here because they would go round in a circle.
    """
    names = known_names(exercise, look, accepted)
    try:
        return _judged(parse(text), exercise, look, names)
    except Unreadable as error:
        return Verdict(UNREADABLE, str(error))
    except NotAllowed as error:
        return Verdict(FORBIDDEN, str(error))
    except UnknownName as error:
        return Verdict(CANNOT, f"{error} {_about(error.quote, exercise, names, made_from_it)}".strip())
    except CannotCompute as error:
        return Verdict(CANNOT, str(error))


def _judged(program: Program, exercise: Exercise, look: Look, names: Mapping[str, Value]) -> Verdict:
    """The verdict on what can be read. Raises NotAllowed and CannotCompute, here or with random gradients."""
    right = look.gradients[exercise.tensor]
    value = run(program, names, exercise.target)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = torch.tensor(float(value))
    if not isinstance(value, Tensor):
        cure = ": write .values or .indices behind max(dim)" if isinstance(value, Extremum) else ""
        return Verdict(CANNOT, f"The result is no tensor{cure}.")
    value = value.to(right.dtype)
    if value.shape != right.shape:
        return Verdict(SHAPE, _why_shape(value, right, exercise, names))
    zero, equal = _zero(exercise, look), _close(value, right)
    if zero and (gradients_in(program) or not value.any()):
        arriving = names | _random_gradients({*gradients_in(program), *exercise.reads}, exercise.target, look)
        wanted = run(exercise.program, arriving, exercise.target)
        there = torch.as_tensor(run(program, arriving, exercise.target)).to(wanted.dtype)
        equal = _close(there, wanted)
        if not equal and (value - right).abs().max() < ONLY_NOISE:
            return _only_equal(zero, there, wanted, exercise, arriving)
    if not equal:
        return Verdict(VALUES, _why_values(value, right, exercise, names), value, right)
    if compare(value, right).exact:
        return Verdict(EXACT, "The same as autograd's, bit by bit.", value, right)
    return Verdict(NOISE, "Right: only the last bits differ from autograd's.", value, right)


def _only_equal(zero: str, there: Tensor, wanted: Tensor, exercise: Exercise, names: Mapping[str, Value]) -> Verdict:
    """The verdict on what is right because a gradient is 0, and wrong (`there`) where random gradients arrive."""
    hides = f"But only because {zero} is 0 by mathematics. Random gradients show what that hides:"
    if there.shape != wanted.shape:
        return Verdict(EQUAL, f"{hides} {_why_shape(there, wanted, exercise, names)}")
    reason = f"{hides} {_why_values(there, wanted, exercise, names)}"
    if zero == exercise.target and not there.any():
        reason = (
            f"But only because {zero} is 0 by mathematics; autograd's own numbers are float noise. "
            f"Write the formula that gets there from {' and '.join(exercise.reads)}."
        )
    return Verdict(EQUAL, reason, there, wanted, elsewhere=True)


def _about(name: str, exercise: Exercise, names: Mapping[str, Value], made_from_it: Collection[str]) -> str:
    """What to do about a name that is not there."""
    if name == exercise.target:
        return "This is the one that you look for."
    if exercise.gives is not None:
        given = f"{', '.join((*exercise.gives, 'n'))} and the parameters {', '.join(PARAMETERS)}"
        return f"This exercise jumps over the small steps: you may read {given}."
    if name in made_from_it:
        return "You have made it from this very gradient."
    if name in GRADIENTS:
        order = (*SMALL_STEPS,)
        later = order.index(name) > order.index(exercise.name)
        return f"It is not found yet{', and comes after this one.' if later else ': find it first.'}"
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"Did you mean {close[0]}?" if close else ""


def _close(value: Tensor, right: Tensor) -> bool:
    """Of one shape, finite, and equal but for float noise."""
    if value.shape != right.shape or not right.isfinite().all():
        return False
    return bool(((value - right).abs() <= ABSOLUTE + RELATIVE * right.abs().max()).all())


def _zero(exercise: Exercise, look: Look) -> str | None:
    """The gradient that is 0 but for float noise, so that its numbers say nothing about the formula: the one that is
    looked for, or one that arrives.

    An answer that reads no gradient at all and is not just 0 is its own way to the numbers: they decide.
    """
    deciding = (exercise.target, *exercise.reads)
    return next((name for name in deciding if look.gradients[name[1:]].abs().max() < ONLY_NOISE), None)


def _random_gradients(read: Set[str], target: str, look: Look) -> dict[str, Tensor]:
    """Random numbers for the gradients that are read on the way to `target`; one made from others of them still is."""
    generator = torch.Generator().manual_seed(0)
    found: dict[str, Tensor] = {}
    for name, exercise in SMALL_STEPS.items():
        if name == target:
            break
        if exercise.reads and found.keys() >= set(exercise.reads):
            found[name] = run(exercise.program, look.names | found, name)
        elif name in read:
            found[name] = torch.randn(look.gradients[exercise.tensor].shape, generator=generator)
    return found


def _why_shape(value: Tensor, right: Tensor, exercise: Exercise, names: Mapping[str, Value]) -> str:
    got, wanted = tuple(value.shape), tuple(right.shape)
    stretched = value.expand(wanted) if _stretches(got, wanted) else None
    said = f"Your result has the shape {written(got)}, {exercise.tensor} has {written(wanted)}:"
    if not got:
        said = f"Your result is one number, {exercise.tensor} has the shape {written(wanted)}:"
    if stretched is not None and (slip := _slip(stretched, exercise, names)):
        return f"{said[:-1]}. Nor would it do to fill that shape with it: {slip[0].lower()}{slip[1:]}"
    if not got:
        return f"{said} a gradient has the shape of its tensor. Sum less, or fill a tensor of that shape."
    if got == tuple(size for size in wanted if size != 1) and len(got) < len(wanted):
        return f"{said} the sum has dropped its dim. Keep it with keepdim=True."
    if got == wanted[::-1]:
        return f"{said} it is turned. Swap the parts of the product, or turn it with .T."
    if dims := _summed(got, wanted):
        which = " and ".join(map(str, dims))
        keep = ", keepdim=True" if len(got) == len(wanted) else ""
        dim = dims[0] if len(dims) == 1 else list(dims)
        cure = f".sum({dim}{keep})"
        return f"{said} a sum over dim {which} is missing, because it was broadcast along it. Add {cure}."
    if stretched is not None and _close(stretched, right):
        return (
            f"{said} a broadcast is missing. Every number that was summed gets the gradient of the sum: multiply by "
            f"torch.ones_like({exercise.tensor})."
        )
    if value.numel() == right.numel():
        return f"{said} the numbers are as many. View them in the right shape."
    return f"{said} a gradient has the shape of its tensor."


def _summed(got: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...]:
    """Over which dims a tensor has to be summed to have the shape `wanted`; () where no sum gives it."""
    for count in range(1, len(got) + 1):
        for dims in combinations(range(len(got)), count):
            dropped = tuple(size for dim, size in enumerate(got) if dim not in dims)
            kept = tuple(1 if dim in dims else size for dim, size in enumerate(got))
            if wanted in (dropped, kept):
                return dims
    return ()


def _stretches(got: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Can `got` be broadcast to `wanted`?"""
    padded = (1,) * (len(wanted) - len(got)) + got
    return len(got) <= len(wanted) and all(a in (1, b) for a, b in zip(padded, wanted, strict=True))


def _why_values(value: Tensor, right: Tensor, exercise: Exercise, names: Mapping[str, Value]) -> str:
    if not value.isfinite().all():
        bad = int((~value.isfinite()).sum())
        return f"{bad:,} of {value.numel():,} numbers are not finite: look for a division by 0 or a log of 0."
    if slip := _slip(value, exercise, names):
        return slip
    if factor := _factor(value, right):
        return _say_factor(factor, names["n"])
    if right.ndim == 2 and right.shape[0] == right.shape[1] and _close(value, right.T):
        return "It is turned: swap the parts of the product."
    wrong = (value - right).abs() > ABSOLUTE + RELATIVE * right.abs().max()
    return f"{_where(wrong)}: look where in the picture."


def _slip(value: Tensor, exercise: Exercise, names: Mapping[str, Value]) -> str | None:
    """The sentence of the known mistake that gives these numbers."""
    for text, said in SLIPS.get(exercise.name, ()):
        try:
            known = run(parse(text), names, exercise.target)
        except ExpressionError:
            continue  # it reads a gradient that is not found yet
        if _close(value, known) and value.any():
            return said
    return None


def _factor(value: Tensor, right: Tensor) -> float | None:
    """c where value = c * right everywhere, else None."""
    scale = (right * right).sum()
    if not scale:
        return None
    factor = ((value * right).sum() / scale).item()
    return factor if factor and _close(value / factor, right) else None


def _say_factor(factor: float, n: int) -> str:
    sign = " and have the wrong sign" if factor < 0 else ""
    named = {
        n: f"n = {n} times too large: a 1/n is missing",
        1 / n: f"n = {n} times too small: one 1/n too much",
        n - 1: f"n − 1 = {n - 1} times too large: a 1/(n − 1) is missing",
        1 / (n - 1): f"n − 1 = {n - 1} times too small: one 1/(n − 1) too much",
        n / (n - 1): "too large by n/(n − 1): divide by n, not by n − 1",
        (n - 1) / n: "too small by (n − 1)/n: divide by n − 1, not by n",
        2: "twice as large as they should be",
        0.5: "half as large as they should be: a factor 2 is missing",
    }
    for known, words in named.items():
        if abs(abs(factor) / known - 1) < 1e-4:
            return f"All numbers are {words}{sign}."
    if abs(factor + 1) < 1e-4:
        return "All numbers have the wrong sign, and are right otherwise."
    return f"All numbers are {abs(factor):.4g} times as large as they should be{sign}: a constant factor is wrong."


def _where(wrong: Tensor) -> str:
    """Which numbers are wrong, by rows or columns where it is whole ones."""
    count, total = int(wrong.sum()), wrong.numel()
    if count == total:
        return f"All {total:,} numbers are wrong"
    flat = wrong.reshape(-1, wrong.shape[-1])
    rows, columns = flat.any(1), flat.any(0)
    if rows.sum() * 4 <= len(rows):
        return f"{count:,} of {total:,} numbers are wrong, all in row {_listed(rows)}"
    if columns.sum() * 4 <= len(columns):
        return f"{count:,} of {total:,} numbers are wrong, all in column {_listed(columns)}"
    if count == len(rows) and bool((flat.sum(1) == 1).all()):
        return f"{count:,} of {total:,} numbers are wrong, one in each row"
    return f"{count:,} of {total:,} numbers are wrong"


def _listed(places: Tensor) -> str:
    found = [str(place + 1) for place in places.nonzero().flatten().tolist()]
    return ", ".join(found[:6]) + (" and others" if len(found) > 6 else "")
