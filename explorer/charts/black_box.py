"""The last steps before a loss that is not finite: how large the numbers of each layer are, step by step.

>>> live_chart(sizes, size_tables(moments, "output", "3.Linear", 402), key="sizes", alt_text="...", names=names,
...            role="output")
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pyarrow as pa

from core.lenses.black_box import largest
from core.training.black_box import Moment
from core.training.frame import STATS
from explorer.theme import Palette, blend

HEIGHT = 250  # pixels of all rows, where they need neither more nor less
AXIS = 50  # pixels below them
LEAST, MOST = 11, 26  # pixels a row
FEWEST = 80  # pixels of the rows of a model that has hardly any
SMALLEST = 1e-12  # what a logarithmic colour begins with


def sizes(palette: Palette, *, names: tuple[str, ...], role: str) -> alt.LayerChart:
    """Layers down in the order of computing, steps across; the darker, the larger the largest number. Crosses on yellow
    are NaN or Inf, and a frame marks the first of them."""
    rows = min(max(HEIGHT, LEAST * len(names)), max(MOST * len(names), FEWEST))
    axis = {"ticks": False, "domain": False, "labelFontSize": 11, "labelFlush": False, "titleFontWeight": "normal"}
    x = alt.X(
        "step:O", title="step", axis=alt.Axis(**axis, labelAngle=0, labelOverlap=True), scale=alt.Scale(padding=0)
    )
    y = alt.Y(
        "name:N",
        title=None,
        sort=list(names),
        axis=alt.Axis(**axis, labelFont="monospace", labelLimit=230, labelPadding=8, labelOverlap=False),
    )
    tip = [alt.Tooltip("name:N", title="of"), alt.Tooltip("step:O"), alt.Tooltip("text:N", title="largest number")]
    colour = palette.of(role)
    shade = alt.Color(
        "value:Q",
        scale=alt.Scale(type="log", range=[blend(palette.paper, colour, 0.08), colour], interpolate="rgb"),
        legend=alt.Legend(title="largest |number|", format=".0e", tickCount=4, gradientLength=min(150, rows - 20)),
    )
    broken = alt.Chart(alt.NamedData("broken"))
    return alt.layer(
        alt.Chart(alt.NamedData("cells"))
        .mark_rect(stroke=palette.paper, strokeWidth=0.5)
        .encode(x=x, y=y, color=shade, tooltip=tip),
        broken.mark_rect(color=palette.nan_fill, stroke=palette.paper, strokeWidth=0.5).encode(x=x, y=y, tooltip=tip),
        broken.mark_text(text="✕", fontSize=10, color=palette.nan_ink).encode(x=x, y=y, tooltip=tip),
        alt.Chart(alt.NamedData("first"))
        .mark_rect(filled=False, stroke=palette.ink, strokeWidth=2)
        .encode(x=x, y=y, tooltip=tip),
    ).properties(height=AXIS + rows)


def size_tables(moments: Sequence[Moment], role: str, first: str | None, step: int | None) -> dict[str, pa.Table]:
    """`first` names the tensor of this role that broke first, at `step`; None where it has another role."""
    cells, broken = [], []
    for moment in moments:
        known = largest(moment, role)
        counts = {
            t.name: stats for t, stats in zip(moment.frame.tensors, moment.frame.stats, strict=True) if t.role == role
        }
        for name, value in known.items():
            nan, inf = (int(counts[name][STATS.index(what)]) for what in ("nan", "inf"))
            row = {
                "step": moment.frame.step,
                "name": name,
                "value": max(value, SMALLEST),
                "text": _text(value, nan, inf),
            }
            (broken if nan or inf else cells).append(row)
    marked = [row for row in broken if (row["name"], row["step"]) == (first, step)]
    return {"cells": _table(cells), "broken": _table(broken), "first": _table(marked)}


def _table(rows: list[dict]) -> pa.Table:
    schema = pa.schema([("step", pa.int64()), ("name", pa.string()), ("value", pa.float64()), ("text", pa.string())])
    return pa.Table.from_pylist(rows, schema)


def _text(value: float, nan: int, inf: int) -> str:
    parts = [f"{n:,} {what}" for n, what in ((nan, "NaN"), (inf, "Inf")) if n]
    return (
        f"{value:.3g}"
        if not parts
        else " and ".join(parts) + (f", else up to {value:.3g}" if np.isfinite(value) else "")
    )
