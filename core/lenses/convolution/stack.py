"""A stack of causal dilated convolutions in numbers: what it looks back on, and what a node of it costs.

>>> stack = Stack.plain(read_dilations("1, 2, 4"), kernel=2)
>>> stack.field, stack.needed()[0], stack.levels[1].each
(8, [7, 6, 5, 4, 3, 2, 1, 0], 9248)
>>> Stack.plain((3, 3), kernel=2).needed()[0]     # how far back it sees, with gaps
[6, 3, 0]
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.nn.notation import LayerSpec

KERNELS = (2, 8)  # smallest and largest that the lab takes
MOST_LEVELS = 6
MOST_DILATION = 16
MOST_FIELD = 32  # characters: more do not fit into the picture
N_EMBD, N_HIDDEN = 10, 68  # the course's

_POINTWISE = ("BatchNorm1d", "Tanh", "ReLU", "Linear", "Residual", "Gated", "Skip", "SkipSum")


class ConvolutionError(ValueError):
    """One clear sentence: what cannot be slid along a text, or drawn, and what to do."""


@dataclass(frozen=True)
class Level:
    """One convolution with what stands between it and the next. Costs are multiply-adds: one for each weight used."""

    kernel: int
    dilation: int
    each: int  # of one node
    aside: int = 0  # of what a node puts aside for the SkipSum, which reads it where a prediction stands

    @property
    def backs(self) -> tuple[int, ...]:
        """How far back a node reads the level below, farthest first: (4, 0)."""
        return tuple(range((self.kernel - 1) * self.dilation, -1, -self.dilation))


@dataclass(frozen=True)
class Stack:
    """The levels from the characters up, and what one prediction costs on top of them."""

    levels: tuple[Level, ...]
    head: int

    @classmethod
    def plain(
        cls, dilations: Sequence[int], kernel: int, vocab: int = 27, n_embd: int = N_EMBD, n_hidden: int = N_HIDDEN
    ) -> "Stack":
        """The stack of `plain_text`."""
        sizes = [n_embd] + [n_hidden] * len(dilations)
        levels = (Level(kernel, d, kernel * c * n_hidden) for d, c in zip(dilations, sizes, strict=False))
        return cls(tuple(levels), n_hidden * vocab)

    @property
    def dilations(self) -> tuple[int, ...]:
        return tuple(level.dilation for level in self.levels)

    @property
    def kernel(self) -> int | None:
        """The kernel size, where all levels have the same."""
        kernels = {level.kernel for level in self.levels}
        return kernels.pop() if len(kernels) == 1 else None

    @property
    def field(self) -> int:
        """The receptive field in characters: 1 + the sum of (kernel - 1) * dilation."""
        return 1 + sum(level.backs[0] for level in self.levels)

    def needed(self) -> list[list[int]]:
        """For each level, characters first: how far back the nodes stand that one prediction needs, farthest first."""
        found = [{0}]
        for level in reversed(self.levels):
            found.append({back + more for back in found[-1] for more in level.backs})
        return [sorted(backs, reverse=True) for backs in reversed(found)]


def plain_text(
    vocab: int, dilations: Sequence[int], kernel: int, n_embd: int = N_EMBD, n_hidden: int = N_HIDDEN
) -> str:
    """The model text of a stack like the course's network: a convolution, BatchNorm1d and Tanh a level."""
    lines, channels = [f"Embedding({vocab}, {n_embd})"], n_embd
    for dilation in dilations:
        conv = f"CausalConv1d({channels}, {n_hidden}, kernel={kernel}, dilation={dilation}, bias=False)"
        lines += [conv, f"BatchNorm1d({n_hidden})", "Tanh()"]
        channels = n_hidden
    return "\n".join([*lines, f"Linear({channels}, {vocab})"])


