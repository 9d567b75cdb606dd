"""One tensor's histogram over time, step x value, and beside it the histogram of the moment that is looked at.

>>> tables = time_tables(steps, stats, counts, moment=1_000)        # of one tensor: (frames, STATS), (frames, BINS)
>>> live_chart(histogram_time, tables, key="over_time", alt_text="...", role="output")

Laid out by hand, as `histograms` is: x runs from 0 to 100 over the picture's width, y in pixels from the top. Steps lie
at their logarithm, as they are recorded; values from -reach to +reach; colours are logarithms of the share of values.
"""

from itertools import pairwise

import altair as alt
import numpy as np
import pyarrow as pa

from core.training.frame import BINS, STATS
from explorer import theme
from explorer.charts.histogram_tables import reach
from explorer.charts.scales import axis_number
from explorer.theme import Palette, blend

LEFT, RIGHT = (7.0, 76.0), (81.0, 100.0)  # where the map and the moment's histogram stand, in x
HEAD, BODY, FOOT = 24, 330, 34  # pixels for headings, for the picture, for steps
ROWS = 60  # of the map, over all values
LEAST, MOST = -3.0, -0.5  # log10 of the shares at both ends of the colours
_MIN, _MAX, _LOW, _HIGH, _NAN, _INF = (STATS.index(name) for name in ("min", "max", "low", "high", "nan", "inf"))
_TEXTS = pa.schema([("kind", pa.string()), ("x", pa.float64()), ("y", pa.float64()), ("text", pa.string())])
_RULES = pa.schema([("kind", pa.string()), *((n, pa.float64()) for n in ("x", "y", "x2", "y2"))])
_BOXES = pa.schema(
    [
        *((n, pa.float64()) for n in ("x", "x2", "y", "y2", "share")),
        ("step", pa.int64()),
        ("values", pa.string()),
        ("percent", pa.float64()),
    ]
)


def histogram_time(palette: Palette, *, role: str) -> alt.LayerChart:
    """The spec for a tensor of this role (of `core.training.frame.ROLES`)."""
    height = HEAD + BODY + FOOT
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, 100], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False), axis=None)
    full = palette.of(role)
    colour = alt.Color(
        "share:Q",
        scale=alt.Scale(domain=[LEAST, MOST], range=[blend(palette.paper, full, 0.12), full], clamp=True),
        legend=None,
    )
    tip = [
        alt.Tooltip("step:Q", format=",", title="step"),
        alt.Tooltip("values:N", title="values"),
        alt.Tooltip("percent:Q", format=".2%", title="share"),
    ]
    texts, rules, cells, bars = (alt.Chart(alt.NamedData(name)) for name in ("texts", "rules", "cells", "bars"))

    def text(kind: str, align: str, ink: str, **mark) -> alt.Chart:
        drawn = texts.transform_filter(f"datum.kind == '{kind}'")
        return drawn.mark_text(align=align, baseline="middle", fontSize=12, color=ink, **mark).encode(
            x=x, y=y, text="text:N"
        )

    def rule(kind: str, **mark) -> alt.Chart:
        drawn = rules.transform_filter(f"datum.kind == '{kind}'")
        return drawn.mark_rule(**mark).encode(x=x, y=y, x2="x2:Q", y2="y2:Q")

    return (
        alt.layer(
            cells.mark_rect(strokeWidth=0).encode(x=x, x2="x2:Q", y=y, y2="y2:Q", color=colour, tooltip=tip),
            bars.mark_rect(color=full, opacity=0.75).encode(x=x, x2="x2:Q", y=y, y2="y2:Q", tooltip=tip),
            rule("grid", color=palette.faint, strokeWidth=0.7, strokeDash=[2, 3]),
            rule("broken", color=palette.nan_fill, strokeWidth=5),
            rule("moment", color=palette.moment, strokeWidth=1.5),
            text("heading", "left", full, fontWeight="bold"),
            text("value", "right", palette.guide),
            text("step", "center", palette.guide),
        )
        .properties(height=height)
        .configure_view(stroke=None)
    )


