"""Where every number of a tensor comes to lie in a view and in a concatenation: one cell a number.

>>> tables = cell_tables(panels)
>>> live_chart(cells_chart, tables, key="cells", alt_text="...", wide=32, tall=10)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.histograms import MONO
from explorer.theme import Palette, blend

WIDTH, HEIGHT = 900, 300  # pixels that the cells may take
HEADING = 0.8  # rows
LEGIBLE = 7  # pixels: cells with less room for their number are left without


@dataclass(frozen=True)
class Panel:
    """A grid of numbers: `source` (rows, columns) says which place of x each shows; x and y are its top left corner."""

    name: str
    source: np.ndarray
    x: float
    y: float


def cells_chart(palette: Palette, *, wide: float, tall: float) -> alt.LayerChart:
    """The spec for pictures `wide` cells wide and `tall` rows tall. Pointing at a number lights it everywhere."""
    row, size = _row(tall), number_size(wide, tall)
    across = {"scale": alt.Scale(domain=[0, wide], nice=False, zero=False), "axis": None}
    down = {"scale": alt.Scale(domain=[0, tall], reverse=True, nice=False, zero=False), "axis": None}
    x, y = alt.X("x:Q", **across), alt.Y("y:Q", **down)
    cells, names = (alt.Chart(alt.NamedData(name)) for name in ("cells", "names"))
    place = {"x": x, "x2": "x2:Q", "y": y, "y2": "y2:Q"}
    hover = alt.selection_point(name="hover", fields=["source"], on="pointerover", clear="pointerout", empty=False)
    tip = [
        alt.Tooltip("source:Q", title="number"),
        alt.Tooltip("position:Q", title="position"),
        alt.Tooltip("channel:Q", title="channel"),
    ]
    shade = alt.Color(
        "shade:Q",
        scale=alt.Scale(
            domain=[0, 1],
            range=[blend(palette.paper, palette.time, 0.08), blend(palette.paper, palette.time, 0.62)],
        ),
        legend=None,
    )
    numbers = cells.mark_text(fontSize=size, font=MONO, color=palette.ink).encode(
        x=alt.X("middle:Q", **across), y=alt.Y("centre:Q", **down), text="source:Q", tooltip=tip
    )
    return (
        alt.layer(
            cells.mark_rect(stroke=palette.paper, strokeWidth=1).encode(**place, color=shade, tooltip=tip),
            *([numbers] if size else []),
            cells.transform_filter(hover).mark_rect(filled=False, stroke=palette.ink, strokeWidth=2.5).encode(**place),
            cells.mark_rect(opacity=0.001).encode(**place, tooltip=tip).add_params(hover),
            names.mark_text(align="left", baseline="bottom", dy=-4, fontSize=12, font=MONO, color=palette.ink).encode(
                x=x, y=y, text="name:N"
            ),
        )
        .properties(height=row * tall)
        .configure_view(stroke=None)
    )


def number_size(wide: float, tall: float) -> float:
    """Pixels of the numbers in a picture's cells; 0 where they would be too small to read and are left out."""
    size = min(12.0, 0.6 * _row(tall), 0.52 * WIDTH / wide)
    return size if size >= LEGIBLE else 0.0


def _row(tall: float) -> float:
    return min(28.0, HEIGHT / tall)


def panels_of(x: np.ndarray, parts: Sequence[tuple[str, np.ndarray]], name: str) -> tuple[list[Panel], float, float]:
    """`x` (T, C) at the left, the others one above the other beside it; and how wide and tall the picture is."""
    panels = [Panel(name, x, 0.0, HEADING)]
    left, top = x.shape[1] * 1.0 + max(1.0, 0.05 * x.shape[1]), HEADING
    for part, source in parts:
        panels.append(Panel(part, source, left, top))
        top += len(source) + HEADING + 0.3
    wide = left + max(source.shape[1] for _, source in parts)
    return panels, float(wide), float(max(top - HEADING - 0.3, HEADING + len(x)))


def cell_tables(panels: Sequence[Panel], channels: int, n: int) -> dict[str, pa.Table]:
    """A position is shaded by which of the n slices x[:, i::n] it belongs to."""
    columns: dict[str, list] = {name: [] for name in _COLUMNS}
    for panel in panels:
        rows, places = np.indices(panel.source.shape)
        source, rows, places = panel.source.ravel(), rows.ravel() + panel.y, places.ravel() + panel.x
        position = source // channels
        values = (places, places + 1, places + 0.5, rows, rows + 1, rows + 0.5)
        values = (*values, source, position, source % channels, position % n / max(n - 1, 1))
        for name, column in zip(_COLUMNS, values, strict=True):
            columns[name].append(column)
    return {
        "cells": pa.table({name: np.concatenate(parts) for name, parts in columns.items()}),
        "names": pa.table({"x": [p.x for p in panels], "y": [p.y for p in panels], "name": [p.name for p in panels]}),
    }


_COLUMNS = ("x", "x2", "middle", "y", "y2", "centre", "source", "position", "channel", "shade")
