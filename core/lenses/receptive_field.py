"""Which characters each part of a model sees: a graph derived from the model text alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
import pandas as pd

from core.lenses.field_walk import JOINING, Cell, Walk, leaves, mixes
from core.nn.notation import LayerSpec
from core.nn.shapes import LayerShape, infer

MOST_LIT = 30_000  # rows of a table of pairs: what a browser can hover over without delay
WEIGHTED = ("Linear", "CausalConv1d")  # a last one of these makes the prediction


@dataclass(frozen=True)
class Level:
    """The layers from one that mixes positions up to the next: at a position, they see the same characters."""

    index: int  # 0 for the characters
    role: str  # "characters", "hidden" or "prediction"
    shapes: tuple[LayerShape, ...]  # those inside containers among them; none where characters have no vectors
    place: int | None  # of the layer in the model that holds the nodes' values: model.layers[place].out
    positions: int

    @property
    def last(self) -> LayerShape | None:
        """The layer that gives the nodes' values."""
        return next((shape for shape in reversed(self.shapes) if _passes_on(shape)), None)

    @property
    def name(self) -> str:
        """By that layer: "5.Tanh"; "input" where there is none."""
        return self.last.name if self.last else "input"

    @property
    def layers(self) -> str:
        return ", ".join(shape.layer for shape in self.shapes if shape.depth == 0) or "the characters' codes"


@dataclass(frozen=True)
class Node:
    """One position of one level, drawn at (x, y): characters stand at 0, 1, 2, ... of row 0."""

    id: int
    level: int
    position: int
    sees: tuple[int, ...]  # places of characters, from 0, in order; a dilated convolution leaves gaps
    children: tuple[int, ...]  # ids of the nodes it is computed from; () for a character
    x: float

    @property
    def y(self) -> int:
        """Its level: characters at 0, the prediction on top."""
        return self.level


@dataclass(frozen=True)
class Tree:
    """All nodes, characters first, the prediction last; a node's id is its place in `nodes`, above its children's.

    >>> tree = derive(parse(preset("wavenet").text(27)), context=8)
    >>> [level.positions for level in tree.levels], len(tree.nodes)
    ([8, 4, 2, 1, 1], 16)
    >>> tree.nodes[12].sees, tree.nodes[12].children
    ((0, 1, 2, 3), (8, 9))

    A tree in the hierarchical model. Where convolutions, recurrence or attention share nodes, a node has several
    parents, and where the prediction is read from the last position alone, some have none (`used`).
    """

    context: int
    levels: tuple[Level, ...]
    nodes: tuple[Node, ...]

    @cached_property
    def mask(self) -> np.ndarray:
        """bool (nodes, context): which characters each node sees, by the model text."""
        mask = np.zeros((len(self.nodes), self.context), bool)
        for node in self.nodes:
            mask[node.id, list(node.sees)] = True
        return mask

    @cached_property
    def reach(self) -> np.ndarray:
        """bool (nodes, nodes): row by row, the node itself and all nodes it is computed from."""
        reach = np.eye(len(self.nodes), dtype=bool)
        for node in self.nodes:
            reach[node.id] |= reach[list(node.children)].any(axis=0)
        return reach

    @property
    def used(self) -> np.ndarray:
        """bool (nodes,): those that the prediction is computed from."""
        return self.reach[-1]

    @property
    def lights_all(self) -> bool:
        """Do the tables of pairs hold all that a node is computed from? Of very many, only what it reads itself."""
        lines = [len(node.children) for node in self.nodes]
        return max(int(self.reach.sum()), int((self.reach @ np.array(lines)).sum())) <= MOST_LIT

    def below(self, node_id: int) -> list[int]:
        """The node itself and all nodes it is computed from, in rising order."""
        return np.flatnonzero(self.reach[node_id]).tolist()

    def node_table(self, characters: str | None = None) -> pd.DataFrame:
        """One row a node: id, level, role, position, layers, x, y, character, sees, used.

        `characters` are the context's (one each, such as "....emma"): `character` is a leaf's own ("" above),
        `sees` all that a node sees, "e·m" where it leaves some out. Without them `sees` counts places: "1-4".
        """
        used = self.used
        rows = []
        for node in self.nodes:
            level = self.levels[node.level]
            rows.append(
                {
                    "id": node.id,
                    "level": node.level,
                    "role": level.role,
                    "position": node.position,
                    "layers": level.layers,
                    "x": node.x,
                    "y": node.y,
                    "character": characters[node.sees[0]] if characters and not node.children else "",
                    "sees": excerpt(characters, node.sees) if characters else spans(node.sees),
                    "used": bool(used[node.id]),
                }
            )
        return pd.DataFrame(rows)

    def edge_table(self) -> pd.DataFrame:
        """One row a line of the drawing: parent, child, x, y (of the child), x2, y2 (of the parent), used."""
        used = self.used
        rows = [
            {"parent": node.id, "child": child, "x": self.nodes[child].x, "y": self.nodes[child].y}
            | {"x2": node.x, "y2": node.y, "used": bool(used[node.id])}
            for node in self.nodes
            for child in node.children
        ]
        return pd.DataFrame(rows)

    def pair_table(self) -> pd.DataFrame:
        """One row for each node and each node below it, itself included: ancestor, descendant, x, y.

        What a hover on `ancestor` lights: draw the rows filtered by it over the nodes.
        """
        reach = self.reach if self.lights_all else np.eye(len(self.nodes), dtype=bool) | self._reads
        ancestor, descendant = np.nonzero(reach)
        at = np.array([(node.x, node.y) for node in self.nodes])
        columns = {"ancestor": ancestor, "descendant": descendant, "x": at[descendant, 0], "y": at[descendant, 1]}
        return pd.DataFrame(columns)

    def edge_pair_table(self) -> pd.DataFrame:
        """The same for lines: ancestor, and every row of `edge_table` among the nodes below it."""
        edges = self.edge_table()
        reach = self.reach if self.lights_all else np.eye(len(self.nodes), dtype=bool)
        ancestor, edge = np.nonzero(reach[:, edges["parent"].to_numpy()])
        return edges.iloc[edge].assign(ancestor=ancestor).reset_index(drop=True)

    @property
    def _reads(self) -> np.ndarray:
        """bool (nodes, nodes): row by row, a node's children."""
        reads = np.zeros_like(self.reach)
        for node in self.nodes:
            reads[node.id, list(node.children)] = True
        return reads


