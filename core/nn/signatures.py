"""Which layers a model text may name, and what each argument may be."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_SIZE = 4096  # of any one dimension
MAX_CONTEXT = 64  # characters
MAX_BATCH = 4096  # examples
REQUIRED = object()


class ArgumentError(ValueError):
    """What an argument must be, to follow its name and value: "a whole number from 1 to 4,096"."""


class Whole:
    """An int from low to high: `Whole(1, 64)`."""

    def __init__(self, low: int, high: int = MAX_SIZE):
        self.low, self.high = low, high

    def read(self, node: ast.expr) -> int:
        value = literal(node)
        if type(value) is not int or not self.low <= value <= self.high:
            raise ArgumentError(f"a whole number from {self.low} to {self.high:,}")
        return value


class Number:
    """A float above `above`, up to high: `Number(0, 1)`."""

    def __init__(self, above: float, high: float):
        self.above, self.high = above, high

    def read(self, node: ast.expr) -> float:
        value = literal(node)
        if type(value) not in (int, float) or not self.above < value <= self.high:
            raise ArgumentError(f"a number above {self.above:g} and up to {self.high:g}")
        return float(value)


class Choice:
    """One of a few literals: `Choice(True, False)`."""

    def __init__(self, *values):
        self.values = values

    def read(self, node: ast.expr):
        value = literal(node)
        for known in self.values:
            if type(value) is type(known) and value == known:  # type: 0 is not False
                return known
        raise ArgumentError(" or ".join(map(repr, self.values)))


def literal(node: ast.expr) -> Any:
    """The int, float, bool or None that a node writes down; Ellipsis (which no argument allows) for anything else."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
    if not isinstance(node, ast.Constant):
        return ...
    if sign < 0:
        return -node.value if type(node.value) in (int, float) else ...
    return node.value


@dataclass(frozen=True)
class Parameter:
    """One argument of a layer. `kind.read(node)` turns syntax into a value or raises ArgumentError."""

    name: str
    kind: Whole | Number | Choice
    default: Any = REQUIRED


@dataclass(frozen=True)
class Signature:
    """`Linear(fan_in, fan_out, bias=True)` as data, and how many weights such a layer has."""

    kind: str
    parameters: tuple[Parameter, ...]
    count: Callable[[Mapping[str, Any]], int]  # arguments by name -> number of trained parameters

    def __str__(self) -> str:
        parts = [p.name if p.default is REQUIRED else f"{p.name}={p.default!r}" for p in self.parameters]
        return f"{self.kind}({', '.join(parts)})"


_FLAG = Choice(True, False)

SIGNATURES: dict[str, Signature] = {
    signature.kind: signature
    for signature in (
        Signature(
            "Embedding",
            (Parameter("vocab", Whole(2)), Parameter("n_embd", Whole(1))),
            lambda a: a["vocab"] * a["n_embd"],
        ),
        Signature("FlattenConsecutive", (Parameter("n", Whole(1, MAX_CONTEXT)),), lambda a: 0),
        Signature(
            "Linear",
            (Parameter("fan_in", Whole(1)), Parameter("fan_out", Whole(1)), Parameter("bias", _FLAG, True)),
            lambda a: a["fan_in"] * a["fan_out"] + (a["fan_out"] if a["bias"] else 0),
        ),
        Signature(
            "BatchNorm1d",
            (
                Parameter("n", Whole(1)),
                Parameter("eps", Number(0, 1), 1e-5),
                Parameter("momentum", Number(0, 1), 0.1),
                Parameter("unbiased", _FLAG, True),
                Parameter("dims", Choice(None, 0), None),
            ),
            lambda a: 2 * a["n"],
        ),
        Signature("Tanh", (), lambda a: 0),
    )
}
