"""Several ways to begin, one row each over one axis: histograms, and maps of saturated units.

>>> live_chart(rows_of_bins, bin_tables(logits), key="logits", alt_text="...", names=names, title="logit")
>>> tables = saturation_tables(hidden)                          # hidden: {"as is": tanh outputs (B, units), ...}
>>> live_chart(saturation, tables, key="saturation", alt_text="...", names=names, units=200)

Rows stand in the order of the course, each in its state's colour, which is that of its line in `state_curves`.
"""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pyarrow as pa

from core.lenses.initialisation.training import SATURATED
from explorer.charts.scales import anchored, names_at, round_up
from explorer.theme import Palette

BINS = 60
FILL = 0.86  # of a row's height


def rows_of_bins(
    palette: Palette, *, names: tuple[str, ...], title: str, label: str = "", labelled: bool = True, height: int = 330
) -> alt.LayerChart:
    """One histogram a state, below each other over one axis, each as high as its row. `label` is a Vega expression for
    the axis; a dashed line stands where the table "guide" says."""
    axis = alt.Axis(grid=False, tickCount=6, **({"labelExpr": label} if label else {}))
    x = alt.X("low:Q", title=title, scale=alt.Scale(nice=False, zero=False, domain=anchored("low")), axis=axis)
    y = _rows(names, labelled)
    bins, guide = alt.Chart(alt.NamedData("bins")), alt.Chart(alt.NamedData("guide"))
    tip = [
        alt.Tooltip("state:N"),
        alt.Tooltip("range:N", title=title),
        alt.Tooltip("count:Q", format=",", title="how many"),
        alt.Tooltip("share:Q", format=".2%"),
    ]
    return (
        alt.layer(
            alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x),
            bins.mark_rect().encode(
                x=x, x2="high:Q", y=y, y2="bottom:Q", tooltip=tip,
                color=alt.Color(
                    "state:N", scale=alt.Scale(domain=list(names), range=palette.layers(len(names))), legend=None
                ),
            ),
            guide.mark_rule(color=palette.guide, strokeDash=[6, 4], strokeWidth=1.5).encode(x=x),
            guide.mark_text(color=palette.guide, align="left", dx=4, baseline="top", fontSize=12).encode(
                x=x, y=alt.value(0), text="label:N"
            ),
        )
        .properties(height=height)
        .configure_view(stroke=None)
    )  # fmt: skip


def bin_tables(
    values: Mapping[str, np.ndarray], *, own: bool = False, guide: tuple[float, str] | None = None
) -> dict[str, pa.Table]:
    """Bins of each state's numbers, all over one range that ends at a round number, or (`own`) each over its own,
    which then fills the axis from -1 to 1."""
    far = {state: float(np.abs(numbers).max()) for state, numbers in values.items()}
    rows = []
    for row, (state, numbers) in enumerate(values.items()):
        low, high = float(numbers.min()), float(numbers.max())
        if own:
            numbers, low, high = numbers / far[state], low / far[state], high / far[state]
        common = (min(float(n.min()) for n in values.values()), max(float(n.max()) for n in values.values()))
        counts, edges = np.histogram(numbers, BINS, (low, high) if own else common)
        scale = far[state] if own else 1.0
        for count, a, b in zip(counts, edges[:-1], edges[1:], strict=True):
            if count:
                top = row + 1 - FILL * count / counts.max()
                said = f"{a * scale:.3g} to {b * scale:.3g}"
                rows.append((state, a, b, top, row + 1.0, int(count), count / numbers.size, said))
    names = ("state", "low", "high", "top", "bottom", "count", "share", "range")
    ends = (-1.0, 1.0) if own else _ends(values)
    at, label = guide if guide else (0.0, "")
    return {
        "bins": pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))),
        "anchors": pa.table({"low": list(ends)}),
        "guide": pa.table(
            {
                "low": [at] if guide else pa.array([], pa.float64()),
                "label": pa.array([label] if guide else [], pa.string()),
            }
        ),
    }


