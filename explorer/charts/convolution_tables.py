"""The rows of both pictures of the Convolution lab: what stands where, and what is computed after so many steps.

>>> tables = convolution_tables(lattice, "........diondre", "diondre.", way="one_pass", step=20)
>>> tables["nodes"].num_rows, titles(8, "one_pass")[0]
(106, '8 separate trees, one for each prediction')

Both pictures compute one node a step, each in its own order.
"""

import numpy as np
import pyarrow as pa

from core.lenses.convolution.graph import Lattice
from explorer.charts.convolution_layout import TITLES, Layout, Panel

WAITING, COMPUTED, AGAIN, REMEMBERED, UNUSED = (
    "not yet", "computed", "computed again", "remembered, equal to the last dot's", "computed, read by nobody",
)  # fmt: skip
COUNTED = 6.5  # pixels: the smallest radius that has room for a number
CROWDED = 6.0  # pixels: below, lines are fainter
TIPS = {"what": "node", "sees": "it sees", "served": "predictions that need it"}


def convolution_tables(lattice: Lattice, characters: str, targets: str, way: str, step: int) -> dict[str, pa.Table]:
    """`characters` of the padded text, `targets`: what follows at each prediction; `way`: "one_pass" or "cached".

    After `step` steps both pictures have computed as many nodes, where they have so many.
    """
    drawing = _Drawing(lattice, characters, targets)
    last = max(len(lattice.trees()), len(getattr(lattice, way)()))
    newest = step - 1 if step < last else None
    current = drawing.trees(step, newest)
    drawing.slide(way, step, newest)
    drawing.seen(current)
    drawing.title(titles(lattice.predictions, way))
    return drawing.tables()


def titles(predictions: int, way: str) -> tuple[str, str]:
    """Of the upper and the lower picture."""
    trees = f"{predictions} separate trees" if predictions > 1 else "1 tree"
    if way == "cached":
        return f"Forgetting: {trees}, the whole one for each character", "Remembering: one new node a level"
    return f"{trees}, one for each prediction", "One sliding pass over the whole word"