def stack_of(specs: Sequence[LayerSpec]) -> Stack:
    """The stack that a model text describes. Raises ConvolutionError where it is none."""
    first, *others = specs
    if first.kind != "Embedding":
        raise ConvolutionError(f"{first} comes first: an Embedding is needed.")
    last = max((i for i, spec in enumerate(others) if _convolutions(spec)), default=None)
    if last is None:
        raise ConvolutionError("The model has no CausalConv1d: nothing slides along the text.")
    levels: list[Level] = []
    head = 0
    for i, spec in enumerate(others):
        each, aside = _products(spec)
        if _convolutions(spec):
            levels.append(_level(spec, each, aside))
        elif i > last and (head or spec.kind in ("Linear", "SkipSum")):
            head += each
        elif each or aside:
            raise ConvolutionError(f"{spec} stands between the convolutions: only one after the last can be drawn.")
    return Stack(tuple(levels), head)


def read_dilations(text: str) -> tuple[int, ...]:
    """The dilations that somebody typed: whole numbers with commas or spaces between. Raises ConvolutionError."""
    parts = [part for part in re.split(r"[,\s]+", text.strip()) if part]
    if not parts:
        raise ConvolutionError('No dilation is given: write whole numbers such as "1, 2, 4".')
    if len(parts) > MOST_LEVELS:
        raise ConvolutionError(f"These are {len(parts)} dilations, at most {MOST_LEVELS} can be drawn: take some out.")
    for part in parts:
        whole = part.isascii() and part.isdigit() and len(part) <= 4
        if not whole or not 1 <= int(part) <= MOST_DILATION:
            shown = part if len(part) <= 12 else f"{part[:12]}..."
            why = "is too large to be drawn" if whole and int(part) else "is no dilation"
            raise ConvolutionError(f'"{shown}" {why}: write whole numbers from 1 to {MOST_DILATION}.')
    return tuple(map(int, parts))


def drawable(stack: Stack) -> Stack:
    """The stack itself. Raises ConvolutionError where it does not fit into the picture."""
    smallest, largest = KERNELS
    if stack.kernel is None or not smallest <= stack.kernel <= largest:
        raise ConvolutionError(f"Only convolutions of one kernel size from {smallest} to {largest} can be drawn.")
    read_dilations(listed(stack.dilations))
    if stack.field > MOST_FIELD:
        raise ConvolutionError(
            f"Dilations {listed(stack.dilations)} see {stack.field} characters, at most {MOST_FIELD} can be drawn: "
            "use smaller dilations or a smaller kernel."
        )
    return stack


def listed(dilations: Sequence[int]) -> str:
    """As they are typed: "1, 2, 4"."""
    return ", ".join(map(str, dilations))


def _convolutions(spec: LayerSpec) -> list[LayerSpec]:
    return [layer for layer in spec.flat() if layer.kind == "CausalConv1d"]


def _products(spec: LayerSpec) -> tuple[int, int]:
    """Weights that a node multiplies with, and those of Skips. Raises ConvolutionError."""
    each = aside = 0
    for layer in spec.flat():
        sizes = layer.arguments
        if layer.kind not in (*_POINTWISE, "CausalConv1d") or sizes.get("dims") == 0:
            raise ConvolutionError(f"{layer} does not slide along a text: all positions must be treated alike.")
        weights = sizes["fan_in"] * sizes["fan_out"] * sizes.get("kernel", 1) if "fan_out" in sizes else 0
        each, aside = (each, aside + weights) if layer.kind == "Skip" else (each + weights, aside)
    return each, aside


def _level(spec: LayerSpec, each: int, aside: int) -> Level:
    if any(
        len([part for part in layer.inside if _convolutions(part)]) > 1
        for layer in spec.flat()
        if layer.kind == "Residual"
    ):
        raise ConvolutionError(f"{spec.kind} has several convolutions one after the other: one a level can be drawn.")
    shapes = {(layer.arguments["kernel"], layer.arguments["dilation"]) for layer in _convolutions(spec)}
    if len(shapes) > 1:
        raise ConvolutionError(
            f"{spec.kind} has convolutions of several kernels or dilations: one a level can be drawn."
        )
    ((kernel, dilation),) = shapes
    return Level(kernel, dilation, each, aside)