def saturation(palette: Palette, *, names: tuple[str, ...], units: int, height: int = 350) -> alt.LayerChart:
    """For each state a map, examples of the batch down and units across: white where |tanh| > 0.97, and a bar below
    where a unit is dead."""
    x = alt.X(
        "unit:Q", title="hidden unit", scale=alt.Scale(domain=[1, units + 1], nice=False), axis=alt.Axis(grid=False)
    )
    y = _rows(names, True)
    grounds, cells, dead = (alt.Chart(alt.NamedData(name)) for name in ("grounds", "cells", "dead"))
    tip = [
        alt.Tooltip("state:N"),
        alt.Tooltip("example:Q", title="example of the batch"),
        alt.Tooltip("unit:Q"),
        alt.Tooltip("value:Q", title="tanh output", format=".4f"),
    ]
    about = [
        alt.Tooltip("state:N"),
        alt.Tooltip("share:Q", title="saturated", format=".1%"),
        alt.Tooltip("dead:Q", title="dead units"),
    ]
    box = {"x": x, "x2": "right:Q", "y": y, "y2": "bottom:Q"}
    return (
        alt.layer(
            grounds.mark_rect(color=palette.in_range, stroke=palette.guide, strokeWidth=0.5).encode(
                **box, tooltip=about
            ),
            cells.mark_rect(color=palette.saturated).encode(**box, tooltip=tip),
            dead.mark_rect(color=palette.warning).encode(
                **box, tooltip=[tip[0], alt.Tooltip("unit:Q", title="dead unit")]
            ),
        )
        .properties(height=height)
        .configure_view(stroke=None)
    )


def saturation_tables(hidden: Mapping[str, np.ndarray]) -> dict[str, pa.Table]:
    """`hidden`: tanh outputs (B, units) by state."""
    grounds, cells, dead = [], [], []
    for row, (state, values) in enumerate(hidden.items()):
        examples, units = values.shape
        beyond = np.abs(values) > SATURATED
        lost = np.flatnonzero(beyond.all(axis=0)) + 1
        tall = FILL / examples
        grounds.append((state, 1.0, units + 1.0, float(row), row + FILL, float(beyond.mean()), len(lost)))
        for b, u in np.argwhere(beyond):
            cells.append((state, b + 1, u + 1.0, u + 2.0, row + b * tall, row + (b + 1) * tall, float(values[b, u])))
        dead += [(state, float(u), u + 1.0, row + FILL, row + FILL + 0.07) for u in lost]
    return {
        "grounds": _table(("state", "unit", "right", "top", "bottom", "share", "dead"), grounds),
        "cells": _table(("state", "example", "unit", "right", "top", "bottom", "value"), cells),
        "dead": _table(("state", "unit", "right", "top", "bottom"), dead),
    }


def _rows(names: Sequence[str], labelled: bool) -> alt.Y:
    """Rows 0 to n from the top, each with its state's name in its middle."""
    middles = [row + 0.5 for row in range(len(names))]
    axis = alt.Axis(
        values=middles, labelExpr=names_at(middles, names), ticks=False, grid=False, domain=False, labelFontSize=12,
        labelPadding=6,
    )  # fmt: skip
    scale = alt.Scale(domain=[0, len(names)], reverse=True, nice=False, zero=False)
    return alt.Y("top:Q", scale=scale, title=None, axis=axis if labelled else None)


def _ends(values: Mapping[str, np.ndarray]) -> tuple[float, float]:
    low = min(float(numbers.min()) for numbers in values.values())
    high = max(float(numbers.max()) for numbers in values.values())
    return (-round_up(-low) if low < 0 else 0.0), (round_up(high) if high > 0 else 0.0)


def _table(names: Sequence[str], rows: list[tuple]) -> pa.Table:
    """Columns with their types even where there is no row: the first is text, all others are numbers."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    types = [pa.string()] + [pa.float64()] * (len(names) - 1)
    return pa.table({n: pa.array(list(c), t) for n, c, t in zip(names, columns, types, strict=True)})
