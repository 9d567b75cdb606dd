"""What each kind of layer does to a shape, and what to write where it cannot: one rule a kind.

>>> spec, = parse("Linear(20, 68)")
>>> rule(Place(spec, shape=(32, 4, 20)), inner=[], skips=[])
((32, 4, 68), 356864, 'mixes the numbers at each position: C 20 -> 68')
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

from core.nn.container_rules import CONTAINERS, SKIPS
from core.nn.limits import MAX_SIZE
from core.nn.place import Place, Shape, Step, show
from core.nn.signatures import FIRST
from core.spelling import listing


def rule(place: Place, inner: Sequence[Shape], skips: Sequence[Shape]) -> Step:
    """`inner`: what a container's own layers put out; `skips`: what waits for a SkipSum. Raises ModelTextError."""
    kind, arguments = place.spec.kind, place.spec.arguments
    if kind in CONTAINERS:
        return CONTAINERS[kind](place, inner)
    if kind in SKIPS:
        return SKIPS[kind](place, skips, **arguments)
    return RULES[kind](place, **arguments)


def first_fails(place: Place) -> None:
    """The first layer of a model must read characters."""
    kind = place.spec.kind
    if kind not in FIRST:
        embedding = f"Embedding({place.vocab_size or 27}, 10)"
        raise place.fail(
            f"{kind} comes first, but the input is characters: put {embedding} above it",
            fix=f"{embedding}\n{place.spec}" if place.vocab_size else None,
        )


def _reads_characters(place: Place, vocab: int) -> None:
    kind = place.spec.kind
    if place.index or place.within is not None:
        raise place.fail(f"{kind} reads characters, so only the first layer can be one: take this line out", fix="")
    if place.vocab_size not in (None, vocab):
        right = str(replace(place.spec, args=(place.vocab_size, *place.spec.args[1:])))
        raise place.fail(f"{kind} has {vocab} symbols, the data has {place.vocab_size}: write {right}", fix=right)


def _embedding(place: Place, vocab: int, n_embd: int) -> Step:
    _reads_characters(place, vocab)
    # (B, T) -> (B, T, C)
    return (*place.shape, n_embd), 0, f"looks up a vector for each character: adds C {n_embd}"


def _one_hot(place: Place, vocab: int) -> Step:
    _reads_characters(place, vocab)
    return (*place.shape, vocab), 0, f"a 1 at the character's place, 0 elsewhere: adds C {vocab}"


def _counts(place: Place, vocab: int, smoothing: float) -> Step:
    _reads_characters(place, vocab)
    batch, context = place.shape
    if context != 1:
        raise place.fail(f"Counts reads one character, the context is {context}: set the context to 1")
    return (batch, vocab), 0, "looks up how often each character followed, as log-probabilities"


def _flatten(place: Place, n: int) -> Step:
    place.needs_positions("FlattenConsecutive joins positions")
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


def _last_position(place: Place) -> Step:
    place.needs_positions("LastPosition takes the last of several positions")
    b, t, c = place.shape
    return (b, c), 0, f"keeps the last position, which has read the whole text: T {t} dropped"


def _position_embedding(place: Place, t: int, c: int) -> Step:
    place.needs_positions("PositionEmbedding adds a vector to each position")
    if place.shape[1:] != (t, c):
        right = f"PositionEmbedding({place.shape[1]}, {place.shape[2]})"
        raise place.fail(
            f"PositionEmbedding has {t} vectors of {c}, {place.above} gives {show(place.shape)}: write {right}",
            fix=right,
        )
    return place.shape, prod(place.shape), "adds a vector that says at which place each character stands: same shape"


def _linear(place: Place, fan_in: int, fan_out: int, bias: bool, **_) -> Step:
    place.check_last(fan_in)
    out = (*place.shape[:-1], fan_out)
    flops = prod(out) * (2 * fan_in + bias)
    where = "at each position" if len(out) == 3 else "of each example"
    return out, flops, f"mixes the numbers {where}: C {fan_in} -> {fan_out}"


