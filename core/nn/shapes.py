"""Which shape every layer of a model text gives, and what to write where shapes do not fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from core.nn.limits import EVALUATION_BATCHES, MAX_ACTIVATIONS, MAX_CONTEXT, MAX_EXAMPLES
from core.nn.notation import LayerSpec, ModelTextError, flat, parse
from core.nn.output_rules import check_output
from core.nn.place import Place, Shape
from core.nn.shape_rules import first_fails, rule


@dataclass(frozen=True)
class LayerShape:
    """What one layer does to the shape of what it reads.

    >>> shapes = infer(parse("Embedding(27, 10)\\nFlattenConsecutive(8)\\nLinear(80, 27)"), batch=4, context=8)
    >>> shapes[1].in_shape, shapes[1].shape, shapes[1].what
    ((4, 8, 10), (4, 80), 'joins 8 neighbouring positions: T 8 -> 1 (dropped), C 10 -> 80')

    `flops` are the floating-point operations of one forward pass of the whole batch. A multiplication and an addition
    are two operations: a Linear takes 2 * fan_in for each number it puts out (and 1 for its bias), BatchNorm1d 7 a
    number (1 mean, 3 variance, 3 centre, scale and shift), Tanh and the like count as 1, moving numbers as 0.
    Parameters and flops of a container are its own: the layers inside have rows of their own.
    """

    name: str  # by its place: "3.Linear", "2.1.Gated", as the model's own layers are named
    spec: LayerSpec
    in_shape: Shape
    shape: Shape
    flops: int
    what: str  # in plain words, what happened to the shape

    @property
    def line(self) -> int:
        """The line of the model text, from 1."""
        return self.spec.line

    @property
    def layer(self) -> str:
        """Its text: "Linear(20, 68, bias=False)"; of a container "Residual(...)"."""
        return f"{self.kind}(...)" if self.spec.inside else str(self.spec)

    @property
    def kind(self) -> str:
        return self.spec.kind

    @property
    def parameters(self) -> int:
        return self.spec.own_parameters

    @property
    def depth(self) -> int:
        """In how many containers it stands."""
        return self.name.count(".") - 1


def infer(
    specs: Sequence[LayerSpec], batch: int, context: int, vocab_size: int | None = None, positions: int = 1
) -> list[LayerShape]:
    """The shapes of all layers, in the order in which they are computed: a container stands below its own layers.

    The input is (batch, context + positions - 1) characters; the last output must be a score for each character that
    may come next, at each of the last `positions`: (batch, vocabulary), or (batch, positions, vocabulary). `vocab_size`
    is the data's; without it, the first layer's counts. Raises ModelTextError with the shapes up to the layer that
    fails.
    """
    for name, value, most in (
        ("context", context, MAX_CONTEXT),
        ("batch size", batch, MAX_EXAMPLES),
        ("number of predicted positions", positions, MAX_CONTEXT),
    ):
        if not 1 <= value <= most:
            raise ModelTextError(None, f"the {name} is {value:,}: it must be a whole number from 1 to {most:,}")
    walk = _Walk(batch, vocab_size)
    try:
        shape = walk.through(specs, (batch, context + positions - 1))
        check_output(walk.place, shape, vocab_size or specs[0].arguments["vocab"], positions)
    except ModelTextError as error:
        other = _joins(specs, error.line) if positions == 1 else None
        if other not in (None, context):
            raise ModelTextError(
                error.line, f"{error.message}, or a context of {other}", walk.shapes, error.fix
            ) from None
        error.shapes_so_far = tuple(walk.shapes)
        raise
    return walk.shapes


class _Walk:
    """Layer after layer, from the characters on; `shapes` holds those that fitted."""

    def __init__(self, batch: int, vocab_size: int | None):
        self.batch, self.vocab_size = batch, vocab_size
        self.shapes: list[LayerShape] = []
        self.skips: list[Shape] = []  # of the Skips that no SkipSum has added up yet
        self.numbers = 0
        self.place: Place  # of the last layer looked at

    def through(self, specs: Sequence[LayerSpec], shape: Shape, within: Place | None = None, name: str = "") -> Shape:
        before = None
        for i, spec in enumerate(specs):
            after = specs[i + 1] if i + 1 < len(specs) else None
            shape = self._one(Place(spec, shape, i, after, self.vocab_size, within, before), f"{name}{i + 1}.")
            before = before if spec.kind == "Skip" else spec  # what reads below a Skip reads what the Skip does
        return shape

    def _one(self, place: Place, name: str) -> Shape:
        """The shape of what the next layer reads."""
        spec = place.spec
        if place.within is None and place.index == 0:
            first_fails(place)
        if self.shapes and self.shapes[0].kind == "Counts":
            raise place.fail(
                "Counts gives the prediction itself, and no gradient goes back through it: take this line out", fix=""
            )
        inner: list[Shape] = []
        if spec.kind == "Residual":
            inner = [self.through(spec.inside, place.shape, place, name)]
        elif spec.inside:
            inner = [
                self._one(Place(branch, place.shape, i, None, self.vocab_size, place), f"{name}{i + 1}.")
                for i, branch in enumerate(spec.inside)
            ]
        out, flops, what = rule(place, inner, self.skips)
        self.numbers += prod(out) + _working(spec, out)
        evaluated = self.numbers // self.batch * sum(EVALUATION_BATCHES)
        if self.numbers + evaluated > MAX_ACTIVATIONS:
            raise place.fail(
                f"the layers up to here hold {self.numbers:,} numbers at a batch size of {self.batch:,} and "
                f"{evaluated:,} more to evaluate, at most {MAX_ACTIVATIONS:,} are allowed: use a smaller batch or "
                "smaller layers"
            )
        self.shapes.append(LayerShape(f"{name}{spec.kind}", spec, place.shape, out, flops, what))
        self.place = place
        if spec.kind == "Skip":
            self.skips.append(out)
            return place.shape
        if spec.kind == "SkipSum":
            self.skips.clear()
        return out


def _working(spec: LayerSpec, out: Shape) -> int:
    """How many numbers a layer holds besides its output: positions joined side by side, attention's scores."""
    arguments = spec.arguments
    match spec.kind:
        case "CausalConv1d":
            return prod(out[:-1]) * arguments["kernel"] * arguments["fan_in"]
        case "TransformerEncoderLayer":
            return prod(out[:-1]) * (arguments["nhead"] * out[1] + arguments["dim_feedforward"])
    return 0


