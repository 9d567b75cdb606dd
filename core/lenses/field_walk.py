"""What each position of a text has read, layer after layer: which characters, and which nodes of the levels below.

>>> walk = Walk()
>>> cells = walk.through(parse("CausalConv1d(10, 68)\\nTanh()"), leaves(8))
>>> len(cells), sorted(cells[0].sees), cells[0].x
(7, [0, 1], 1.0)

One rule a kind of layer, as `core.nn.shape_rules` has for shapes; a layer without one leaves positions apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from core.nn.notation import LayerSpec

JOINING = ("FlattenConsecutive", "LastPosition", "SkipSum")  # mix or choose positions without weights of their own
RECURRENT = ("RNN", "GRU", "LSTM")
MIXING = (*JOINING, *RECURRENT, "TransformerEncoderLayer")
ASIDE = 0.9  # how far to the right a sum of skips stands, so that its lines do not run through the nodes between


@dataclass(frozen=True)
class Cell:
    """One position on its way through a level."""

    sees: frozenset[int]  # places of characters
    reads: frozenset[int] = frozenset()  # ids of nodes of finished levels
    chained: bool = False  # it also reads the position before it, of its own level
    x: float = 0.0  # where it is drawn; characters stand at 0, 1, 2, ...


@dataclass
class Aside:
    """What one Skip has put aside: its positions, and their nodes once their level is finished."""

    cells: list[Cell]
    nodes: list[int] | None = None

    def last(self, count: int) -> list[Cell]:
        """The last `count` positions, each as its level's node where there is one."""
        kept = self.cells[len(self.cells) - count :]
        nodes = [None] * len(kept) + list(self.nodes or [])
        pairs = zip(kept, nodes[len(nodes) - len(kept) :], strict=True)
        return [cell if node is None else replace(cell, reads=frozenset({node})) for cell, node in pairs]


def leaves(context: int) -> list[Cell]:
    return [Cell(frozenset({place}), x=float(place)) for place in range(context)]


def mixes(spec: LayerSpec) -> bool:
    """Do its positions read others than themselves, in it or in a layer inside it?"""
    return any(layer.kind in MIXING or layer.arguments.get("kernel", 1) > 1 for layer in spec.flat())


@dataclass
class Walk:
    """`asides` are the Skips that no SkipSum has added up yet."""

    asides: list[Aside] = field(default_factory=list)

    def through(self, specs: Sequence[LayerSpec], cells: list[Cell]) -> list[Cell]:
        for spec in specs:
            rule = _RULES.get(spec.kind)
            cells = rule(self, spec, cells) if rule else cells
        return cells

    def finish(self, nodes: list[int]) -> None:
        """A level is finished: what was put aside in it is read from its nodes."""
        for aside in self.asides:
            if aside.nodes is None:
                aside.nodes = nodes


def _flatten(walk: Walk, spec: LayerSpec, cells: list[Cell]) -> list[Cell]:
    n = spec.arguments["n"]
    groups = [_apart(cells)[i : i + n] for i in range(0, len(cells), n)]
    return [replace(_union(group), x=sum(cell.x for cell in group) / n) for group in groups]


def _convolve(walk: Walk, spec: LayerSpec, cells: list[Cell]) -> list[Cell]:
    kernel, dilation = spec.arguments["kernel"], spec.arguments["dilation"]
    back = (kernel - 1) * dilation
    if not back:
        return cells
    cells = _apart(cells)
    return [_union(cells[t : t + back + 1 : dilation]) for t in range(len(cells) - back)]


def _recur(walk: Walk, spec: LayerSpec, cells: list[Cell]) -> list[Cell]:
    sees = [_union(cells[: t + 1]).sees for t in range(len(cells))]
    return [replace(cell, sees=sees[t], chained=t > 0) for t, cell in enumerate(_apart(cells))]


def _attend(walk: Walk, spec: LayerSpec, cells: list[Cell]) -> list[Cell]:
    return [_union(_apart(cells)[: t + 1]) for t in range(len(cells))]


def _last(walk: Walk, spec: LayerSpec, cells: list[Cell]) -> list[Cell]:
    return _apart(cells)[-1:]


def _residual(walk: Walk, spec: LayerSpec, cells: list[Cell]) -> list[Cell]:
    inner = walk.through(spec.inside, cells)
    return _added(cells, inner)


def _gated(walk: Walk, spec: LayerSpec, cells: list[Cell]) -> list[Cell]:
    what, how_much = (walk.through([branch], cells) for branch in spec.inside)
    return _added(what, how_much)


def _skip(walk: Walk, spec: LayerSpec, cells: list[Cell]) -> list[Cell]:
    walk.asides.append(Aside(_apart(cells)))
    return cells


def _skip_sum(walk: Walk, spec: LayerSpec, cells: list[Cell]) -> list[Cell]:
    asides, walk.asides = walk.asides, []
    count = len(asides[-1].cells)
    sums = [_union(column) for column in zip(*(aside.last(count) for aside in asides), strict=True)]
    return [replace(cell, x=cell.x + ASIDE) if len(cell.reads) > 1 else cell for cell in sums]


_RULES: dict[str, Callable[[Walk, LayerSpec, list[Cell]], list[Cell]]] = {
    "FlattenConsecutive": _flatten,
    "CausalConv1d": _convolve,
    "TransformerEncoderLayer": _attend,
    "LastPosition": _last,
    "Residual": _residual,
    "Gated": _gated,
    "Skip": _skip,
    "SkipSum": _skip_sum,
} | dict.fromkeys(RECURRENT, _recur)


def _union(cells: Sequence[Cell]) -> Cell:
    """What they have read together, drawn at the last of them."""
    sees, reads = (frozenset().union(*(getattr(cell, name) for cell in cells)) for name in ("sees", "reads"))
    return Cell(sees, reads, cells[-1].chained, cells[-1].x)


def _added(first: list[Cell], second: list[Cell]) -> list[Cell]:
    """Position by position, the longer one cut to its last positions."""
    count = min(len(first), len(second))
    pairs = zip(first[len(first) - count :], second[len(second) - count :], strict=True)
    return [replace(_union(pair), chained=any(cell.chained for cell in pair)) for pair in pairs]


def _apart(cells: list[Cell]) -> list[Cell]:
    """The same for who reads them one by one: a chained position has read all that those before it have."""
    if not any(cell.chained for cell in cells):
        return cells
    return [replace(_union(cells[: t + 1]), chained=False) for t in range(len(cells))]
