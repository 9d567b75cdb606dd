"""Every layer's output as a labelled box in proportion, from input to output.

    >>> rows = shape_rows(infer(parse(text), batch=4, context=8))
    >>> live_chart(shapes_chart, shape_tables(rows, 4, 8), key="shapes", alt_text="...", rows=len(rows) + 1)

A box is as wide as there are channels (C) and has a slice for each position (T); the batch (B) stands behind it as
sheets. x runs from 0 to 100 over the picture's width, y in pixels from the top. Layers inside another are indented, and
a line leads from them to the one that holds them.
"""

from collections.abc import Iterator, Sequence

import altair as alt
import pyarrow as pa

from explorer import theme
from explorer.charts.histograms import MONO
from explorer.charts.shape_rows import ShapeRow
from explorer.theme import Palette, blend

HEAD = 22
BATCH, TIME = 29.0, 33.0  # right edges of the labels B and T
BOX = (34.0, 58.0)  # where boxes and the label C stand, in x
WORDS, PARAMETERS, FLOPS = 60.0, 94.0, 100.0
INDENT = 1.4  # in x, for each container around a layer
SHEET = 0.35  # how far each sheet of the batch is shifted, in x; 2 pixels in y


def row_height(rows: int) -> int:
    """Pixels of a row: 15 rows (a wavenet and its input) and the caption fit on a projector's screen."""
    return max(26, min(44, 400 // max(rows, 1)))


def shapes_chart(palette: Palette, *, rows: int) -> alt.LayerChart:
    """The spec for `rows` rows, the input's among them."""
    height = HEAD + rows * row_height(rows)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, 100], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False), axis=None)
    boxes, texts, lines = (alt.Chart(alt.NamedData(name)) for name in ("boxes", "texts", "lines"))

    def box(kind: str, **mark) -> alt.Chart:
        filtered = boxes.transform_filter(f"datum.kind == '{kind}'")
        return filtered.mark_rect(**mark).encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            tooltip=[alt.Tooltip("layer:N", title="layer"), alt.Tooltip("shape:N", title="output")],
        )

    def text(kind: str, align: str, size: float, ink: str, **mark) -> alt.Chart:
        filtered = texts.transform_filter(f"datum.kind == '{kind}'")
        drawn = filtered.mark_text(align=align, baseline="middle", fontSize=size, color=ink, **mark)
        return drawn.encode(x=x, y=y, text="text:N", tooltip=alt.Tooltip("tip:N", title=" "))

    size = 12 if rows <= 20 else 11
    return (
        alt.layer(
            lines.mark_rule(color=palette.guide, strokeWidth=1).encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
            box("sheet", color=palette.paper, stroke=palette.batch, strokeWidth=1),
            box("slice", color=blend(palette.paper, palette.channel, 0.8), stroke=palette.paper, strokeWidth=0.4),
            box("characters", color=palette.time, stroke=palette.paper, strokeWidth=0.6),
            text("layer", "left", 11, palette.ink, font=MONO, limit=_until(25)),
            text("B", "right", 11, palette.batch, font=MONO),
            text("T", "right", 11, palette.time, font=MONO, fontWeight="bold"),
            text("C", "left", 11, palette.channel, font=MONO, fontWeight="bold"),
            text("failing", "left", 11, palette.warning, font=MONO, fontWeight="bold", limit=alt.ExprRef("width / 2")),
            text("words", "left", size, palette.ink, limit=_until(89)),
            text("number", "right", size, palette.ink),
            text("heading", "right", 11, palette.guide),
            text("left heading", "left", 11, palette.guide),
        )
        .properties(height=height, padding=0)
        .configure_view(stroke=None)
    )


def _until(x: float) -> alt.ExprRef:
    """Where texts end at the latest, in x: indented or not, they do not run into the next column."""
    return alt.ExprRef(f"({x} - datum.x) * width / 100")


def shape_tables(
    rows: Sequence[ShapeRow], batch: int, context: int, failing: str | None = None, fault: str = "does not fit"
) -> dict[str, pa.Table]:
    """Boxes, texts and lines. `failing` is the line of a model text that has a `fault`, one row below those without."""
    widest = max([1, *(row.shape.shape[-1] for row in rows)])
    build = _Builder(len(rows) + 1 + (failing is not None), widest, context)
    build.row("input", (batch, context), "the codes of the last characters")
    for row in rows:
        build.row(row.label, row.shape.shape, row.words, row)
    if failing is not None:
        build.failing(f"{sum(row.shape.depth == 0 for row in rows) + 1}.{failing}", fault)
    return build.tables()


