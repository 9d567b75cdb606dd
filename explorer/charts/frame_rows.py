"""Which tensors of a frame stand in which row of a picture.

>>> rows = rows_of(frame.tensors, "Tanh", "output", "weight")
>>> rows[0].label, rows[0].right_label           # a Tanh layer, and beside it the weights that feed it
('5.Tanh', '3.Linear')
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.nn.notation import LayerSpec
from core.training.frame import TensorInfo

ALL = "All"
KINDS = (  # what layers can be chosen by, the first that a model has being shown at first
    "Tanh",
    "Gated",
    "RNN",
    "GRU",
    "LSTM",
    "TransformerEncoderLayer",
    "ReLU",
    "Residual",
    "CausalConv1d",
    "Linear",
    "BatchNorm1d",
)
SQUASHING = ("Tanh", "ReLU")  # saturate; beside them stand the weights that feed them
FEEDING = ("Linear", "CausalConv1d")
PASSING = ("BatchNorm1d", "FlattenConsecutive", "LastPosition", *SQUASHING)  # between them and what they feed


@dataclass(frozen=True)
class Row:
    """One row: a layer's output on the left, a weight on the right, each a row number of the frame (None: nothing)."""

    label: str  # the layer; "" where a row shows one more weight of the layer above
    left: int | None
    right: int | None
    right_label: str = ""  # what the label does not say of the weight: "3.Linear", "gamma", "weight_hh"
    kind: str = ""  # of the layer, where its name does not end with it


def layer_names(specs: Sequence[LayerSpec], path: str = "") -> Iterator[str]:
    """The layers of a model text as they are named in frames: "1.Embedding", "2.1.Gated", "2.Residual"."""
    for i, spec in enumerate(specs, 1):
        yield from layer_names(spec.inside, f"{path}{i}.")
        yield f"{path}{i}.{spec.kind}"


def kind_of(layer: str) -> str:
    """'2.1.Linear' -> 'Linear'."""
    return layer.rpartition(".")[2]


def kinds(layers: Sequence[str]) -> list[str]:
    """What the rows can be chosen by: the kinds of layer that are of interest, and all of them."""
    return [kind for kind in KINDS if of_kind(layers, kind)] + [ALL]


def of_kind(layers: Sequence[str], *kinds: str) -> list[str]:
    """Those of some kinds, in order: `of_kind(["1.Embedding", "2.Tanh"], "Tanh")` is ["2.Tanh"]."""
    return [layer for layer in layers if kind_of(layer) in kinds]


def unread(layers: Sequence[str]) -> list[str]:
    """Layers whose output nobody reads, and so no gradient reaches: a SkipSum takes Skips alone.

    `unread(["1.Embedding", "2.1.Skip", "2.2.Linear", "2.Residual", "3.SkipSum"])` is ["2.2.Linear", "2.Residual"].
    """
    found = []
    for place, layer in enumerate(layers):
        while kind_of(layer) == "SkipSum" and place and kind_of(layers[place - 1]) in ("Linear", "Residual"):
            place -= 1
            found.append(layers[place])
            if kind_of(layers[place]) == "Linear":  # what it reads, a Skip reads too, or it stands alone
                break
    return sorted(found, key=layers.index)


def rows_of(tensors: Sequence[TensorInfo], show: str, left_role: str, right_role: str) -> list[Row]:
    """One row for every layer of kind `show` (or `ALL`), from input to output, and one for each further matrix.

    Beside a Tanh or ReLU stands the weight of the layer that feeds it, where a single one does, beside a Gated those of
    its branches; beside any other layer its own weights, where it has some.
    """
    left = {t.layer: i for i, t in enumerate(tensors) if t.role == left_role}
    own: dict[str, list[int]] = {}
    for i, tensor in enumerate(tensors):
        if tensor.role == right_role:
            known = own.setdefault(tensor.layer, [])
            if not known or len(tensor.shape) == 2:  # a layer's first: its weight, a BatchNorm's gain; no biases
                known.append(i)
    rows, feeding = [], []
    for layer in dict.fromkeys(t.layer for t in tensors):
        if kind_of(layer) in FEEDING:
            feeding = own.get(layer, [])
        elif kind_of(layer) not in PASSING:
            feeding = []
        if show in (ALL, kind_of(layer)):
            beside = own.get(layer, [])
            if show in SQUASHING:
                beside = feeding
            elif show == "Gated":
                path = layer.removesuffix("Gated")
                beside = [i for inside in own if inside.startswith(path) for i in own[inside]]
            first, *further = beside or [None]
            rows.append(Row(layer, left.get(layer), first, _beside(tensors, first, layer)))
            rows += [Row("", None, i, _beside(tensors, i, layer)) for i in further]
    return rows


def _beside(tensors: Sequence[TensorInfo], tensor: int | None, layer: str) -> str:
    if tensor is None:
        return ""
    if tensors[tensor].layer != layer:
        return tensors[tensor].layer
    name = parameter(tensors[tensor])
    return "" if name == "weight" else name


def parameter(tensor: TensorInfo) -> str:
    """A weight's own name, short: "weight", "gamma"; of torch's "weight_hh_l0" and "self_attn.in_proj_weight"
    "weight_hh" and "in_proj"."""
    name = tensor.name.removeprefix(f"{tensor.layer}.").removeprefix("self_attn.").removesuffix("_l0")
    return name if name == "weight" else name.removesuffix(".weight").removesuffix("_weight")


def matrices(tensors: Sequence[TensorInfo]) -> list[int]:
    """Row numbers of the weights with two dimensions, from input to output: the ones whose ratios the course draws."""
    return [i for i, t in enumerate(tensors) if t.role == "weight" and len(t.shape) == 2]


def weight_labels(tensors: Sequence[TensorInfo]) -> tuple[str, ...]:
    """What some weights are called beside their lines: by their layer, or "2.weight_hh" where it has several."""
    layers = [tensor.layer for tensor in tensors]
    return tuple(
        t.layer if layers.count(t.layer) == 1 else f"{t.layer.rpartition('.')[0]}.{parameter(t)}" for t in tensors
    )
