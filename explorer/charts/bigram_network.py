"""The one-layer network while it learns: its picture beside the counts', one row step by step, and its loss.

>>> tables = compare_tables(softmax(W), probabilities(C), symbols)
>>> live_chart(compare_maps, tables, key="maps", alt_text="...", symbols=tuple(symbols))
"""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.bigram import LEGIBLE, shades
from explorer.charts.scales import anchored
from explorer.theme import Palette, blend

GAP = 1.5  # cells between the two maps
HEAD = 0.096  # of a map's height: its title and letters
ROWS = ("one-hot", "logits", "exp", "softmax", "counted")


def compare_maps(palette: Palette, *, symbols: tuple[str, ...], height: int = 335) -> alt.LayerChart:
    """The spec: the network's distributions on the left, the counts' on the right, in the same shades."""
    n = len(symbols)
    x = alt.X("x:Q", scale=alt.Scale(domain=[-1, 2 * n + GAP], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-HEAD * n, n], reverse=True, nice=False, zero=False), axis=None)
    cells, texts = alt.Chart(alt.NamedData("cells")), alt.Chart(alt.NamedData("texts"))
    tip = [
        alt.Tooltip("pair:N", title="pair"),
        alt.Tooltip("network:Q", title="the network", format=".3%"),
        alt.Tooltip("counted:Q", title="the counts", format=".3%"),
    ]
    shade = alt.Color(
        "shade:Q",
        scale=alt.Scale(domain=[0, 1], range=[blend(palette.paper, palette.activation, 0.05), palette.activation]),
        legend=None,
    )
    return (
        alt.layer(
            cells.mark_rect().encode(x=x, x2="x2:Q", y=y, y2="y2:Q", color=shade, tooltip=tip),
            texts.transform_filter("datum.kind == 'letter'")
            .mark_text(fontSize=10, baseline="middle", color=palette.guide)
            .encode(x=x, y=y, text="text:N"),
            texts.transform_filter("datum.kind == 'title'")
            .mark_text(fontSize=12, baseline="middle", align="left", color=palette.ink)
            .encode(x=x, y=y, text="text:N"),
        )
        .properties(height=height)
        .configure_view(stroke=None)
    )


def compare_tables(network: np.ndarray, counted: np.ndarray, symbols: str) -> dict[str, pa.Table]:
    """Two (V, V) distributions."""
    n = len(symbols)
    row, column = np.divmod(np.arange(n * n), n)
    full = max(network.max(), counted.max())
    pairs = [f"{symbols[i]}{symbols[j]}" for i, j in zip(row, column, strict=True)]
    sides = []
    for left, shown in ((0.0, network), (n + GAP, counted)):
        sides.append(
            pa.table(
                {
                    "x": left + column,
                    "x2": left + column + 1.0,
                    "y": row.astype(float),
                    "y2": row + 1.0,
                    "pair": pairs,
                    "network": network.ravel(),
                    "counted": counted.ravel(),
                    "shade": np.sqrt(shown / full).ravel(),
                }
            )
        )
    texts = [
        {"x": left + i + 0.5, "y": -0.21 * HEAD * n, "text": symbol, "kind": "letter"}
        for left in (0.0, n + GAP)
        for i, symbol in enumerate(symbols)
        if n <= LEGIBLE
    ]
    titles = ((0.0, "the network: softmax of W"), (n + GAP, "the counts, divided by their sum"))
    texts += [{"x": left, "y": -0.73 * HEAD * n, "text": title, "kind": "title"} for left, title in titles]
    texts += [
        {"x": -0.6, "y": i + 0.5, "text": symbol, "kind": "letter"} for i, symbol in enumerate(symbols) if n <= LEGIBLE
    ]
    return {"cells": pa.concat_tables(sides), "texts": pa.Table.from_pylist(texts)}


