"""What the layers of `containers.py` do to a shape: those that hold layers, and skips that meet again further down.

>>> spec, = parse("Residual(Linear(20, 20), Tanh())")
>>> CONTAINERS["Residual"](Place(spec, shape=(32, 4, 20)), inner=[(32, 4, 20)])
((32, 4, 20), 2560, 'adds its input to what the layers inside give')
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

from core.nn.place import Place, Shape, Step, show


def _residual(place: Place, inner: Sequence[Shape]) -> Step:
    (out,) = inner
    before = place.shape
    if len(out) == len(before) and _longer(out, before):
        raise place.fail(
            f"Residual adds what its layers give, {show(out)}, to what they read, {show(before)}: "
            f"the layers inside have to give at most {before[1]} positions"
        )
    if len(out) != len(before) or out[-1] != before[-1]:
        raise place.fail(
            f"Residual adds what its layers give, {show(out)}, to what they read, {show(before)}: "
            f"the last layer inside has to give {before[-1]} channels",
            fix=_inside(place, -1, before[-1]) if len(out) == len(before) else None,
        )
    cut = f", cut to its last {out[1]} positions," if out != before else ""
    return out, prod(out), f"adds its input{cut} to what the layers inside give"


def _gated(place: Place, inner: Sequence[Shape]) -> Step:
    first, second = inner
    if first != second:
        raise place.fail(
            f"Gated multiplies its two branches number by number, they give {show(first)} and {show(second)}: "
            "make them equal",
            fix=_inside(place, 1, first[-1]) if first[:-1] == second[:-1] else None,
        )
    return first, 3 * prod(first), "tanh of the first branch, let through by the sigmoid of the second"


def _skip(place: Place, skips: Sequence[Shape], fan_in: int, fan_out: int, bias: bool) -> Step:
    place.check_last(fan_in)
    out = (*place.shape[:-1], fan_out)
    before = skips[-1] if skips else out
    if before[-1] != fan_out:
        raise place.fail(
            f"Skip gives {fan_out} channels, the one before gives {before[-1]}: only equal ones add up, "
            f"write Skip({fan_in}, {before[-1]})",
            fix=str(replace(place.spec, args=(fan_in, before[-1]))),
        )
    if _longer(out, before):
        raise place.fail(
            f"Skip gives {show(out)}, the one before gives {show(before)}: positions add up only with as many or more "
            "in the Skips before, take this line out",
            fix="",
        )
    what = f"puts a copy aside for SkipSum, C {fan_in} -> {fan_out}, and passes its input on"
    return out, prod(out) * (2 * fan_in + bias), what


def _skip_sum(place: Place, skips: Sequence[Shape]) -> Step:
    if not skips:
        raise place.fail(
            "SkipSum adds up the Skip layers above it, down from the last SkipSum, and there is none: "
            "take this line out",
            fix="",
        )
    out = skips[-1]
    layers = "1 Skip layer" if len(skips) == 1 else f"{len(skips)} Skip layers"
    return out, (len(skips) - 1) * prod(out), f"adds up what {layers} put aside, in place of its input"


CONTAINERS: dict[str, Callable[[Place, Sequence[Shape]], Step]] = {"Residual": _residual, "Gated": _gated}
SKIPS: dict[str, Callable[..., Step]] = {"Skip": _skip, "SkipSum": _skip_sum}


def _longer(shape: Shape, other: Shape) -> bool:
    """Can the last positions of the other not be cut to those of this shape: more of them, or none beside some?"""
    return len(shape) != len(other) or shape[1:-1] > other[1:-1]


def _inside(place: Place, index: int, channels: int) -> str | None:
    """The container with a layer inside that puts out so many channels; None where that layer cannot choose."""
    wrong = place.spec.inside[index]
    if wrong.kind not in ("Linear", "CausalConv1d"):
        return None
    inside = list(place.spec.inside)
    inside[index] = replace(wrong, args=(wrong.args[0], channels, *wrong.args[2:]))
    return str(replace(place.spec, inside=tuple(inside)))
