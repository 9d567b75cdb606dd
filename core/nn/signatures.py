"""Which layers a model text may name, and what each argument may be."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.nn.limits import MAX_CONTEXT, MAX_SIZE

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
    """A float above `low`, up to high: `Number(0, 1)`; `from_low` allows low itself, `optional` allows None."""

    def __init__(self, low: float, high: float, from_low: bool = False, optional: bool = False):
        self.low, self.high, self.from_low, self.optional = low, high, from_low, optional

    def read(self, node: ast.expr) -> float | None:
        value = literal(node)
        if value is None and self.optional:
            return None
        fits = type(value) in (int, float) and self.low <= value <= self.high
        if not fits or (value == self.low and not self.from_low):
            start = f"from {self.low:g} to" if self.from_low else f"above {self.low:g} and up to"
            raise ArgumentError(f"a number {start} {self.high:g}{' or None' if self.optional else ''}")
        return float(value)


class Choice:
    """One of a few literals: `Choice(True, False)`."""

    def __init__(self, *values):
        self.values = values

    def read(self, node: ast.expr):
        value = literal(node)
        for known in self.values:
            if type(value) is type(known) and value == known:  # 0 is not False
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
    count: Callable[[Mapping[str, Any]], int]  # arguments by name -> number of trained parameters, layers inside apart
    inside: tuple[str, ...] = ()  # a container's layers by what they are for; "..." ends a list of any length

    def __str__(self) -> str:
        parts = [p.name if p.default is REQUIRED else f"{p.name}={p.default!r}" for p in self.parameters]
        return f"{self.kind}({', '.join([*self.inside, *parts])})"


_FLAG = Choice(True, False)


def _nothing(_: Mapping[str, Any]) -> int:
    return 0


def _dense(inputs: int, outputs: int, bias: bool) -> int:
    return inputs * outputs + (outputs if bias else 0)


def _recurrent(gates: int) -> Callable[[Mapping[str, Any]], int]:
    """torch's: for each gate, weights from the input and from the state, and a bias for both."""
    return lambda a: gates * a["hidden"] * (a["fan_in"] + a["hidden"] + 2)


def _transformer(a: Mapping[str, Any]) -> int:
    """torch's: attention (queries, keys, values, output), two Linear, two norms."""
    c, wide = a["d_model"], a["dim_feedforward"]
    return _dense(c, 3 * c, True) + _dense(c, c, True) + _dense(c, wide, True) + _dense(wide, c, True) + 4 * c


_RECURRENT = (Parameter("fan_in", Whole(1)), Parameter("hidden", Whole(1)))

SIGNATURES: dict[str, Signature] = {
    signature.kind: signature
    for signature in (
        Signature(
            "Embedding",
            (Parameter("vocab", Whole(2)), Parameter("n_embd", Whole(1))),
            lambda a: a["vocab"] * a["n_embd"],
        ),
        Signature("OneHot", (Parameter("vocab", Whole(2)),), _nothing),
        Signature(
            "Counts",
            (Parameter("vocab", Whole(2)), Parameter("smoothing", Number(0, 1e6), 1.0)),
            lambda a: a["vocab"] ** 2,
        ),
        Signature("FlattenConsecutive", (Parameter("n", Whole(1, MAX_CONTEXT)),), _nothing),
        Signature("LastPosition", (), _nothing),
        Signature("PositionEmbedding", (Parameter("t", Whole(1)), Parameter("c", Whole(1))), lambda a: a["t"] * a["c"]),
        Signature(
            "Linear",
            (
                Parameter("fan_in", Whole(1)),
                Parameter("fan_out", Whole(1)),
                Parameter("bias", _FLAG, True),
                Parameter("std", Number(0, 100, optional=True), None),
                Parameter("bias_std", Number(0, 100, from_low=True), 0.0),
            ),
            lambda a: _dense(a["fan_in"], a["fan_out"], a["bias"]),
        ),
        Signature(
            "CausalConv1d",
            (
                Parameter("fan_in", Whole(1)),
                Parameter("fan_out", Whole(1)),
                Parameter("kernel", Whole(1, MAX_CONTEXT), 2),
                Parameter("dilation", Whole(1, MAX_CONTEXT), 1),
                Parameter("bias", _FLAG, True),
            ),
            lambda a: _dense(a["kernel"] * a["fan_in"], a["fan_out"], a["bias"]),
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
        Signature("Tanh", (), _nothing),
        Signature("ReLU", (), _nothing),
        Signature("Residual", (), _nothing, inside=("layer", "...")),
        Signature("Gated", (), _nothing, inside=("filter", "gate")),
        Signature(
            "Skip",
            (Parameter("fan_in", Whole(1)), Parameter("fan_out", Whole(1)), Parameter("bias", _FLAG, True)),
            lambda a: _dense(a["fan_in"], a["fan_out"], a["bias"]),
        ),
        Signature("SkipSum", (), _nothing),
        Signature("RNN", _RECURRENT, _recurrent(1)),
        Signature("GRU", _RECURRENT, _recurrent(3)),
        Signature("LSTM", _RECURRENT, _recurrent(4)),
        Signature(
            "TransformerEncoderLayer",
            (Parameter("d_model", Whole(1)), Parameter("nhead", Whole(1)), Parameter("dim_feedforward", Whole(1))),
            _transformer,
        ),
    )
}
FIRST = ("Embedding", "OneHot", "Counts")  # the layers that read characters
