"""A tensor as a picture: one cell a number, blank at 0, blue above, orange below.

    >>> live_chart(heat_map, heat_tables(values), key="value", alt_text="...", down="example", across="unit")
    >>> heat_tables(ours, full=largest(autograd))         # two pictures on one scale

The colours are full at the largest number either way, or at `full`; what lies beyond is drawn as full.
"""

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.scales import anchored
from explorer.theme import Palette, blend

FEWEST = 12  # cells that fit along each side: a tensor of one column is a strip, not a wall


def heat_map(palette: Palette, *, down: str, across: str, height: int = 200) -> alt.LayerChart:
    """The spec; `down` and `across` say what rows and columns are."""
    scale = alt.Scale(nice=False, zero=False, domain=anchored("x", "corners"))
    downward = alt.Scale(reverse=True, nice=False, zero=False, domain=anchored("y", "corners"))
    axis = {"grid": False, "ticks": False, "domain": False, "tickMinStep": 1, "tickCount": 6, "labelFontSize": 11}
    axis |= {"labelPadding": 3, "titleFontSize": 12, "titlePadding": 4, "titleFontWeight": "normal"}
    x = alt.X("x:Q", scale=scale, title=across, axis=alt.Axis(**axis, labelExpr=_within("x2")))
    y = alt.Y("y:Q", scale=downward, title=down, axis=alt.Axis(**axis, labelExpr=_within("y2")))
    cells, nans = alt.Chart(alt.NamedData("cells")), alt.Chart(alt.NamedData("nans"))
    colour = alt.Color(
        "level:Q",
        scale=alt.Scale(
            interpolate="rgb",
            domain=[-1, -0.35, 0, 0.35, 1],
            range=[
                palette.gradient,
                blend(palette.paper, palette.gradient, 0.5),
                palette.paper,
                blend(palette.paper, palette.activation, 0.5),
                palette.activation,
            ],
        ),
        legend=None,
    )
    tip = [
        alt.Tooltip("row:Q", title=down),
        alt.Tooltip("column:Q", title=across),
        alt.Tooltip("value:Q", format=".4g"),
    ]
    place = {"x": x, "x2": "x2:Q", "y": y, "y2": "y2:Q"}
    return alt.layer(
        alt.Chart(alt.NamedData("corners")).mark_point(opacity=0, size=0).encode(x=x, y=y),
        cells.mark_rect(strokeWidth=0).encode(**place, color=colour, tooltip=tip),
        nans.mark_rect(color=palette.nan_fill).encode(
            **place, tooltip=[*tip[:2], alt.Tooltip("what:N", title="value")]
        ),
        nans.mark_text(text="✕", fontSize=9, color=palette.nan_ink).encode(
            x=alt.X("middle:Q", scale=scale), y=alt.Y("centre:Q", scale=downward)
        ),
        alt.Chart(alt.NamedData("frame"))
        .mark_rect(filled=False, stroke=palette.guide, strokeWidth=0.8)
        .encode(**place),
    ).properties(height=height, padding={"left": 0, "right": 4, "top": 2, "bottom": 0})


def _within(end: str) -> str:
    """Labels only as far as the tensor reaches, though a small one leaves room beside it."""
    return f"datum.value <= data('frame')[0].{end} ? datum.label : ''"


def largest(values: np.ndarray) -> float:
    """The largest finite size of a number; 0.0 where there is none."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0


def as_rows(values: np.ndarray) -> np.ndarray:
    """Any tensor as two dimensions: the first stays, the others become columns; a list is one row."""
    values = np.asarray(values, np.float64)
    return values.reshape(values.shape[0], -1) if values.ndim > 1 else values.reshape(1, -1)


def heat_tables(values: np.ndarray, full: float | None = None) -> dict[str, pa.Table]:
    """Cells count from 1; numbers that are not finite are crosses on yellow."""
    rows = as_rows(values)
    full = full or largest(rows) or 1.0
    row, column = (place.ravel().astype(float) for place in np.indices(rows.shape))
    value = rows.ravel()
    finite = np.isfinite(value)
    places = {"row": row + 1, "column": column + 1, "x": column, "x2": column + 1, "y": row, "y2": row + 1}
    table = pa.table(places | {"value": value, "level": np.clip(np.where(finite, value, 0) / full, -1, 1)})
    broken = pa.table(
        {name: at[~finite] for name, at in places.items()}
        | {"middle": column[~finite] + 0.5, "centre": row[~finite] + 0.5}
        | {"what": pa.array(np.where(np.isnan(value[~finite]), "NaN", "Inf").tolist(), pa.string())}
    )
    high, wide = rows.shape
    frame = {"x": [0.0], "x2": [float(wide)], "y": [0.0], "y2": [float(high)]}
    corners = {"x": [0.0, float(max(wide, FEWEST))], "y": [0.0, float(max(high, FEWEST))]}
    return {
        "cells": table.filter(pa.array(finite)),
        "nans": broken,
        "frame": pa.table(frame),
        "corners": pa.table(corners),
    }