class _Drawing:
    def __init__(self, lattice: Lattice, characters: str, targets: str):
        self.lattice, self.layout = lattice, Layout(lattice)
        self.characters, self.targets = characters, targets
        self.rows: dict[str, list[tuple]] = {name: [] for name in _SCHEMAS}

    def trees(self, step: int, newest: int | None) -> int:
        """Draws all trees; which one is being computed. `newest` is the node that is computed just now."""
        lattice = self.lattice
        table = lattice.trees()
        done = table.iloc[:step]
        current = int(done.prediction.iloc[-1]) if step else 0
        needed = {lattice.place(0) - back for back in lattice.stack.needed()[0]}
        for prediction in range(lattice.predictions):
            left, right, low, high = self.layout.frame(prediction)
            self.rows["frames"].append((left, low, right, high, prediction == current and 0 < step < len(table)))
            panel = self.layout.tree(prediction)
            for position in range(prediction, prediction + lattice.stack.field):
                tone = "ink" if position - prediction in needed else "faint"
                self._letter(panel, 0, position, self.characters[position], tone)
            self._letter(panel, lattice.top + 1, lattice.place(prediction), self.targets[prediction], "ink")
        for i, row in enumerate(table.itertuples()):
            panel = self.layout.tree(row.prediction)
            state = WAITING if i >= step else AGAIN if row.again else COMPUTED
            name = f"{self._level(row.level)} of tree {row.prediction + 1}"
            self._node(panel, row.level, row.position, state, i == newest, name)
            self._edges(panel, row.level, row.position, i < step, i == newest)
        return current

    def slide(self, way: str, step: int, newest: int | None) -> None:
        """Draws the lattice below, computed in one pass or column by column."""
        lattice, panel = self.lattice, self.layout.slide
        for position, character in enumerate(self.characters):
            self._letter(panel, 0, position, character, "ink" if position >= lattice.stack.field else "faint")
        for prediction, target in enumerate(self.targets):
            self._letter(panel, lattice.top + 0.92, lattice.place(prediction), target, "ink")
        table = getattr(lattice, way)()
        if way == "cached":
            self._remembered(panel, step)
            self._queues(panel, int(table.prediction.iloc[min(step, len(table)) - 1]) if step else 0)
        for i, row in enumerate(table.itertuples()):
            state = WAITING if i >= step else COMPUTED if row.serves else UNUSED
            self._node(panel, row.level, row.position, state, i == newest, self._level(row.level))
            self._edges(panel, row.level, row.position, i < step, i == newest)
            if i < step and row.serves > 1 and panel.radius >= COUNTED:
                self._letter(panel, row.level, row.position, str(row.serves), "on", 1.15 * panel.radius)
        self._names(panel)

    def _remembered(self, panel: Panel, step: int) -> None:
        """Nodes over dots alone: equal to the first that is computed on their level."""
        start = 0
        for level, at in enumerate(self.lattice.stack.levels, 1):
            start += at.backs[0]
            for position in range(start, self.lattice.place(0)):
                state = REMEMBERED if step >= level else WAITING
                self._node(panel, level, position, state, False, self._level(level))

    def _queues(self, panel: Panel, prediction: int) -> None:
        """What each level keeps of the one below until it is read again."""
        for level, at in enumerate(self.lattice.stack.levels):
            place = self.lattice.place(prediction)
            first, last = panel.node(level, place - at.backs[0]), panel.node(level, place - 1)
            half, tall = 0.42 * panel.column, 0.42 * panel.row
            self.rows["bands"].append((first[0] - half, first[1] - tall, last[0] + half, last[1] + tall))

    def seen(self, prediction: int) -> None:
        """A strip below the characters: those that a prediction sees."""
        panel, lattice = self.layout.slide, self.lattice
        seen = set(lattice.sees(lattice.top, lattice.place(prediction)))
        for position in range(prediction, prediction + lattice.stack.field):
            x, y = panel.node(-1, position)
            self.rows["field"].append((x, y, (1.5 * panel.radius) ** 2, "yes" if position in seen else "no"))
        y = panel.node(-1, 0)[1]
        self.rows["titles"].append((0.0, y, f"seen by prediction {prediction + 1}", 11.0))

    def _names(self, panel: Panel) -> None:
        for level in range(self.lattice.top + 1):
            name = self._level(level)
            if 0 < level < self.lattice.top:
                name += f", reads {self.lattice.stack.levels[level - 1].dilation} apart"
            self.rows["titles"].append((0.0, panel.node(level, 0)[1], name, 11.0))

    def title(self, texts: tuple[str, str]) -> None:
        for y, text in zip(TITLES, texts, strict=True):
            self.rows["titles"].append((0.0, float(y), text, 13.0))

    def _level(self, level: int) -> str:
        return "characters" if level == 0 else "prediction" if level == self.lattice.top else f"level {level}"

    def _node(self, panel: Panel, level: int, position: int, state: str, now: bool, what: str) -> None:
        x, y = panel.node(level, position)
        size = np.pi * panel.radius**2 * (1.6 if state == AGAIN else 1)
        served = self.lattice.serves[level, position]
        seen = self.lattice.sees(level, position)
        text = "".join(self.characters[p] if p in seen else "_" for p in range(seen[0], seen[-1] + 1))
        row = (x, y, size, max(2.2 * size, 60.0), state, now, f"{level}:{position}", what, text, str(served))
        self.rows["nodes"].append(row)

    def _edges(self, panel: Panel, level: int, position: int, lit: bool, now: bool) -> None:
        x2, y2 = panel.node(level, position)
        opacity = (0.9 if lit else 0.5) * (1 if panel.radius >= CROWDED else 0.7)
        for below in self.lattice.reads(level, position):
            x, y = panel.node(level - 1, below)
            self.rows["edges"].append((x, y + (0.3 * panel.row if level == 1 else 0), x2, y2, lit, now, opacity))

    def _letter(
        self, panel: Panel, level: float, position: int, text: str, tone: str, size: float | None = None
    ) -> None:
        self.rows["letters"].append((*panel.node(level, position), text, size or panel.letter, tone))

    def tables(self) -> dict[str, pa.Table]:
        return {
            name: pa.Table.from_arrays(
                [
                    pa.array(column, type)
                    for column, type in zip(_columns(self.rows[name], schema), schema.types, strict=True)
                ],
                schema=schema,
            )
            for name, schema in _SCHEMAS.items()
        }


_PLACE = [("x", pa.float64()), ("y", pa.float64())]
_LINE = [*_PLACE, ("x2", pa.float64()), ("y2", pa.float64())]
_NODE = [("size", pa.float64()), ("ring", pa.float64()), ("state", pa.string()), ("now", pa.bool_())]
_SCHEMAS = {
    "frames": pa.schema([*_LINE, ("now", pa.bool_())]),
    "bands": pa.schema(_LINE),
    "edges": pa.schema([*_LINE, ("lit", pa.bool_()), ("now", pa.bool_()), ("opacity", pa.float64())]),
    "nodes": pa.schema([*_PLACE, *_NODE, *[(name, pa.string()) for name in ("node", *TIPS)]]),
    "letters": pa.schema([*_PLACE, ("text", pa.string()), ("size", pa.float64()), ("tone", pa.string())]),
    "titles": pa.schema([*_PLACE, ("text", pa.string()), ("size", pa.float64())]),
    "field": pa.schema([*_PLACE, ("size", pa.float64()), ("seen", pa.string())]),
}


def _columns(rows: list[tuple], schema: pa.Schema) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in schema]
