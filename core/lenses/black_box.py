"""Where NaN and Inf came from, and where they only went: a black box read in the order of computing.

>>> trace = read(store.black_box(run_id))
>>> trace.first
Broken(step=402, phase='update', layer='3.Linear', name='3.Linear.weight', nan=0, inf=4000, size=4000, produced=True)
>>> trace.finite.frame.step                   # the last step with nothing broken
401

A step reads weights, computes outputs from the first layer to the last, the loss, and gradients from the last to the
first. Whatever is not finite though all it is computed from is, was **produced** there; else it was **passed on**.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.training.black_box import BlackBox, Moment
from core.training.frame import STATS

_NAN, _INF, _MIN, _MAX = (STATS.index(name) for name in ("nan", "inf", "min", "max"))


@dataclass(frozen=True)
class Broken:
    """A tensor that is not finite at a step."""

    step: int
    phase: str  # of its step: "update" (the weights it begins with), "forward", "loss" or "backward"
    layer: str
    name: str  # the layer's, or the parameter's
    nan: int  # how many of its numbers
    inf: int
    size: int
    produced: bool  # here, or only passed on


@dataclass(frozen=True)
class Trace:
    """All that is broken, in the order of computing, and the last moment at which nothing was (None: not recorded)."""

    broken: tuple[Broken, ...]
    finite: Moment | None

    @property
    def first(self) -> Broken | None:
        return self.broken[0] if self.broken else None

    @property
    def produced(self) -> list[Broken]:
        return [broken for broken in self.broken if broken.produced]


def read(box: BlackBox) -> Trace:
    broken, finite, before = [], None, None
    for moment in box.moments:
        found = list(_Step(box, moment, before).walk())
        if not found and math.isfinite(moment.frame.loss):
            finite = moment
        broken += found
        before = moment
    return Trace(tuple(broken), finite)


def largest(moment: Moment, role: str) -> dict[str, float]:
    """By name, the largest size of a finite number in each tensor of a role, in order; NaN where none is finite."""
    found = {}
    for tensor, stats in zip(moment.frame.tensors, moment.frame.stats, strict=True):
        if tensor.role == role:
            found[tensor.name] = float(max(abs(stats[_MIN]), abs(stats[_MAX])))
    return found


def examples(moment: Moment, broken: Broken) -> np.ndarray | None:
    """bool (B,): which examples of the batch have a number in a layer's output that is not finite.

    None where the output was not kept whole, or is not broken at that step.
    """
    output = moment.arrays.get(f"output/{broken.layer}")
    if output is None or broken.phase not in ("forward", "loss"):
        return None
    return ~np.isfinite(output.reshape(len(output), -1)).all(axis=1)


class _Step:
    """One step, walked through in the order of computing."""

    def __init__(self, box: BlackBox, moment: Moment, before: Moment | None):
        self.frame, self.before, self.reads = moment.frame, before, box.reads
        self.counts = _counts(moment)
        self.bad = {key for key, (nan, inf, _) in self.counts.items() if nan or inf}
        self.readers: dict[str, list[str]] = {}
        for layer, names in box.reads.items():
            for name in names:
                self.readers.setdefault(name, []).append(layer)
        self.weights: dict[str, list[str]] = {}
        for tensor in self.frame.tensors:
            if tensor.role == "weight":
                self.weights.setdefault(tensor.layer, []).append(tensor.name)

    def walk(self) -> Iterator[Broken]:
        before = set() if self.before is None else {key for key, n in _counts(self.before).items() if n[0] or n[1]}
        for layer, names in self.weights.items():
            for name in names:
                known = self.before is not None and not before & {("weight", name), ("weight_grad", name)}
                yield from self._broken("update", "weight", layer, name, produced=known)
        for layer, sources in self.reads.items():
            given = {("output", source) for source in sources} | self._weights_of(layer)
            yield from self._broken("forward", "output", layer, layer, produced=not given & self.bad)
        last = list(self.reads)[-1]
        if not math.isfinite(self.frame.loss):
            nan = int(math.isnan(self.frame.loss))
            yield Broken(
                self.frame.step, "loss", last, "loss", nan, 1 - nan, 1, produced=("output", last) not in self.bad
            )
        for layer in reversed(self.reads):
            yield from self._backward(layer, last)

    def _backward(self, layer: str, last: str) -> Iterator[Broken]:
        given = {("output", layer)}
        for reader in self.readers.get(layer, []):
            given |= {("output_grad", reader), ("output", reader)} | self._weights_of(reader)
        clean = not given & self.bad and (layer != last or math.isfinite(self.frame.loss))
        yield from self._broken("backward", "output_grad", layer, layer, produced=clean)
        given = {("output_grad", layer), *(("output", source) for source in self.reads[layer])}
        given |= self._weights_of(layer)
        for name in self.weights.get(layer, []):
            yield from self._broken("backward", "weight_grad", layer, name, produced=not given & self.bad)

    def _weights_of(self, layer: str) -> set[tuple[str, str]]:
        return {("weight", name) for name in self.weights.get(layer, [])}

    def _broken(self, phase: str, role: str, layer: str, name: str, produced: bool) -> Iterator[Broken]:
        if (role, name) in self.bad:
            nan, inf, size = self.counts[role, name]
            yield Broken(self.frame.step, phase, layer, name, nan, inf, size, produced)


def _counts(moment: Moment) -> dict[tuple[str, str], tuple[int, int, int]]:
    """By role and name: how many numbers are NaN, how many Inf, of how many."""
    return {
        (tensor.role, tensor.name): (int(stats[_NAN]), int(stats[_INF]), math.prod(tensor.shape))
        for tensor, stats in zip(moment.frame.tensors, moment.frame.stats, strict=True)
    }