def context_of(text: str, default: int = 8) -> int:
    """How many characters a model text reads, if the whole text fits with it: what its layers join and slide over.

    >>> context_of("Embedding(27, 10)\\nFlattenConsecutive(3)\\nLinear(30, 27)")
    3
    """
    try:
        specs = parse(text)
        context = _read(specs)
        if context == 1 and any(spec.kind == "LastPosition" for spec in flat(specs)):
            context = default  # a recurrent network or attention reads any number
        infer(specs, 1, context)
    except ModelTextError:
        return default
    return context


def _joins(specs: Sequence[LayerSpec], line: int | None) -> int | None:
    """Where a FlattenConsecutive fails: the context with which the whole model fits; None where there is none."""
    context = _read(specs)
    if context > MAX_CONTEXT or not any(s.line == line and s.kind == "FlattenConsecutive" for s in flat(specs)):
        return None
    walk = _Walk(1, None)
    try:
        shape = walk.through(specs, (1, context))
        check_output(walk.place, shape, specs[0].arguments["vocab"], 1)
    except ModelTextError:
        return None
    return context


def _read(specs: Sequence[LayerSpec]) -> int:
    """How many characters the layers join and slide over."""
    return prod(spec.arguments["n"] for spec in flat(specs) if spec.kind == "FlattenConsecutive") + _slid(specs)


def _slid(specs: Sequence[LayerSpec]) -> int:
    """By how many positions the convolutions shorten a text; the branches of a Gated by the same."""
    total = 0
    for spec in specs:
        if spec.kind == "CausalConv1d":
            total += (spec.arguments["kernel"] - 1) * spec.arguments["dilation"]
        total += _slid(spec.inside[:1] if spec.kind == "Gated" else spec.inside)
    return total
