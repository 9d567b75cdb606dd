"""Which characters each part of a model sees: a tree derived from the model text alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from core.nn.notation import LayerSpec
from core.nn.shapes import LayerShape, infer


@dataclass(frozen=True)
class Level:
    """The layers from one FlattenConsecutive up to the next, which see the same characters."""

    index: int  # 0 for the characters
    role: str  # "characters", "hidden" or "prediction"
    shapes: tuple[LayerShape, ...]
    place: int  # of its last layer in the model: model.layers[place].out holds the nodes' values
    positions: int

    @property
    def line(self) -> int:
        """The line of the model text that gives the nodes' values."""
        return self.shapes[-1].line

    @property
    def layers(self) -> str:
        return ", ".join(shape.layer for shape in self.shapes)


@dataclass(frozen=True)
class Node:
    """One position of one level. It sees the characters start to stop - 1 and is drawn at (x, y)."""

    id: int
    level: int
    position: int
    start: int
    stop: int
    children: tuple[int, ...]  # ids, left to right; () for a character

    @property
    def x(self) -> float:
        """Centred over its characters, which stand at 0, 1, 2, ..."""
        return (self.start + self.stop - 1) / 2

    @property
    def y(self) -> int:
        """Its level: characters at 0, the prediction on top."""
        return self.level


@dataclass(frozen=True)
class Tree:
    """All nodes, characters first, the prediction last; a node's id is its place in `nodes`.

    >>> tree = derive(parse(preset("wavenet").text(27)), context=8)
    >>> [level.positions for level in tree.levels], len(tree.nodes)
    ([8, 4, 2, 1, 1], 16)
    >>> tree.nodes[12].start, tree.nodes[12].stop, tree.nodes[12].children
    (0, 4, (8, 9))
    """

    context: int
    levels: tuple[Level, ...]
    nodes: tuple[Node, ...]

    @cached_property
    def mask(self) -> np.ndarray:
        """bool (nodes, context): which characters each node sees, by the model text."""
        places = np.arange(self.context)
        return np.array([(node.start <= places) & (places < node.stop) for node in self.nodes])

    def below(self, node_id: int) -> list[int]:
        """The node itself and all nodes it is computed from, in rising order."""
        found, waiting = set(), [node_id]
        while waiting:
            found.add(node := waiting.pop())
            waiting.extend(self.nodes[node].children)
        return sorted(found)

    def node_table(self, characters: str | None = None) -> pd.DataFrame:
        """One row a node: id, level, role, position, line, layers, start, stop, x, y, character, sees.

        `characters` are the context's (one each, such as "....emma"): `character` is a leaf's own ("" above),
        `sees` all that a node sees. Without them `sees` counts places from 1: "1-4".
        """
        rows = []
        for node in self.nodes:
            level = self.levels[node.level]
            places = f"{node.start + 1}-{node.stop}" if node.stop - node.start > 1 else f"{node.stop}"
            rows.append(
                {
                    "id": node.id,
                    "level": node.level,
                    "role": level.role,
                    "position": node.position,
                    "line": level.line,
                    "layers": level.layers,
                    "start": node.start,
                    "stop": node.stop,
                    "x": node.x,
                    "y": node.y,
                    "character": characters[node.start] if characters and not node.children else "",
                    "sees": characters[node.start : node.stop] if characters else places,
                }
            )
        return pd.DataFrame(rows)

    def edge_table(self) -> pd.DataFrame:
        """One row a line of the drawing: parent, child, x, y (of the child), x2, y2 (of the parent)."""
        return pd.DataFrame([self._edge(node, child) for node in self.nodes for child in node.children])

    def pair_table(self) -> pd.DataFrame:
        """One row for each node and each node below it, itself included: ancestor, descendant, x, y.

        What a hover on `ancestor` lights: draw the rows filtered by it over the nodes.
        """
        return pd.DataFrame(
            [
                {"ancestor": node.id, "descendant": below, "x": self.nodes[below].x, "y": self.nodes[below].y}
                for node in self.nodes
                for below in self.below(node.id)
            ]
        )

    def edge_pair_table(self) -> pd.DataFrame:
        """The same for lines: ancestor, and every row of `edge_table` within the tree below it."""
        return pd.DataFrame(
            [
                {"ancestor": node.id} | self._edge(self.nodes[parent], child)
                for node in self.nodes
                for parent in self.below(node.id)
                for child in self.nodes[parent].children
            ]
        )

    def _edge(self, parent: Node, child_id: int) -> dict[str, float]:
        child = self.nodes[child_id]
        return {"parent": parent.id, "child": child.id, "x": child.x, "y": child.y, "x2": parent.x, "y2": parent.y}


def derive(specs: Sequence[LayerSpec], context: int, vocab_size: int | None = None) -> Tree:
    """The tree of a model text. Raises ModelTextError where its shapes do not fit."""
    shapes = infer(specs, 1, context, vocab_size)
    starts = _starts(shapes)
    levels: list[Level] = []
    nodes: list[Node] = []
    for index, (start, stop) in enumerate(zip(starts, [*starts[1:], len(shapes)], strict=True)):
        group = tuple(shapes[start:stop])
        out = group[-1].shape
        role = "characters" if index == 0 else "prediction" if stop == len(shapes) else "hidden"
        level = Level(index, role, group, stop - 1, out[1] if len(out) == 3 else 1)
        nodes += _row(level, levels[-1].positions, nodes) if levels else _leaves(context)
        levels.append(level)
    return Tree(context, tuple(levels), tuple(nodes))


def _starts(shapes: Sequence[LayerShape]) -> list[int]:
    """Where each level starts: at the Embedding, at each FlattenConsecutive, and at the last Linear.

    The last Linear makes the prediction; where no other Linear stands between it and the last FlattenConsecutive, the
    two are one level.
    """
    joins = [i for i, shape in enumerate(shapes) if shape.kind == "FlattenConsecutive"]
    linears = [i for i, shape in enumerate(shapes) if shape.kind == "Linear" and i > joins[-1]]
    return [0, *joins, *linears[1:][-1:]]


def _leaves(context: int) -> list[Node]:
    return [Node(i, 0, i, i, i + 1, ()) for i in range(context)]


def _row(level: Level, positions_below: int, nodes: Sequence[Node]) -> list[Node]:
    """The nodes of one level, each over its equal share of the level below."""
    below = nodes[len(nodes) - positions_below :]
    share = positions_below // level.positions
    row = []
    for position in range(level.positions):
        own = below[position * share : (position + 1) * share]
        ids = tuple(node.id for node in own)
        row.append(Node(len(nodes) + position, level.index, position, own[0].start, own[-1].stop, ids))
    return row
