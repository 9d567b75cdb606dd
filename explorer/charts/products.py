"""Dimensions as boxes, aligned at the right: which are equal, stretched, multiplied, and which clash.

>>> tables = box_tables(product((4, 5, 6, 80), (80, 200)), "a @ b")
>>> live_chart(boxes_chart, tables, key="boxes", alt_text="...")
"""

import altair as alt
import pyarrow as pa

from core.lenses.products import MOST_DIMS, Column, Result
from explorer.charts.histograms import MONO
from explorer.theme import Palette, blend

_TYPES = {name: pa.float64() for name in ("x", "y", "x2", "y2")}
WIDE, TALL = 0.86, 0.62  # of a box, as a share of its place


def boxes_chart(palette: Palette, *, height: int = 250) -> alt.LayerChart:
    """The spec for up to MOST_DIMS dimensions; operands and result stand one below the other."""
    x = alt.X("x:Q", scale=alt.Scale(domain=[-1.1, MOST_DIMS + 0.1], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-0.5, 3.35], reverse=True, nice=False, zero=False), axis=None)
    boxes, texts, links = (alt.Chart(alt.NamedData(name)) for name in ("boxes", "texts", "links"))
    tip = [alt.Tooltip("what:N", title=" ")]

    def box(kinds: list[str], fill: str, stroke: str, width: float = 1.2, dash: tuple[int, ...] = (1, 0)) -> alt.Chart:
        drawn = boxes.transform_filter(alt.FieldOneOfPredicate("kind", kinds))
        mark = drawn.mark_rect(color=fill, stroke=stroke, strokeWidth=width, strokeDash=list(dash), cornerRadius=4)
        return mark.encode(x=x, x2="x2:Q", y=y, y2="y2:Q", tooltip=tip)

    def text(kind: str, size: float, ink: str, align: str = "center", **mark) -> alt.Chart:
        drawn = texts.transform_filter(f"datum.kind == '{kind}'")
        return drawn.mark_text(align=align, baseline="middle", fontSize=size, color=ink, **mark).encode(
            x=x, y=y, text="text:N", tooltip=tip
        )

    return (
        alt.layer(
            links.mark_rule(color=palette.channel, strokeWidth=2, strokeDash=[4, 3]).encode(
                x=x, y=y, x2="x2:Q", y2="y2:Q"
            ),
            box(["equal"], blend(palette.paper, palette.batch, 0.25), palette.batch),
            box(["stretch"], palette.paper, palette.batch, 1.6, (4, 3)),
            box(["rows"], blend(palette.paper, palette.time, 0.3), palette.time),
            box(["inner"], palette.paper, palette.channel, 2, (4, 3)),
            box(["columns"], blend(palette.paper, palette.channel, 0.3), palette.channel),
            box(["clash"], palette.paper, palette.warning, 3),
            text("size", 15, palette.ink, font=MONO, fontWeight="bold"),
            text("clash", 14, palette.warning, font=MONO, fontWeight="bold"),
            text("operand", 14, palette.ink, "right", font=MONO),
            text("word", 12, palette.guide),
        )
        .properties(height=height)
        .configure_view(stroke=None)
    )


def box_tables(result: Result, name: str) -> dict[str, pa.Table]:
    """`name` is the expression, "a @ b". A repeated dimension says what it was and becomes: "1 → 5"."""
    boxes: list[tuple] = []
    texts: list[tuple] = [("operand", -0.1, float(row), who, who) for row, who in enumerate(("a", "b", name))]
    links: list[tuple] = []
    edge = (1 - WIDE) / 2
    for place, column in enumerate(result.columns):
        matrix = column.role in ("matrix", "mismatch")
        rows = matrix and place == len(result.columns) - 2
        drawn, word = _matrix(column, rows) if matrix else _aligned(column)
        for row, (kind, text) in enumerate(drawn):
            if not text:
                continue
            boxes.append((kind, place + edge, row - TALL / 2, place + 1 - edge, row + TALL / 2, text))
            texts.append(("clash" if kind == "clash" else "size", place + 0.5, float(row), text, text))
        texts.append(("word", place + 0.5, 2.85, word, word))
        if rows:  # from a's last dimension to b's last but one
            links.append((place + 1 + edge, TALL / 2, place + 1 - edge, 1 - TALL / 2))
    if result.shape == ():
        texts.append(("word", max(len(result.columns), 1) - 0.5, 2.0, "one number", "()"))
    return {
        "boxes": _table(("kind", "x", "y", "x2", "y2", "what"), boxes),
        "texts": _table(("kind", "x", "y", "text", "what"), texts),
        "links": _table(("x", "y", "x2", "y2"), links),
    }


def _aligned(column: Column) -> tuple[list[tuple[str, str]], str]:
    """Kind and text of the boxes of a, b and the result, and the word below them."""
    a, b, out = column.a, column.b, column.out
    if column.role == "clash":
        return [("clash", f"{a:,}"), ("clash", f"{b:,}"), ("clash", "✕")], "clash"
    if column.role == "equal":
        return [("equal", f"{a:,}")] * 3, "equal"
    repeated = [("stretch", f"{'·' if size is None else size} → {out:,}") for size in (a, b)]
    drawn = [(("equal", f"{out:,}") if size == out else box) for size, box in zip((a, b), repeated, strict=True)]
    return [*drawn, ("equal", f"{out:,}")], "added, repeated" if None in (a, b) else "1 is repeated"


def _matrix(column: Column, rows: bool) -> tuple[list[tuple[str, str]], str]:
    """The two dimensions that are multiplied: "Σ" marks those that are summed over. A vector has but one of its two."""
    kept, word = ("rows", "rows of a") if rows else ("columns", "columns of b")
    fits = column.role == "matrix"
    summed = "inner" if fits else "clash"
    kinds = (kept, summed, kept) if rows else (summed, kept, kept)
    sizes = ["" if size is None else f"{size:,}" for size in (column.a, column.b, column.out)]
    drawn = [(kind, f"Σ {size}" if kind == summed else size) for kind, size in zip(kinds, sizes, strict=True)]
    return (drawn, word if sizes[2] else "") if fits else ([*drawn[:2], ("clash", "✕")], "clash")


def _table(names: tuple[str, ...], rows: list[tuple]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.table(
        {name: pa.array(column, _TYPES.get(name, pa.string())) for name, column in zip(names, columns, strict=True)}
    )
