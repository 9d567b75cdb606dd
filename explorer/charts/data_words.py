"""A word as its examples, and the symbols of a list.

>>> contexts, targets = examples_of("emma", dataset, context=3)
>>> tables = example_tables(contexts, targets, ".abc...z")
>>> live_chart(examples_chart, tables, key="examples", alt_text="...", rows=len(targets), context=3)
>>> live_chart(symbols_chart, symbol_table(symbols(dataset)), key="symbols", alt_text="...", symbols=(".", "a", "b"))
"""

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.charts.histograms import MONO
from explorer.theme import Palette, blend

HEAD, GAP, ARROW = 1.15, 1.6, 0.9  # in cells: the headings' height, between the two blocks, room for an arrow
LEGIBLE = 60  # symbols with a label each


def examples_chart(palette: Palette, *, rows: int, context: int) -> alt.LayerChart:
    """The spec: on the left the examples as a person reads them, on the right the codes that a model reads."""
    size = max(20, min(34, 420 // (rows + 1)))
    wide = 2 * (context + ARROW + 1) + GAP
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, max(wide, 16)], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-HEAD, rows], reverse=True, nice=False, zero=False), axis=None)
    hover = alt.selection_point(name="hover", fields=["row"], on="pointerover", clear="pointerout", empty=False)
    cells, texts = alt.Chart(alt.NamedData("cells")), alt.Chart(alt.NamedData("texts"))
    tip = [alt.Tooltip("said:N", title="example")]
    box = {"x": x, "y": y, "x2": "x2:Q", "y2": "y2:Q"}
    fill = alt.Color(
        "kind:N",
        scale=alt.Scale(
            domain=["padding", "context", "target"],
            range=[blend(palette.paper, palette.time, 0.08), blend(palette.paper, palette.time, 0.3), palette.paper],
        ),
        legend=None,
    )
    size_of_text = 15 if wide <= 30 else 11
    faint = alt.condition(
        "datum.kind == 'padding' || datum.kind == 'arrow'", alt.value(palette.guide), alt.value(palette.ink)
    )
    return (
        alt.layer(
            cells.mark_rect(stroke=palette.paper, strokeWidth=2).encode(**box, color=fill),
            cells.transform_filter("datum.kind == 'target'")
            .mark_rect(filled=False, stroke=palette.ink, strokeWidth=1.5)
            .encode(**box),
            cells.transform_filter(hover).mark_rect(filled=False, stroke=palette.time, strokeWidth=2.5).encode(**box),
            texts.transform_filter("datum.kind != 'heading'")
            .mark_text(font=MONO, fontSize=size_of_text, baseline="middle")
            .encode(x=x, y=y, text="text:N", color=faint),
            texts.transform_filter("datum.kind == 'heading'")
            .mark_text(align="left", fontSize=12, baseline="middle", color=palette.guide)
            .encode(x=x, y=y, text="text:N"),
            cells.mark_rect(opacity=0.001).encode(**box, tooltip=tip).add_params(hover),
        )
        .properties(height=round((rows + HEAD) * size))
        .configure_view(stroke=None)
    )


def example_tables(contexts: np.ndarray, targets: np.ndarray, symbols: str) -> dict[str, pa.Table]:
    """`contexts` (N, T) and `targets` (N,) are codes; `symbols[code]` is the character."""
    n, length = contexts.shape
    cells, texts = [], []
    for left, shown in ((0.0, lambda code: symbols[code]), (length + ARROW + 1 + GAP, str)):
        for row in range(n):
            said = "".join(symbols[code] for code in contexts[row]) + " → " + symbols[targets[row]]
            for place, code in enumerate([*contexts[row], targets[row]]):
                at = left + place + (ARROW if place == length else 0)
                kind = "target" if place == length else "context" if code else "padding"
                cells.append({"row": row, "kind": kind, "x": at, "x2": at + 1, "y": row, "y2": row + 1, "said": said})
                texts.append({"kind": kind, "x": at + 0.5, "y": row + 0.5, "text": shown(code)})
            texts.append({"kind": "arrow", "x": left + length + ARROW / 2, "y": row + 0.5, "text": "→"})
    right = length + ARROW + 1 + GAP
    for at, text in ((0.0, "as you read it"), (right, f"as a model reads it: X (N {n}, T {length}), Y (N {n})")):
        texts.append({"kind": "heading", "x": at, "y": -HEAD / 2, "text": text})
    return {"cells": pa.Table.from_pylist(cells), "texts": pa.Table.from_pylist(texts)}


def symbols_chart(palette: Palette, *, symbols: tuple[str, ...], height: int = 190) -> alt.Chart:
    """The spec for a vocabulary in the order of its codes, which stand below the symbols."""
    every = json.dumps(list(symbols))
    few = len(symbols) <= LEGIBLE
    x = alt.X(
        "symbol:N",
        sort=list(symbols),
        scale=alt.Scale(domain=list(symbols)),
        title="symbol and its code ( . is the end)",
        axis=alt.Axis(labelAngle=0, labelExpr=f"[datum.label, '' + indexof({every}, datum.label)]", labelOverlap=True)
        if few
        else alt.Axis(labels=False, ticks=False),
    )
    tip = [
        alt.Tooltip("symbol:N", title="symbol"),
        alt.Tooltip("code:Q", title="code"),
        alt.Tooltip("count:Q", title="times", format=","),
        alt.Tooltip("share:Q", title="of all targets", format=".2%"),
    ]
    y = alt.Y("count:Q", title=None, axis=alt.Axis(tickCount=3, format=",d"))
    return alt.Chart().mark_bar(color=palette.time).encode(x=x, y=y, tooltip=tip).properties(height=height)


def symbol_table(symbols: pd.DataFrame) -> pa.Table:
    """From `core.lenses.data.words.symbols`."""
    columns: dict[str, Sequence] = {name: symbols[name].tolist() for name in symbols}
    return pa.table(columns)