def time_tables(steps: np.ndarray, stats: np.ndarray, counts: np.ndarray, moment: int) -> dict[str, pa.Table]:
    """Of one tensor: `steps` (F,) from 1 on, `stats` (F, STATS), `counts` (F, BINS); `moment`: the step beside it."""
    far = reach(stats[:, None], [0])
    edges = np.linspace(-far, far, ROWS + 1)
    x = _columns(steps)
    shown = int(np.searchsorted(steps, moment, side="right")) - 1
    texts = [("heading", LEFT[0], HEAD / 2, "every recorded step, on a logarithmic axis")]
    texts += [("heading", RIGHT[0], HEAD / 2, f"step {theme.steps(int(steps[shown]))}")]
    rules = []
    for share in (0.0, 0.5, 1.0):
        y = HEAD + share * BODY
        texts.append(("value", LEFT[0] - 0.6, y, axis_number((1 - 2 * share) * far).replace("-", "−")))
        rules += [("grid", side[0], y, side[1], y) for side in (LEFT, RIGHT)]
    at = (x[:-1] + x[1:]) / 2
    texts += [("step", at[i], HEAD + BODY + 14, theme.steps(int(steps[i]))) for i in _named(at)]
    rules.append(("moment", at[shown], HEAD, at[shown], HEAD + BODY))
    broken = np.flatnonzero(stats[:, _NAN] + stats[:, _INF] > 0)
    rules += [("broken", x[i], HEAD + BODY + 3, x[i + 1], HEAD + BODY + 3) for i in broken]
    shares = np.stack([_rebinned(row, count, edges) for row, count in zip(stats, counts, strict=True)])
    bars = _boxes(steps[[shown]], shares[[shown]], edges, np.array(RIGHT))
    widths = shares[shown] / max(shares[shown].max(), 1e-12)
    ends = RIGHT[0] + (RIGHT[1] - RIGHT[0]) * widths[shares[shown] > 0]
    return {
        "cells": _boxes(steps, shares, edges, x),
        "bars": bars.set_column(bars.column_names.index("x2"), "x2", pa.array(ends, pa.float64())),
        "texts": pa.Table.from_arrays([pa.array(c) for c in zip(*texts, strict=True)], schema=_TEXTS),
        "rules": pa.Table.from_arrays([pa.array(c) for c in zip(*rules, strict=True)], schema=_RULES),
    }


def _columns(steps: np.ndarray) -> np.ndarray:
    """The edges of each step's column, in x: halfway to its neighbours, on a logarithmic axis."""
    at = np.log10(steps.astype(np.float64))
    if len(at) == 1:
        return np.array(LEFT)
    middles = (at[1:] + at[:-1]) / 2
    edges = np.concatenate([[2 * at[0] - middles[0]], middles, [2 * at[-1] - middles[-1]]])
    return LEFT[0] + (edges - edges[0]) / (edges[-1] - edges[0]) * (LEFT[1] - LEFT[0])


def _named(at: np.ndarray, gap: float = 8.0) -> list[int]:
    """Which columns have their step written: as many as there is room for, the last one always."""
    named, end = [], np.inf
    for i in range(len(at) - 1, -1, -1):
        if end - at[i] >= gap:
            named.append(i)
            end = at[i]
    return named


def _rebinned(stats: np.ndarray, counts: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """A frame's histogram over other bins, as shares of its finite values; what lies beyond them is left out."""
    total, low, high = counts.sum(), float(stats[_LOW]), float(stats[_HIGH])
    if not total or not np.isfinite([low, high]).all():
        return np.zeros(len(edges) - 1)
    if stats[_MIN] == stats[_MAX]:  # all alike: one bin of the map
        return np.histogram(stats[[_MIN]], edges)[0].astype(np.float64)
    below = np.concatenate([[0], np.cumsum(counts)]) / total
    return np.diff(np.interp(edges, np.linspace(low, high, BINS + 1), below))


def _boxes(steps: np.ndarray, shares: np.ndarray, edges: np.ndarray, x: np.ndarray) -> pa.Table:
    """A rectangle for each bin that holds something: `shares` (F, ROWS), `x` (F + 1,)."""
    frame, row = np.nonzero(shares > 0)
    share = shares[frame, row]
    y = HEAD + BODY * (edges[-1] - edges) / (edges[-1] - edges[0])
    ranges = [f"{theme.number(low)} to {theme.number(high)}" for low, high in pairwise(edges)]
    columns = [
        x[frame],
        x[frame + 1],
        y[row + 1],
        y[row],
        np.log10(share),
        steps[frame].astype(np.int64),
        [ranges[i] for i in row],
        share,
    ]
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, _BOXES, strict=True)], schema=_BOXES)
