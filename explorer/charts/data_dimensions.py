"""The curse of dimensionality in two pictures: contexts seen against possible ones, and distances that come alike.

>>> live_chart(contexts_chart, context_tables(contexts_seen(dataset)), key="contexts", alt_text="...")
>>> live_chart(spread_chart, spread_tables(distances.table()), key="spread", alt_text="...")
>>> live_chart(distances_chart, distance_tables(distances, SHOWN), key="distances", alt_text="...", dimensions=SHOWN)
"""

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from core.lenses.data.distances import Distances
from explorer.charts.scales import anchored
from explorer.theme import Palette

POSSIBLE, SEEN, EXAMPLES = "possible", "seen in the data", "examples in all"
SHOWN = (1, 2, 10, 100, 1000)  # dimensions whose distances are drawn one by one
POWERS = range(0, 25, 2)  # of ten, on the axis of contexts
_RAISED = {str(power): f"10{str(power).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}" for power in POWERS}
_POWER = f"{json.dumps({**_RAISED, '0': '1', '2': '100'}, ensure_ascii=False)}[round(log(datum.value) / LN10)]"
WIDEST, BINS = 3.0, 90  # of the histograms: distances in units of their mean


def contexts_chart(palette: Palette, *, height: int = 330) -> alt.LayerChart:
    """The spec: lengths across, counts on a logarithmic axis."""
    x = alt.X(
        "n:Q",
        title="context length n",
        axis=alt.Axis(tickMinStep=1, grid=False),
        scale=alt.Scale(nice=False, zero=False, domain=anchored("n")),
    )
    y = alt.Y(
        "count:Q",
        title="contexts (logarithmic)",
        scale=alt.Scale(type="log", nice=False, domain=anchored("count")),
        axis=alt.Axis(values=[10.0**power for power in POWERS], labelExpr=_POWER, labelOverlap=True),
    )
    series = [POSSIBLE, SEEN, EXAMPLES]
    color = alt.Color(
        "series:N", scale=alt.Scale(domain=series, range=[palette.guide, palette.activation, palette.ink]), legend=None
    )
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=series, range=[[6, 3], [1, 0], [1, 3]]), legend=None)
    tip = [
        alt.Tooltip("n:Q", title="context length"),
        alt.Tooltip("series:N", title="contexts"),
        alt.Tooltip("count:Q", title="exactly", format=","),
    ]
    lines = alt.Chart(alt.NamedData("lines"))
    points = lines.transform_filter(f"datum.series != '{EXAMPLES}'")
    names = alt.Chart(alt.NamedData("names")).mark_text(align="right", fontSize=12)
    return alt.layer(
        lines.mark_line(strokeWidth=2).encode(x=x, y=y, color=color, strokeDash=dash),
        points.mark_circle(size=50, opacity=1).encode(x=x, y=y, color=color),
        names.encode(x=x, y=y, text="name:N", color=color),
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        lines.mark_point(size=250, opacity=0).encode(x=x, y=y, tooltip=tip),
    ).properties(height=height)


def context_tables(contexts: pd.DataFrame) -> dict[str, pa.Table]:
    """From `core.lenses.data.contexts.contexts_seen`; the lines' names stand above their right ends."""
    columns = {POSSIBLE: "possible", SEEN: "seen", EXAMPLES: "examples"}
    rows = [
        {"n": n, "series": series, "count": float(count)}
        for series, column in columns.items()
        for n, count in zip(contexts["n"].tolist(), contexts[column].tolist(), strict=True)
    ]
    last = contexts.iloc[-1]
    top = 10.0 ** np.ceil(np.log10(float(last["possible"])))
    end = len(contexts) + 0.3
    before = float(contexts["possible"].iloc[-2])
    names = [
        {"n": end - 1.7, "count": before, "series": POSSIBLE, "name": POSSIBLE},
        {"n": end, "count": float(last["seen"]) / 3, "series": SEEN, "name": SEEN},
        {"n": end, "count": float(last["examples"]) * 3, "series": EXAMPLES, "name": EXAMPLES},
    ]
    anchors = {"n": [0.7, end], "count": [1.0, top]}
    return {
        "lines": pa.Table.from_pylist(rows),
        "names": pa.Table.from_pylist(names),
        "anchors": pa.table(anchors),
    }


def share(value: float) -> str:
    """Two digits, however small: 0.29 -> '29%', 2.1e-7 -> '0.000021%', 1.7e-15 -> '1.7e-13%'; '100%' only where it
    is all."""
    percent = 100 * value
    if percent >= 99.5:
        return "100%" if value == 1 else ">99%"
    if 0 < percent < 1e-6:
        mantissa, power = f"{percent:.1e}".split("e")
        return f"{mantissa}e{int(power)}%"
    digits = 0 if percent >= 10 or percent == 0 else int(1 - np.floor(np.log10(percent)))
    return f"{percent:.{digits}f}%"


