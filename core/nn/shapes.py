"""Which shape every layer of a model text gives, and what to write where shapes do not fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from core.nn.notation import LayerSpec, ModelTextError, listing, parse
from core.nn.signatures import MAX_BATCH, MAX_CONTEXT, MAX_SIZE

MAX_ACTIVATIONS = 100_000_000  # numbers in all outputs together: 0.8 GB with their gradients

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerShape:
    """What one layer does to the shape of what it reads.

    >>> shapes = infer(parse("Embedding(27, 10)\\nFlattenConsecutive(8)\\nLinear(80, 27)"), batch=4, context=8)
    >>> shapes[1].in_shape, shapes[1].shape, shapes[1].dims, shapes[1].what
    ((4, 8, 10), (4, 80), ('B', 'C'), 'joins 8 neighbouring positions: T 8 -> 1 (dropped), C 10 -> 80')

    `flops` are the floating-point operations of one forward pass of the whole batch. A multiplication and an addition
    are two operations: a Linear takes 2 * fan_in for each number it puts out (and 1 for its bias), BatchNorm1d 7 a
    number (1 mean, 3 variance, 3 centre, scale and shift), Tanh counts as 1, moving numbers as 0.
    """

    name: str  # by its place: "3.Linear", as the model's own layers are named
    line: int  # of the model text, from 1
    layer: str  # canonical text: "Linear(20, 68, bias=False)"
    kind: str
    in_shape: Shape
    shape: Shape
    parameters: int
    flops: int
    what: str  # in plain words, what happened to the shape

    @property
    def in_dims(self) -> tuple[str, ...]:
        return ("B", "T") if self.kind == "Embedding" else dims(self.in_shape)

    @property
    def dims(self) -> tuple[str, ...]:
        """One letter a dimension: B examples of a batch, T positions (time), C channels."""
        return dims(self.shape)


def dims(shape: Shape) -> tuple[str, ...]:
    return {2: ("B", "C"), 3: ("B", "T", "C")}[len(shape)]


@dataclass(frozen=True)
class _Place:
    """Where a rule looks: one layer, what it reads, and its neighbours."""

    spec: LayerSpec
    shape: Shape  # of its input
    first: bool
    after: LayerSpec | None
    vocab_size: int | None

    def fail(self, message: str, fix: str | None = None) -> ModelTextError:
        return ModelTextError(self.spec.line, message, fix=fix)


def infer(specs: Sequence[LayerSpec], batch: int, context: int, vocab_size: int | None = None) -> list[LayerShape]:
    """The shapes of all layers for input characters (batch, context).

    The last output must be (batch, vocabulary): a score for each character that may come next. `vocab_size` is the
    data's; without it, the Embedding's counts. Raises ModelTextError with the shapes up to the layer that fails.
    """
    for name, value, most in (("context", context, MAX_CONTEXT), ("batch size", batch, MAX_BATCH)):
        if not 1 <= value <= most:
            raise ModelTextError(None, f"the {name} is {value:,}: it must be a whole number from 1 to {most:,}")
    shapes: list[LayerShape] = []
    shape: Shape = (batch, context)
    numbers = 0
    for i, spec in enumerate(specs):
        place = _Place(spec, shape, i == 0, specs[i + 1] if i + 1 < len(specs) else None, vocab_size)
        try:
            out, flops, what = _step(place)
            numbers += prod(out)
            if numbers > MAX_ACTIVATIONS:
                raise place.fail(
                    f"the outputs up to here hold {numbers:,} numbers at a batch size of {batch:,}, "
                    f"at most {MAX_ACTIVATIONS:,} are allowed: use a smaller batch or smaller layers"
                )
        except ModelTextError as error:
            error.shapes_so_far = tuple(shapes)
            raise
        name = f"{i + 1}.{spec.kind}"
        shapes.append(LayerShape(name, spec.line, str(spec), spec.kind, shape, out, spec.parameters, flops, what))
        shape = out
    _check_output(specs, shapes, vocab_size)
    return shapes


def context_of(text: str, default: int = 8) -> int:
    """How many characters a model text reads: the product of its FlattenConsecutive, if the whole text fits with it.

    >>> context_of("Embedding(27, 10)\\nFlattenConsecutive(3)\\nLinear(30, 27)")
    3
    """
    try:
        specs = parse(text)
        context = prod(spec.arguments["n"] for spec in specs if spec.kind == "FlattenConsecutive")
        infer(specs, 1, context)
    except ModelTextError:
        return default
    return context


def _step(place: _Place) -> tuple[Shape, int, str]:
    kind = place.spec.kind
    if place.first and kind != "Embedding":
        embedding = f"Embedding({place.vocab_size or 27}, 10)"
        raise place.fail(
            f"{kind} comes first, but the input is characters: put {embedding} above it",
            fix=f"{embedding}\n{place.spec}" if place.vocab_size else None,
        )
    return _RULES[kind](place, **place.spec.arguments)


def _embedding(place: _Place, vocab: int, n_embd: int) -> tuple[Shape, int, str]:
    if not place.first:
        raise place.fail("Embedding reads characters, so only the first layer can be one: take this line out", fix="")
    if place.vocab_size not in (None, vocab):
        right = f"Embedding({place.vocab_size}, {n_embd})"
        raise place.fail(f"Embedding has {vocab} symbols, the data has {place.vocab_size}: write {right}", fix=right)
    # (B, T) -> (B, T, C)
    return (*place.shape, n_embd), 0, f"looks up a vector for each character: adds C {n_embd}"


def _flatten(place: _Place, n: int) -> tuple[Shape, int, str]:
    if len(place.shape) == 2:
        raise place.fail(
            f"FlattenConsecutive joins positions, the layer above gives {show(place.shape)}, which has none left: "
            "take this line out",
            fix="",
        )
    b, t, c = place.shape
    if t % n:
        factors = _divisors(t)
        fix = f"FlattenConsecutive({_best_factor(place, n, factors)})"
        raise place.fail(
            f"FlattenConsecutive({n}) cannot split {t} positions into groups of {n}; use {listing(factors)}", fix=fix
        )
    if c * n > MAX_SIZE:
        raise place.fail(
            f"FlattenConsecutive({n}) makes {c * n:,} channels of {c:,}, at most {MAX_SIZE:,} are allowed: "
            "join fewer positions or make the layers above smaller"
        )
    # (B, T, C) -> (B, T/n, C*n), a T of 1 is dropped
    out = (b, t // n, c * n) if t > n else (b, c * n)
    positions = "1 position" if n == 1 else f"{n} neighbouring positions"
    left = f"{t // n}" if t > n else "1 (dropped)"
    return out, 0, f"joins {positions}: T {t} -> {left}, C {c} -> {c * n}"


def _linear(place: _Place, fan_in: int, fan_out: int, bias: bool) -> tuple[Shape, int, str]:
    _check_last(place, fan_in)
    out = (*place.shape[:-1], fan_out)
    flops = prod(out) * (2 * fan_in + bias)
    where = "at each position" if len(out) == 3 else "of each example"
    return out, flops, f"mixes the numbers {where}: C {fan_in} -> {fan_out}"


def _batch_norm(place: _Place, n: int, dims: int | None, **_) -> tuple[Shape, int, str]:
    _check_last(place, n)
    over = "the batch"
    if len(place.shape) == 3:
        over = "the batch and the positions" if dims is None else "the batch, for each position apart"
    return place.shape, 7 * prod(place.shape), f"brings each channel to mean 0 and std 1 over {over}: same shape"


def _tanh(place: _Place) -> tuple[Shape, int, str]:
    return place.shape, prod(place.shape), "squashes each number into -1 to 1: same shape"


_RULES: dict[str, Callable[..., tuple[Shape, int, str]]] = {
    "Embedding": _embedding,
    "FlattenConsecutive": _flatten,
    "Linear": _linear,
    "BatchNorm1d": _batch_norm,
    "Tanh": _tanh,
}


def _check_last(place: _Place, expected: int) -> None:
    kind, last = place.spec.kind, place.shape[-1]
    if last != expected:
        others = ", ..." if kind == "Linear" else ""
        raise place.fail(
            f"{kind} expects {expected} in its last dimension, the layer above gives {show(place.shape)}: "
            f"write {kind}({last}{others})",
            fix=str(LayerSpec(kind, (last, *place.spec.args[1:]), place.spec.kwargs)),
        )


def _check_output(specs: Sequence[LayerSpec], shapes: list[LayerShape], vocab_size: int | None) -> None:
    """The last output must be one score for each symbol: (B, V)."""
    vocab, last, shape = vocab_size or specs[0].arguments["vocab"], specs[-1], shapes[-1].shape
    if shape[1:] == (vocab,):
        return
    if len(shape) == 3:
        # The last Linear makes the scores, so the positions are joined above it; without one they are joined below.
        channels = shapes[-1].in_shape[-1] if last.kind == "Linear" else shape[-1]
        joined = [f"FlattenConsecutive({shape[1]})", f"Linear({channels * shape[1]}, {vocab})"]
        where = "in place of this line" if last.kind == "Linear" else "below this line"
        fits = channels * shape[1] <= MAX_SIZE
        message = (
            f"the last output is {show(shape)}, one prediction for all positions is wanted: "
            f"write {' and '.join(joined)} {where}"
        )
        fix = "\n".join(joined if last.kind == "Linear" else [str(last), *joined]) if fits else None
    else:
        linear = last.kind == "Linear"
        right = f"Linear({shapes[-1].in_shape[-1] if linear else shape[-1]}, {vocab})"
        message = f"the last output is {show(shape)}, a score for each of {vocab} symbols is wanted: " + (
            f"write {right}" if linear else f"add {right} below this line"
        )
        fix = right if linear else f"{last}\n{right}"
    raise ModelTextError(last.line, message, shapes, fix)


def _best_factor(place: _Place, n: int, factors: list[int]) -> int:
    """The factor that makes the next Linear fit; without one, the nearest to n."""
    if place.after is not None and place.after.kind == "Linear":
        wanted = place.after.arguments["fan_in"] / place.shape[-1]
        if wanted in factors:
            return int(wanted)
    return min(factors, key=lambda factor: abs(factor - n))


def _divisors(t: int) -> list[int]:
    return [n for n in range(2, t + 1) if t % n == 0] or [1]


def show(shape: Shape) -> str:
    """(4, 4, 20) as "(B, 4, 20)": errors do not depend on the batch size."""
    return f"({', '.join(['B', *map(str, shape[1:])])})"
