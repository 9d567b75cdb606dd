"""Which tensors of a frame stand in which row of a picture.

>>> rows = rows_of(frame.tensors, "Tanh", "output", "weight")
>>> rows[0].label, rows[0].right_label           # a Tanh layer, and beside it the weights that feed it
('5.Tanh', '3.Linear.weight')
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.training.frame import TensorInfo

ALL = "All"


@dataclass(frozen=True)
class Row:
    """One row: a layer's output on the left, a weight on the right, each a row number of the frame (None: nothing)."""

    label: str
    left: int | None
    right: int | None
    right_label: str = ""


def kind_of(layer: str) -> str:
    """'3.Linear' -> 'Linear'."""
    return layer.partition(".")[2]


def kinds(layers: Sequence[str]) -> list[str]:
    """What the rows can be chosen by: the kinds of layer that are of interest, and all of them."""
    return [kind for kind in ("Tanh", "Linear", "BatchNorm1d") if of_kind(layers, kind)] + [ALL]


def of_kind(layers: Sequence[str], kind: str) -> list[str]:
    """Those of one kind, in order: `of_kind(["1.Embedding", "2.Tanh"], "Tanh")` is ["2.Tanh"]."""
    return [layer for layer in layers if kind_of(layer) == kind]


def rows_of(tensors: Sequence[TensorInfo], show: str, left_role: str, right_role: str) -> list[Row]:
    """One row for every layer of kind `show` (or `ALL`), from input to output.

    Beside a Tanh stands the weight of the nearest Linear above it, because that is what makes it saturate; beside any
    other layer its own weight, where it has one.
    """
    left = {t.layer: i for i, t in enumerate(tensors) if t.role == left_role}
    right: dict[str, int] = {}
    for i, tensor in enumerate(tensors):
        if tensor.role == right_role:
            right.setdefault(tensor.layer, i)  # a layer's first: its weight, a BatchNorm's gain
    rows, feeding = [], None
    for layer in left:
        own = right.get(layer)
        if kind_of(layer) == "Linear":
            feeding = own
        if show in (ALL, kind_of(layer)):
            beside = feeding if show == kind_of(layer) == "Tanh" else own
            rows.append(Row(layer, left[layer], beside, "" if beside is None else tensors[beside].name))
    return rows


def matrices(tensors: Sequence[TensorInfo]) -> list[int]:
    """Row numbers of the weights with two dimensions, from input to output: the ones whose ratios the course draws."""
    return [i for i, t in enumerate(tensors) if t.role == "weight" and len(t.shape) == 2]
