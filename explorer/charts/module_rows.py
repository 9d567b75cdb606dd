"""Which tensors of a watched model stand in which row of a picture, and which part of the model is shown.

>>> tree = ModuleTree(store.watched(run_id).modules)
>>> tree.within("encoder.layers.0")                  # paths: it, and all modules inside it
>>> chosen = tree.rows(frame.tensors, "encoder", ALL, "output", "weight")
>>> len(chosen.rows), chosen.total, chosen.level     # a large part is shown down to a level that fits
(14, 212, 3)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from core.runs.watched import ROOT, Module
from core.training.frame import TensorInfo
from explorer.charts.frame_rows import ALL, Row, parameter

MOST_ROWS = 24  # of a picture, each high enough to be read
MOST_LINES = 48  # of a picture over time
LONGEST = 22  # characters of a row's name


@dataclass(frozen=True)
class Chosen:
    """What is shown of a part."""

    rows: list[Row]
    total: int  # how many rows it has
    level: int | None  # the deepest level below the part that is shown; None: all


class ModuleTree:
    """The modules of a watched model, by their paths."""

    def __init__(self, modules: Sequence[Module]):
        self.modules = {module.path: module for module in modules}
        self.kinds = {module.path: module.kind for module in modules}
        holders = {module.parent for module in modules}
        self.parts = [path for path in self.modules if path in holders] or [ROOT]  # modules with others inside

    def within(self, part: str) -> list[str]:
        """The part itself and all that is inside it, as the model lists them."""
        return [path for path in self.modules if inside(path, part)]

    def level(self, path: str, part: str) -> int:
        """How deep it lies below a part: 0 is the part itself."""
        return _depth(path) - _depth(part)

    def of_kinds(self, tensors: Sequence[TensorInfo], part: str) -> list[str]:
        """ALL, and the kinds of the part's modules whose outputs were seen, from input to output."""
        seen = dict.fromkeys(self.kinds.get(t.layer) for t in tensors if t.role == "output" and inside(t.layer, part))
        return [ALL, *(kind for kind in seen if kind is not None)]

    def rows(
        self,
        tensors: Sequence[TensorInfo],
        part: str,
        show: str,
        left_role: str,
        right_role: str,
        most: int = MOST_ROWS,
    ) -> Chosen:
        """One row for every module of kind `show` (or `ALL`) in the part, in the order of computing, its own weights
        beside it, and one for each further output or matrix. At most `most`: the upper levels, and of one level with
        more some modules, evenly chosen.
        """
        made = {
            layer: self._rows_of(tensors, layer, left, right, part)
            for layer, (left, right) in _gathered(tensors, self.modules, left_role, right_role).items()
            if inside(layer, part) and show in (ALL, self.kinds.get(layer))
        }
        total = sum(map(len, made.values()))
        if total <= most:
            return Chosen([row for rows in made.values() for row in rows], total, None)
        levels = sorted({self.level(layer, part) for layer in made})
        shown = levels[0]
        for level in levels:
            if sum(len(rows) for layer, rows in made.items() if self.level(layer, part) <= level) > most:
                break
            shown = level
        picked = self._down_to(made, part, shown)
        if len(picked) < 3 and shown != levels[-1]:  # a part with very many modules right below it
            shown = levels[levels.index(shown) + 1]
            picked = self._down_to(made, part, shown)
        picked = picked[:: -(-sum(len(made[layer]) for layer in picked) // most)]
        return Chosen([row for layer in picked for row in made[layer]][:most], total, shown)

    def _down_to(self, made: dict[str, list[Row]], part: str, level: int) -> list[str]:
        return [layer for layer in made if self.level(layer, part) <= level]

    def _rows_of(
        self, tensors: Sequence[TensorInfo], layer: str, left: list[int], right: list[int], part: str
    ) -> list[Row]:
        rows = []
        for i, (out, weight) in enumerate(zip_longest(left, right)):
            label = self.label(layer, part) if i == 0 else "" if out is None else tensors[out].name[len(layer) :]
            name = "" if weight is None else parameter(tensors[weight])
            rows.append(Row(label, out, weight, "" if name == "weight" else name, self.kinds.get(layer, "")))
        return rows

    def label(self, path: str, part: str) -> str:
        """A module's name below a part, short, its end rather than its beginning: "layers.0", "0.Conv2d"."""
        name = path.removeprefix(f"{part}.")
        named = f"{name}.{self.kinds.get(path, '')}"
        if name.rpartition(".")[2].isdigit() and len(named) <= LONGEST:
            name = named
        return name if len(name) <= LONGEST else f"…{name[-LONGEST + 1 :]}"


def inside(path: str, part: str) -> bool:
    """Is a module the part itself, or inside it?"""
    return part == ROOT or path == part or path.startswith(f"{part}.")


def spread_out(picked: list[int], most: int) -> list[int]:
    """At most `most` of them, from the first to the last."""
    return picked[:: -(-len(picked) // most)] if picked else []


def _depth(path: str) -> int:
    return 0 if path == ROOT else path.count(".") + 1


def _gathered(
    tensors: Sequence[TensorInfo], modules: dict[str, Module], left_role: str, right_role: str
) -> dict[str, tuple[list[int], list[int]]]:
    """{path: (row numbers of its outputs, of its matrices or first weight)}, in the order of computing. A module whose
    output nobody saw stands before the one that holds it."""
    left: dict[str, list[int]] = {}
    right: dict[str, list[int]] = {}
    for i, tensor in enumerate(tensors):
        if tensor.role == left_role:
            left.setdefault(tensor.layer, []).append(i)
        elif tensor.role == right_role:
            known = right.setdefault(tensor.layer, [])
            if not known or len(tensor.shape) > 1:
                known.append(i)
    unseen: dict[str | None, list[str]] = {}
    for layer in right:
        if layer not in left:
            holder = modules[layer].parent if layer in modules else None
            unseen.setdefault(holder if holder in left else None, []).append(layer)
    order = [path for layer in left for path in (*unseen.pop(layer, ()), layer)] + unseen.pop(None, [])
    return {path: (left.get(path, []), right.get(path, [])) for path in order}