def excerpt(characters: str, places: Sequence[int]) -> str:
    """What stands at some places, a dot for what is left out between them: `excerpt("emma", [0, 3])` is "e·a"."""
    return "·".join(characters[start : stop + 1] for start, stop in _runs(places))


def spans(places: Sequence[int]) -> str:
    """Places in words, from 1: "1-4", "2, 6-8", "none"."""
    parts = [f"{start + 1}-{stop + 1}" if stop > start else f"{stop + 1}" for start, stop in _runs(places)]
    return ", ".join(parts) or "none"


def _runs(places: Iterable[int]) -> list[tuple[int, int]]:
    """Neighbouring places together, first and last of each: [0, 1, 4] -> [(0, 1), (4, 4)]."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


def derive(specs: Sequence[LayerSpec], context: int, vocab_size: int | None = None) -> Tree:
    """The graph of a model text that predicts one character. Raises ModelTextError where its shapes do not fit."""
    shapes = infer(specs, 1, context, vocab_size)
    ends = list(accumulate(sum(1 for _ in spec.flat()) for spec in specs))  # of each line's layers, in shapes
    walk, cells = Walk(), leaves(context)
    levels: list[Level] = []
    nodes: list[Node] = []
    starts = _starts(specs)
    for index, (start, stop) in enumerate(zip(starts, [*starts[1:], len(specs)], strict=True)):
        cells = walk.through(specs[start:stop], cells)
        role = "characters" if index == 0 else "prediction" if stop == len(specs) else "hidden"
        group = range(ends[start - 1] if start else 0, ends[stop - 1] if stop else 0)
        place = next((i for i in reversed(group) if _passes_on(shapes[i])), None)
        levels.append(Level(index, role, tuple(shapes[i] for i in group), place, len(cells)))
        row = [_node(len(nodes) + t, index, t, cell) for t, cell in enumerate(cells)]
        nodes += row
        walk.finish([node.id for node in row])
        cells = [Cell(cell.sees, frozenset({node.id}), x=cell.x) for cell, node in zip(cells, row, strict=True)]
    return Tree(context, tuple(levels), tuple(nodes))


def _node(id: int, level: int, position: int, cell: Cell) -> Node:
    children = {*cell.reads, id - 1} if cell.chained else cell.reads
    return Node(id, level, position, tuple(sorted(cell.sees)), tuple(sorted(children)), cell.x)


def _starts(specs: Sequence[LayerSpec]) -> list[int]:
    """Where each level starts: at the first layer, at each that mixes positions, and at the last Linear.

    The last Linear makes the prediction; where no other layer with weights stands between it and the last that mixes
    positions, the two are one level. Of a model that is one level, the characters are a level without layers.
    """
    mixing = [i for i, spec in enumerate(specs) if i and mixes(spec)]
    last = mixing[-1] if mixing else 0
    weighted = [i for i, spec in enumerate(specs) if i > last and spec.kind in WEIGHTED]
    makers = weighted if specs[last].kind in JOINING else [last, *weighted]
    starts = [0, *mixing, *makers[1:][-1:]]
    return starts if len(starts) > 1 else [0, 0]


def _passes_on(shape: LayerShape) -> bool:
    """Is its output what the next line reads? Not that of a Skip, nor of a layer inside another."""
    return shape.depth == 0 and shape.kind != "Skip"