def layer_chart(palette: Palette, *, symbols: tuple[str, ...], height: int = 145) -> alt.LayerChart:
    """The spec: one character's way through the layer, a row for each of ROWS; each row has its own shades."""
    order = list(symbols)
    x = alt.X(
        "symbol:N",
        sort=order,
        scale=alt.Scale(domain=order),
        title=None,
        axis=alt.Axis(labelAngle=0, ticks=False, labelFontSize=10, labelPadding=2, labelOverlap=len(order) > LEGIBLE),
    )
    y = alt.Y("step:N", sort=list(ROWS), scale=alt.Scale(domain=list(ROWS)), title=None, axis=alt.Axis(ticks=False))
    shade = alt.Color(
        "shade:Q",
        scale=alt.Scale(
            interpolate="rgb",
            domain=[-1, 0, 1],
            range=[palette.gradient, blend(palette.paper, palette.activation, 0.05), palette.activation],
        ),
        legend=None,
    )
    tip = [
        alt.Tooltip("symbol:N", title="character"),
        alt.Tooltip("step:N", title="row"),
        alt.Tooltip("value:Q", title="value", format=".4g"),
    ]
    cells = alt.Chart(alt.NamedData("cells"))
    return alt.layer(cells.mark_rect(stroke=palette.paper).encode(x=x, y=y, color=shade, tooltip=tip)).properties(
        height=height
    )


def layer_tables(rows: Mapping[str, np.ndarray], symbols: str) -> dict[str, pa.Table]:
    """{name of ROWS: (V,)}. A row with numbers below 0 has them in the other colour."""
    tables = []
    for name in ROWS:
        values = np.asarray(rows[name], np.float64)
        far = max(float(np.abs(values).max()), 1e-300)
        shade = values / far if values.min() < 0 else shades(values)
        tables.append(
            pa.table({"symbol": list(symbols), "step": [name] * len(values), "value": values, "shade": shade})
        )
    return {"cells": pa.concat_tables(tables)}


def network_loss(palette: Palette, *, height: int = 150) -> alt.LayerChart:
    """The spec: the loss so far, and the counts' loss as the line that it comes down to."""
    x = alt.X(
        "step:Q",
        title="step",
        scale=alt.Scale(domain=anchored("step"), nice=False),
        axis=alt.Axis(tickCount=5, grid=False, tickMinStep=1),
    )
    y = alt.Y(
        "loss:Q",
        title=None,
        scale=alt.Scale(domain=anchored("loss"), zero=False, nice=False),
        axis=alt.Axis(tickCount=4),
    )
    tip = [alt.Tooltip("step:Q"), alt.Tooltip("loss:Q", format=".4f")]
    losses, counted = alt.Chart(alt.NamedData("losses")), alt.Chart(alt.NamedData("counted"))
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0, size=0).encode(x=x, y=y),
        counted.mark_rule(color=palette.guide, strokeDash=[6, 3]).encode(y=y),
        counted.mark_text(align="right", dx=-4, dy=-7, fontSize=11, color=palette.guide).encode(
            x=alt.value("width"), y=y, text="name:N"
        ),
        losses.mark_line(color=palette.train, strokeWidth=2).encode(x=x, y=y),
        losses.mark_point(opacity=0, size=90).encode(x=x, y=y, tooltip=tip),
    ).properties(height=height)


def loss_tables(losses: np.ndarray, step: int, counted: float) -> dict[str, pa.Table]:
    """`losses` (steps + 1,) of the whole training, drawn up to `step`: the axes stand still."""
    finite = losses[np.isfinite(losses)]
    low, high = min(float(finite.min()), counted), float(finite.max())
    return {
        "losses": pa.table({"step": np.arange(step + 1), "loss": losses[: step + 1]}),
        "counted": pa.table({"loss": [counted], "name": ["the counts' loss"]}),
        "anchors": pa.table({"step": [0, len(losses) - 1], "loss": [low - 0.1, high + 0.05]}),
    }