def _conv(place: Place, fan_in: int, fan_out: int, kernel: int, dilation: int, bias: bool) -> Step:
    place.needs_positions("CausalConv1d slides over positions")
    place.check_last(fan_in)
    b, t, _ = place.shape
    left = t - (kernel - 1) * dilation
    if left < 1:
        raise place.fail(
            f"CausalConv1d looks back {(kernel - 1) * dilation} positions, {place.above} gives {show(place.shape)}, "
            f"which has {t}: use a smaller kernel or dilation, or a longer context",
            fix=_shorter(place, (t - 1) // (kernel - 1)),
        )
    out = (b, left, fan_out)
    step = f"{dilation} apart" if dilation > 1 else "side by side"
    words = f"mixes {kernel} positions {step} into one: T {t} -> {left}, C {fan_in} -> {fan_out}"
    return out, prod(out) * (2 * kernel * fan_in + bias), words


def _batch_norm(place: Place, n: int, dims: int | None, **_) -> Step:
    place.check_last(n)
    over = "the batch"
    if len(place.shape) == 3:
        over = "the batch and the positions" if dims is None else "the batch, for each position apart"
    return place.shape, 7 * prod(place.shape), f"brings each channel to mean 0 and std 1 over {over}: same shape"


def _tanh(place: Place) -> Step:
    return place.shape, prod(place.shape), "squashes each number into −1 to 1: same shape"


def _relu(place: Place) -> Step:
    return place.shape, prod(place.shape), "replaces numbers below 0 by 0: same shape"


def _recurrent(gates: int) -> Callable[..., Step]:
    def rule(place: Place, fan_in: int, hidden: int) -> Step:
        kind = place.spec.kind
        place.needs_positions(f"{kind} reads positions one after the other")
        place.check_last(fan_in)
        out = (*place.shape[:-1], hidden)
        return (
            out,
            prod(out) * gates * 2 * (fan_in + hidden + 1),
            (f"reads the positions in turn and carries a state of {hidden} along: C {fan_in} -> {hidden}"),
        )

    return rule


def _transformer(place: Place, d_model: int, nhead: int, dim_feedforward: int) -> Step:
    place.needs_positions("TransformerEncoderLayer lets positions look at each other")
    place.check_last(d_model)
    if d_model % nhead:
        raise place.fail(
            f"TransformerEncoderLayer cannot split {d_model} channels among {nhead} heads; "
            f"use {listing(_divisors(d_model))} heads",
            fix=str(replace(place.spec, args=(d_model, _nearest(nhead, _divisors(d_model)), *place.spec.args[2:]))),
        )
    t = place.shape[1]
    each = 2 * d_model * (4 * d_model + 2 * dim_feedforward) + 4 * t * d_model  # products, then attention's own
    return place.shape, each * prod(place.shape[:-1]), f"lets each position look at itself and the {t - 1} before it"


RULES: dict[str, Callable[..., Step]] = {
    "Embedding": _embedding,
    "OneHot": _one_hot,
    "Counts": _counts,
    "FlattenConsecutive": _flatten,
    "LastPosition": _last_position,
    "PositionEmbedding": _position_embedding,
    "Linear": _linear,
    "CausalConv1d": _conv,
    "BatchNorm1d": _batch_norm,
    "Tanh": _tanh,
    "ReLU": _relu,
    "RNN": _recurrent(1),
    "GRU": _recurrent(3),
    "LSTM": _recurrent(4),
    "TransformerEncoderLayer": _transformer,
}


def _shorter(place: Place, dilation: int) -> str | None:
    """The layer with the largest dilation that leaves a position; None where even neighbours are too far apart."""
    if dilation < 1:
        return None
    kwargs = {name: value for name, value in place.spec.kwargs.items() if name != "dilation"}
    return str(replace(place.spec, kwargs=kwargs | ({"dilation": dilation} if dilation > 1 else {})))


def _nearest(wanted: int, options: list[int]) -> int:
    return min(options, key=lambda option: abs(option - wanted))


def _best_factor(place: Place, n: int, factors: list[int]) -> int:
    """The factor that makes the next Linear fit; without one, the nearest to n."""
    if place.after is not None and place.after.kind == "Linear":
        wanted = place.after.arguments["fan_in"] / place.shape[-1]
        if wanted in factors:
            return int(wanted)
    return _nearest(n, factors)


def _divisors(t: int) -> list[int]:
    return [n for n in range(2, t + 1) if t % n == 0] or [1]
