"""Every node of both ways to predict at all positions of a word, in the order of computing, with its cost.

>>> lattice = Lattice(Stack.plain((1, 2, 4), kernel=2), predictions=8)     # "diondre" and its end
>>> len(lattice.trees()), len(lattice.one_pass()), len(lattice.cached())
(64, 42, 32)

The text is the word behind as many dots as one prediction sees. Levels count from the characters, 0, to the
predictions; a node stands over the last character that it sees.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from core.lenses.convolution.stack import Stack


@dataclass(frozen=True)
class Lattice:
    """The nodes over a text with so many predictions, the first of which sees nothing but dots."""

    stack: Stack
    predictions: int

    @property
    def length(self) -> int:
        """Characters of the text, dots included."""
        return self.stack.field - 1 + self.predictions

    @property
    def top(self) -> int:
        """The level of the predictions."""
        return len(self.stack.levels) + 1

    def place(self, prediction: int) -> int:
        """The position over which a prediction stands."""
        return self.stack.field - 1 + prediction

    def reads(self, level: int, position: int) -> list[int]:
        """The positions of the level below that a node reads, from left to right."""
        backs = (0,) if level == self.top else self.stack.levels[level - 1].backs
        return [position - back for back in backs]

    def sees(self, level: int, position: int) -> list[int]:
        """The positions of the characters that a node is computed from."""
        return [position - back for back in self._looks_back[level]]

    @cached_property
    def _looks_back(self) -> list[list[int]]:
        """For each level how far back its nodes see characters, farthest first."""
        found = [{0}]
        for level in self.stack.levels:
            found.append({back + more for back in found[-1] for more in level.backs})
        return [sorted(backs, reverse=True) for backs in [*found, found[-1]]]

    def tree(self, prediction: int) -> list[tuple[int, int]]:
        """(level, position) of all nodes that one prediction needs, level by level; characters apart."""
        place, needed = self.place(prediction), [*self.stack.needed()[1:], [0]]
        return [(level, place - back) for level, backs in enumerate(needed, 1) for back in backs]

    @cached_property
    def serves(self) -> Counter[tuple[int, int]]:
        """How many predictions need a node."""
        return Counter(node for prediction in range(self.predictions) for node in self.tree(prediction))

    def trees(self) -> pd.DataFrame:
        """One tree after the other: prediction, level, position, cost, again (an earlier tree computed it too)."""
        rows, known = [], set()
        for prediction in range(self.predictions):
            for level, position in self.tree(prediction):
                own = position == self.place(prediction)
                cost = self._cost(level, own)
                rows.append((prediction, level, position, cost, (level, position) in known))
                known.add((level, position))
        return pd.DataFrame(rows, columns=["prediction", "level", "position", "cost", "again"])

    def one_pass(self) -> pd.DataFrame:
        """One sliding pass, level by level: level, position, cost, serves (0: nobody needs it)."""
        rows, start = [], 0
        for level in range(1, self.top + 1):
            start += 0 if level == self.top else self.stack.levels[level - 1].backs[0]
            for position in range(start, self.length):
                rows.append((level, position, self._cost(level, own=True), self.serves[level, position]))
        return pd.DataFrame(rows, columns=["level", "position", "cost", "serves"])

    def cached(self) -> pd.DataFrame:
        """With remembered states, one new node a level and character: prediction, level, position, cost, serves.

        Before the word all nodes see dots alone, are equal, and are computed once.
        """
        rows = [
            (prediction, level, self.place(prediction), self._cost(level, own=True))
            for prediction in range(self.predictions)
            for level in range(1, self.top + 1)
        ]
        table = pd.DataFrame(rows, columns=["prediction", "level", "position", "cost"])
        table["serves"] = [self.serves[node] for node in zip(table.level, table.position, strict=True)]
        return table

    def _cost(self, level: int, own: bool) -> int:
        """`own`: the node stands where its prediction does, or the engine does not ask."""
        if level == self.top:
            return self.stack.head
        at = self.stack.levels[level - 1]
        return at.each + (at.aside if own else 0)

    def costs(self) -> pd.DataFrame:
        """Nodes and multiply-adds by level, predictions last: each (of one node), then for the ways trees, one_pass and
        cached "{way}_nodes" and "{way}".
        """
        each = [level.each + level.aside for level in self.stack.levels] + [self.stack.head]
        table = pd.DataFrame({"each": each}, index=np.arange(1, self.top + 1))
        for way in ("trees", "one_pass", "cached"):
            by_level = getattr(self, way)().groupby("level").cost
            table[f"{way}_nodes"], table[way] = by_level.size(), by_level.sum()
        return table
