"""The classes that a model needs, and the model as a list of their calls.

>>> specs = parse("Embedding(27, 10)\\nFlattenConsecutive(3)\\nLinear(30, 27, bias=False)")
>>> print(classes(specs))                       # class Embedding: ..., each as short as this model allows
>>> print(listed(specs))
    Embedding(27, 10),
    FlattenConsecutive(3),
    Linear(30, 27),

What all layers of a kind share stands in their class ("no bias"); what tells them apart is an argument.
"""

from collections.abc import Iterator, Sequence

from core.export import inner_code, layer_code
from core.export.literals import INDENT, Call
from core.export.template import fill
from core.nn.notation import LayerSpec, flat

CHOICES = ("bias", "unbiased", "dims")  # arguments that a class can do without where all its layers agree
NUMBERS = ("std", "bias_std")  # ... or where none is given a value of its own
STATES = {
    "RNN": "A state is carried from character to character.",
    "GRU": "Gates decide how much of the state is replaced.",
    "LSTM": "Gates, and a second state that is only added to.",
}
SOURCES = {  # in the order in which they build on each other
    "Embedding": layer_code.EMBEDDING,
    "OneHot": layer_code.ONE_HOT,
    "Counts": layer_code.COUNTS,
    "FlattenConsecutive": layer_code.FLATTEN,
    "Linear": layer_code.LINEAR,
    "CausalConv1d": layer_code.CAUSAL_CONV,
    "BatchNorm1d": layer_code.BATCH_NORM,
    "Tanh": layer_code.TANH,
    "ReLU": layer_code.RELU,
    "PositionEmbedding": layer_code.POSITION_EMBEDDING,
    "LastPosition": layer_code.LAST_POSITION,
    "drawn": inner_code.DRAWN,
    "RNN": inner_code.RECURRENT,
    "GRU": inner_code.RECURRENT,
    "LSTM": inner_code.RECURRENT,
    "TransformerEncoderLayer": inner_code.TRANSFORMER,
    "Sequential": layer_code.SEQUENTIAL,
    "Residual": inner_code.RESIDUAL,
    "Gated": inner_code.GATED,
    "Skip": inner_code.SKIP,
    "SkipSum": inner_code.SKIP_SUM,
}
BY_TORCH = {*STATES, "TransformerEncoderLayer"}


def classes(specs: Sequence[LayerSpec]) -> str:
    """The source of every class that the model is made of, and of no other."""
    kinds = {spec.kind for spec in flat(specs)}
    if "Skip" in kinds:
        kinds.add("Linear")
    if kinds & BY_TORCH:
        kinds.add("drawn")
    if not counts(specs):
        kinds.add("Sequential")
    return "\n\n".join(_source(kind, specs) for kind in SOURCES if kind in kinds)


def listed(specs: Sequence[LayerSpec]) -> str:
    """The layers as lines of a list, one below the other."""
    return "".join(f"{INDENT}{_call(spec, _agreed(specs)).broken(len(INDENT))},\n" for spec in specs)


def first(specs: Sequence[LayerSpec]) -> str:
    """The call of the first layer."""
    return str(_call(specs[0], _agreed(specs)))


def counts(specs: Sequence[LayerSpec]) -> bool:
    """Does the model count instead of learning by gradients?"""
    return specs[0].kind == "Counts"


def less_confident(specs: Sequence[LayerSpec]) -> str | None:
    """What is scaled down at the start, as an expression: "layers[-1].weight"; None where nothing is."""
    last = [(path, spec) for path, spec in _places(specs, "layers") if spec.own_parameters]
    match last[-1:]:
        case [(path, spec)] if spec.kind == "BatchNorm1d":
            return f"{path}.gamma"
        case [(path, spec)] if spec.kind in ("Linear", "Skip") and "std" not in spec.kwargs:
            return f"{path}.weight"
    return None


def _places(specs: Sequence[LayerSpec], path: str) -> Iterator[tuple[str, LayerSpec]]:
    """Each layer and how to reach it, in the order in which they are computed."""
    for i, spec in enumerate(specs):
        at = f"{path}[{-1 if i == len(specs) - 1 else i}]"
        yield from _places(spec.inside, f"{at}.layers")
        yield at, spec


def _source(kind: str, specs: Sequence[LayerSpec]) -> str:
    own = [spec for spec in flat(specs) if spec.kind == kind or (kind == "Linear" and spec.kind == "Skip")]
    so = _so(own) | {
        "lengths=cut" if any(spec.arguments.get("kernel", 1) > 1 for spec in flat(specs)) else "lengths=kept"
    }
    return fill(SOURCES[kind], so, options=_options(so), kind=kind, what=STATES.get(kind, ""))


def _so(specs: Sequence[LayerSpec]) -> set[str]:
    """What the layers of one kind share: "bias=True" or "bias=any"; "std=given", "std=default" or "std=any"."""
    so = set()
    for name in CHOICES:
        values = {spec.arguments[name] for spec in specs if name in spec.arguments}
        if values:
            so.add(f"{name}={values.pop() if len(values) == 1 else 'any'}")
    for name in NUMBERS:
        given = {name in _own(spec) for spec in specs}
        so.add(f"{name}={'any' if len(given) > 1 else 'given' if True in given else 'default'}")
    if {"bias=any", "bias_std=given"} <= so:
        so = so - {"bias_std=given"} | {"bias_std=any"}
    return so


def _options(so: set[str]) -> str:
    """The arguments of a class beside those that every layer of its kind has."""
    required = [name for name in NUMBERS if f"{name}=given" in so]
    defaults = {"bias": "True", "unbiased": "True", "dims": "None", "std": "None", "bias_std": "0.0"}
    return "".join(
        f", {part}" for part in [*required, *(f"{n}={value}" for n, value in defaults.items() if f"{n}=any" in so)]
    )


def _own(spec: LayerSpec) -> dict:
    """The optional arguments that mean something: a bias that is not there has no size."""
    return {k: v for k, v in spec.kwargs.items() if k != "bias_std" or spec.arguments["bias"]}


def _agreed(specs: Sequence[LayerSpec]) -> set[tuple[str, str]]:
    """(kind, argument) of what stands in a class, so that its calls can leave it out."""
    agreed = set()
    for kind in {spec.kind for spec in flat(specs)}:
        family = ("Linear", "Skip") if kind in ("Linear", "Skip") else (kind,)
        so = _so([spec for spec in flat(specs) if spec.kind in family])
        agreed |= {(kind, name) for name in CHOICES if f"{name}=any" not in so}
    return agreed


def _call(spec: LayerSpec, agreed: set[tuple[str, str]]) -> Call:
    options = [f"{name}={value!r}" for name, value in _own(spec).items() if (spec.kind, name) not in agreed]
    return Call(spec.kind, [*(_call(inner, agreed) for inner in spec.inside), *map(repr, spec.args), *options])
