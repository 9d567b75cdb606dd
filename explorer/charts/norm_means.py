"""The means that BatchNorm takes from one batch, as many as it takes: one cell each.

>>> live_chart(means_chart, means_tables({"bug": (1, 4, 68), "right": (1, 1, 68)} ...), key="means", alt_text="...")
"""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.scales import anchored
from explorer.theme import Palette

GAP = 1.6  # rows between the two


def means_chart(palette: Palette, *, height: int = 250) -> alt.LayerChart:
    """Cells from vermilion (below 0) over the page's colour to blue: channels across, positions down; the bug above."""
    x = alt.X(
        "channel:Q",
        title="channel",
        scale=alt.Scale(nice=False, zero=False, domain=anchored("channel")),
        axis=alt.Axis(grid=False, tickMinStep=1),
    )
    y = alt.Y("top:Q", axis=None, scale=alt.Scale(reverse=True, nice=False, zero=False, domain=anchored("top")))
    cells, labels = alt.Chart(alt.NamedData("cells")), alt.Chart(alt.NamedData("labels"))
    tip = [
        alt.Tooltip("way:N", title="averaged over"),
        alt.Tooltip("position:N"),
        alt.Tooltip("unit:Q", title="channel"),
        alt.Tooltip("mean:Q", format=".4f"),
        alt.Tooltip("count:Q", title="made from numbers"),
    ]
    shade = alt.Color(
        "mean:Q",
        title="mean",
        scale=alt.Scale(range=[palette.gradient, palette.paper, palette.activation], domainMid=0, interpolate="rgb"),
        legend=alt.Legend(orient="right", gradientLength=150),
    )
    return (
        alt.layer(
            alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
            cells.mark_rect(stroke=palette.faint, strokeWidth=0.3).encode(
                x=x, x2="right:Q", y=y, y2="bottom:Q", color=shade, tooltip=tip
            ),
            labels.mark_text(align="left", baseline="bottom", color=palette.ink, fontSize=13, dy=-3).encode(
                x=x, y=y, text="text:N"
            ),
        )
        .properties(height=height)
        .configure_view(stroke=None)
    )


def means_tables(means: Mapping[str, np.ndarray], size: int) -> dict[str, pa.Table]:
    """`means`: by way, "bug" (1, T, C) and "right" (1, 1, C), of a batch of `size` examples."""
    cells, labels, top = [], [], GAP / 2
    positions = max(array.shape[1] for array in means.values())
    for way, array in means.items():
        _, rows, channels = array.shape
        count = size * positions // rows
        said = {"bug": "dim 0, the bug", "right": "dims (0, 1)"}[way]
        labels.append((1.0, top, f"{said}: shape {array.shape}, each mean from {count} numbers"))
        for row in range(rows):
            where = str(row + 1) if rows > 1 else "all"
            for channel in range(channels):
                value = float(array[0, row, channel])
                cells.append(
                    (said, where, channel + 1, channel + 1.0, channel + 2.0, top + row, top + row + 1, value, count)
                )
        top += rows + GAP
    names = ("way", "position", "unit", "channel", "right", "top", "bottom", "mean", "count")
    return {
        "cells": pa.table(dict(zip(names, map(list, zip(*cells, strict=True)), strict=True))),
        "labels": pa.table(dict(zip(("channel", "top", "text"), map(list, zip(*labels, strict=True)), strict=True))),
        "anchors": pa.table({"channel": [1.0, channels + 1.0], "top": [0.0, top - GAP]}),
    }