def spread_chart(palette: Palette, *, height: int = 300) -> alt.LayerChart:
    """The spec: std / mean of all distances against the number of dimensions, both axes logarithmic."""
    x = alt.X(
        "dimensions:Q",
        title="dimensions d",
        scale=alt.Scale(type="log", nice=False, domain=anchored("dimensions")),
        axis=_at(1, 10, 100, 1000),
    )
    y = alt.Y(
        "spread:Q",
        title="std / mean of the distances",
        scale=alt.Scale(type="log", nice=False, domain=anchored("spread")),
        axis=_at(0.01, 0.03, 0.1, 0.3, 1),
    )
    tip = [
        alt.Tooltip("dimensions:Q", title="dimensions", format=","),
        alt.Tooltip("spread:Q", title="std / mean", format=".3f"),
        alt.Tooltip("theory:Q", title="theory", format=".3f"),
        alt.Tooltip("contrast:Q", title="(farthest − nearest) / mean", format=".3f"),
    ]
    series = alt.Color(
        "series:N",
        scale=alt.Scale(domain=["measured", "theory"], range=[palette.activation, palette.guide]),
        legend=None,
    )
    measured, theory = alt.Chart(alt.NamedData("measured")), alt.Chart(alt.NamedData("theory"))
    legend = alt.Chart(alt.NamedData("legend")).mark_text(align="left", fontSize=12)
    return alt.layer(
        legend.encode(x=x, y=y, text="series:N", color=series),
        theory.mark_line(strokeDash=[6, 3], strokeWidth=1.8).encode(x=x, y=y, color=series),
        measured.mark_circle(size=70, opacity=1).encode(x=x, y=y, color=series, tooltip=tip),
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
    ).properties(height=height)


def _at(*values: float) -> alt.Axis:
    return alt.Axis(values=values, format=",")


def spread_tables(table: pd.DataFrame) -> dict[str, pa.Table]:
    """From `Distances.table`."""
    measured = table[["dimensions", "spread", "theory", "contrast"]].to_dict("list") | {
        "series": ["measured"] * len(table)
    }
    theory = {
        "dimensions": table["dimensions"].tolist(),
        "spread": table["theory"].tolist(),
        "series": ["theory"] * len(table),
    }
    beside = table.set_index("dimensions")["theory"]
    legend = {
        "dimensions": [13.0, 130.0],
        "spread": [1.25 * beside[10], 1.25 * beside[100]],
        "series": ["measured", "theory"],
    }
    anchors = {"dimensions": [0.8, 1300.0], "spread": [0.01, 1.0]}
    named = {"measured": measured, "theory": theory, "legend": legend, "anchors": anchors}
    return {name: pa.table(columns) for name, columns in named.items()}


def distances_chart(palette: Palette, *, dimensions: tuple[int, ...], height: int = 300) -> alt.LayerChart:
    """The spec: a histogram for each number of dimensions, heights each row's own."""
    rows = len(dimensions)
    x = alt.X(
        "distance:Q",
        title="distance / mean distance",
        scale=alt.Scale(domain=[0, WIDEST], nice=False),
        axis=alt.Axis(tickCount=7, grid=False),
    )
    y = alt.Y("top:Q", scale=alt.Scale(domain=[0, rows], nice=False), axis=None)
    areas, names = alt.Chart(alt.NamedData("areas")), alt.Chart(alt.NamedData("names"))
    return alt.layer(
        areas.mark_area(color=palette.activation, opacity=0.75, interpolate="step-after").encode(
            x=x, y=y, y2="base:Q", detail="dimensions:N"
        ),
        names.mark_text(align="right", baseline="bottom", dy=-5, fontSize=12, color=palette.ink).encode(
            x=x, y=y, text="name:N"
        ),
        names.mark_rule(color=palette.faint).encode(y=y),
        alt.Chart(alt.NamedData("mean")).mark_rule(color=palette.ink, strokeDash=[3, 3]).encode(x=x),
    ).properties(height=height)


def distance_tables(distances: Distances, dimensions: Sequence[int]) -> dict[str, pa.Table]:
    """Histograms of distances over their mean; the fewest dimensions stand on top."""
    parts, names = [], []
    for row, d in enumerate(reversed(dimensions)):
        pairs = distances.by_dimension[d]
        counts, edges = np.histogram(pairs / pairs.mean(), BINS, (0.0, WIDEST))
        height = 0.86 * counts / counts.max()
        parts.append(
            pd.DataFrame({"dimensions": str(d), "distance": edges[:-1], "top": row + height, "base": float(row)})
        )
        names.append({"distance": WIDEST, "top": float(row), "name": f"{d:,} dimension{'' if d == 1 else 's'}"})
    areas = pd.concat(parts, ignore_index=True)
    columns = {name: areas[name].tolist() for name in areas}
    return {"areas": pa.table(columns), "names": pa.Table.from_pylist(names), "mean": pa.table({"distance": [1.0]})}