class _Builder:
    def __init__(self, rows: int, widest: int, context: int):
        self.step = row_height(rows)
        # room for the sheets at the top, and for the longest row of positions
        self.slice = max(1.0, min(6.0, (self.step - 8) / context))
        self.scale = (BOX[1] - BOX[0] - 6.5) / widest
        self.y = float(HEAD)
        self.boxes: list[tuple] = []
        self.texts: list[tuple] = []
        self.lines: list[tuple] = []
        for kind, x, heading, tip in _HEADINGS:
            self.texts.append((kind, x, HEAD / 2, heading, tip))

    def row(self, name: str, shape: tuple[int, ...], what: str, layer: ShapeRow | None = None) -> None:
        """`layer` None: the input."""
        middle = self.y + self.step / 2
        characters = layer is None
        batch, channels = shape[0], 1 if characters else shape[-1]
        slices = shape[1] if characters or len(shape) == 3 else 1
        tall = self.slice * slices if slices > 1 else max(self.slice, 3.0)
        width = max(channels * self.scale, 0.4)
        left, top = BOX[0], middle - tall / 2 + 2
        shown = theme.shape(shape) if not characters else f"(B {batch:,}, T {shape[1]:,})"
        for behind in range(min(batch - 1, 2), 0, -1):
            dx, dy = behind * SHEET, -2 * behind
            self.boxes.append(("sheet", left + dx, top + dy, left + width + dx, top + tall + dy, name, shown))
        # more slices than pixels would only be a dark block
        drawn = slices if self.slice >= 1.5 or slices == 1 else 1
        for i in range(drawn):
            part = ("characters" if characters else "slice", left, top + i * tall / drawn)
            self.boxes.append((*part, left + width, top + (i + 1) * tall / drawn, name, shown))
        explain = f"{name} gives {shown}: {shape_words(shape, characters)}"
        self._text("B", BATCH, middle, f"B {batch:,}", explain)
        if len(shape) == 3 or characters:
            self._text("T", TIME, middle, f"T {slices}", explain)
        if not characters:
            self._text("C", left + width + 2 * SHEET + 0.5, middle, f"C {channels:,}", explain)
        if layer is None:
            self._text("layer", 0, middle, name, f"{name} gives {shown}")
            self._text("words", WORDS, middle, what, what)
        else:
            self._layer(layer, middle, shown)
        self.y += self.step

    def _layer(self, row: ShapeRow, middle: float, shown: str) -> None:
        at = row.shape.depth * INDENT
        self._text("layer", at, middle, row.label, f"{row.shape.name}, {row.shape.spec}, gives {shown}")
        self._text("words", WORDS, middle, row.words, row.shape.what)
        self._text("number", PARAMETERS, middle, theme.count(row.parameters) if row.parameters else "–", "")
        self._text("number", FLOPS, middle, theme.count(row.flops) if row.flops else "–", "")
        if row.inside:
            x = at + INDENT / 2
            self.lines.append((x, self.y - row.inside * self.step + 5, x, middle - 9))

    def failing(self, name: str, fault: str) -> None:
        middle = self.y + self.step / 2
        self._text("failing", 0, middle, name, fault)
        self._text("failing", WORDS, middle, fault, fault)

    def _text(self, kind: str, x: float, y: float, text: str, tip: str) -> None:
        self.texts.append((kind, float(x), float(y), text, tip or text))

    def _line_ends(self) -> Iterator[tuple[str, list[float]]]:
        for i, name in enumerate(("x", "y", "x2", "y2")):
            yield name, [line[i] for line in self.lines]

    def tables(self) -> dict[str, pa.Table]:
        return {
            "boxes": _table(("kind", "x", "y", "x2", "y2", "layer", "shape"), self.boxes),
            "texts": _table(("kind", "x", "y", "text", "tip"), self.texts),
            "lines": pa.table({name: pa.array(ends, pa.float64()) for name, ends in self._line_ends()}),
        }


_HEADINGS = (
    ("left heading", 0.0, "layer", "one line of the model text"),
    (
        "left heading",
        BATCH - 3.8,
        "output",
        "B examples in a batch, T positions, C channels (numbers at each position)",
    ),
    ("left heading", WORDS, "what it does", "to the numbers that the layer above gives"),
    ("heading", PARAMETERS, "parameters", "numbers that training changes"),
    ("heading", FLOPS, "FLOPs", "floating-point operations of one forward pass of the whole batch"),
)


def shape_words(shape: tuple[int, ...], characters: bool = False) -> str:
    """(32, 4, 68) -> "32 examples, 4 positions each, 68 numbers at each position"."""
    if characters:
        return f"{shape[0]:,} examples, {shape[1]:,} characters each"
    if len(shape) == 3:
        return f"{shape[0]:,} examples, {shape[1]:,} positions each, {shape[2]:,} numbers at each position"
    return f"{shape[0]:,} examples, {shape[1]:,} numbers each"


def _table(names: tuple[str, ...], rows: list[tuple]) -> pa.Table:
    return pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
