"""Layers unit by unit: which tanh outputs are saturated, which ReLUs silent, and what BatchNorm remembers.

>>> live_chart(unit_map, unit_tables(frame.maps["5.Tanh"], "Tanh"), key="units", alt_text="...", kind="Tanh")
>>> live_chart(norm_chart, norm_tables(frame.maps, "4.BatchNorm1d", "mean"), key="norm", alt_text="...", what="mean")
"""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pyarrow as pa

from core.training.frame import NAN_INT8, SATURATED_INT8
from explorer.charts.scales import anchored, round_up
from explorer.theme import Palette

STATES = {"Tanh": ("saturated", "in range"), "ReLU": ("zero", "above zero")}  # where the gradient stops, where it goes
VALUES = {"Tanh": "tanh output", "ReLU": "share of the largest shown"}
LABELS = 44  # pixels for the numbers of a BatchNorm axis


def unit_map(palette: Palette, *, kind: str, height: int = 340) -> alt.LayerChart:
    """Examples of the batch down, units across: white where |tanh| > 0.97 or a ReLU is 0, a cross on yellow where it is
    not a number (one sentence on yellow where none is), and a bar on top where a unit is dead."""
    off, on = STATES[kind]
    tip = [
        alt.Tooltip("example:Q", title="example of the batch"),
        alt.Tooltip("unit:Q", title="unit"),
        alt.Tooltip("value:Q", title=VALUES[kind], format=".2f"),
    ]
    x, y = (
        channel(f"{column}:Q", title=title, axis=_counting(), scale=_scale(column, reverse=column == "example"))
        for channel, column, title in ((alt.X, "unit", "unit"), (alt.Y, "example", "example of the batch"))
    )
    box = {"x": alt.X("left:Q", title="unit"), "x2": "right:Q"}
    box |= {"y": alt.Y("top:Q", title="example of the batch"), "y2": "bottom:Q"}
    cells = alt.Chart(alt.NamedData("cells")).mark_rect(stroke=palette.guide, strokeWidth=0.3)
    dead = alt.Chart(alt.NamedData("dead")).mark_rect(color=palette.warning)
    lost = alt.Chart(alt.NamedData("lost"))
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        cells.encode(
            **box,
            color=alt.Color(
                "state:N",
                scale=alt.Scale(
                    domain=[off, on, "not a number"],
                    range=[palette.saturated, palette.in_range, palette.nan_fill],
                ),
                legend=alt.Legend(title=None, orient="top", symbolStrokeColor=palette.guide, symbolStrokeWidth=1),
            ),
            tooltip=tip,
        ),
        alt.Chart(alt.NamedData("nans")).mark_text(text="✕", fontSize=8, color=palette.nan_ink).encode(x=x, y=y),
        lost.mark_text(fontSize=16, fontWeight="bold", color=palette.nan_ink).encode(x=x, y=y, text="text:N"),
        dead.encode(**box, tooltip=alt.Tooltip("unit:Q", title="dead unit")),
    ).properties(height=height)


def unit_tables(values: np.ndarray, kind: str) -> dict[str, pa.Table]:
    """`values` int8 (examples, units), as `Frame.maps` holds them for a `kind` of layer: a tanh output times 127, or a
    ReLU's by the largest; -128 is NaN."""
    off, on = STATES[kind]
    values = np.asarray(values, np.int64)
    example, unit = np.divmod(np.arange(values.size), values.shape[1])
    broken = values == NAN_INT8
    beyond = ((np.abs(values) >= SATURATED_INT8) if kind == "Tanh" else (values == 0)) & ~broken
    state = np.select([broken, beyond], ["not a number", off], on).ravel()
    dead = np.flatnonzero(beyond.all(axis=0)) + 1
    cells = _boxes(unit + 1, example + 1) | {
        "unit": unit + 1,
        "example": example + 1,
        "value": np.where(broken, np.nan, np.clip(values / 127, -1, 1)).ravel(),
        "state": pa.array(state, pa.string()),
    }
    examples, units = values.shape
    lost_example, lost_unit = np.nonzero(broken & ~broken.all())
    words = [f"✕  None of these {values.size:,} outputs is a number  ✕"] if broken.all() else []
    middle = {"unit": [(units + 1) / 2] * len(words), "example": [(examples + 1) / 2] * len(words)}
    lost = {name: pa.array(at, pa.float64()) for name, at in middle.items()} | {"text": pa.array(words, pa.string())}
    first = -0.5 if len(dead) else 0.5  # dead units have a row of their own, above the first
    return {
        "cells": pa.table(cells),
        "dead": pa.table({"unit": dead} | _boxes(dead, np.zeros(len(dead)), height=0.8)),
        "nans": pa.table({"unit": lost_unit + 1, "example": lost_example + 1}),
        "lost": pa.table(lost),
        "anchors": pa.table({"unit": [0.5, units + 0.5], "example": [first, examples + 0.5]}),
    }


def _boxes(unit: np.ndarray, example: np.ndarray, height: float = 1.0) -> dict[str, np.ndarray]:
    """The edges of a box around each unit and example, so that an axis's numbers stand at their middles."""
    return {"left": unit - 0.5, "right": unit + 0.5, "top": example - 0.5, "bottom": example - 0.5 + height}


def _scale(column: str, **more) -> alt.Scale:
    return alt.Scale(nice=False, zero=False, domain=anchored(column), **more)


def _counting(**more) -> alt.Axis:
    """An axis of things that are counted from 1."""
    return alt.Axis(grid=False, tickMinStep=1, labelFlush=False, labelExpr="datum.value < 1 ? '' : datum.label", **more)


def norm_chart(palette: Palette, *, what: str, height: int = 185) -> alt.LayerChart:
    """For each channel what this batch measured (circles) and what evaluation uses (dashes). `what`: "mean" or "var".

    The two pictures stand one above the other: the upper one has the legend, the lower one the axis of channels.
    """
    title = {"mean": "mean", "var": "variance"}[what]
    axis, name = (_counting(labels=False, ticks=False), None) if what == "mean" else (_counting(), "channel")
    x = alt.X("unit:Q", scale=_scale("unit"), title=name, axis=axis)
    # as wide as the other picture's, so that channels stand one above the other
    # (an axis's own format would take its precision from the ticks' distance, and call a 10 above 8 "1e+1")
    plain = "replace(format(datum.value, '~g'), '-', '−')"
    numbers = alt.Axis(labelFlush=False, tickCount=4, labelExpr=plain, minExtent=LABELS, maxExtent=LABELS)
    y = alt.Y("value:Q", scale=_scale("value"), title=title, axis=numbers)
    legend = alt.Legend(title=None, orient="top") if what == "mean" else None
    source = alt.Color(
        "source:N",
        scale=alt.Scale(domain=["this batch", "running"], range=[palette.activation, palette.ink]),
        legend=legend,
    )
    shape = alt.Shape(
        "source:N", scale=alt.Scale(domain=["this batch", "running"], range=["circle", "stroke"]), legend=legend
    )
    tip = [
        alt.Tooltip("source:N", title="source"),
        alt.Tooltip("unit:Q", title="channel"),
        alt.Tooltip("group:Q", title="position"),
        alt.Tooltip("value:Q", title=title, format=".4g"),
    ]
    points = alt.Chart(alt.NamedData("points")).mark_point(size=36, strokeWidth=1.8, opacity=0.9)
    nans, nan_tip = alt.Chart(alt.NamedData("nans")), [*tip[:3], alt.Tooltip("what:N", title=title)]
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        points.encode(x=x, y=y, color=source, shape=shape, tooltip=tip),
        nans.mark_square(size=120, color=palette.nan_fill, opacity=1).encode(x=x, y=y, tooltip=nan_tip),
        nans.mark_text(text="✕", color=palette.nan_ink, fontWeight="bold").encode(x=x, y=y, tooltip=nan_tip),
    ).properties(height=height)


def norm_tables(maps: Mapping[str, np.ndarray], layer: str, what: str) -> dict[str, pa.Table]:
    """Points of both sources; statistics for each position apart, as the BatchNorm bug keeps them, are all drawn.
    One that is not a number is a cross at the lower edge."""
    units, groups, values, sources = [], [], [], []
    for source, name in (("this batch", f"{layer}.batch_{what}"), ("running", f"{layer}.running_{what}")):
        numbers = np.asarray(maps[name], np.float64)
        numbers = numbers.reshape(-1, numbers.shape[-1])  # (positions, channels)
        group, unit = np.divmod(np.arange(numbers.size), numbers.shape[1])
        units.append(unit + 1.0)
        groups.append(group + 1)
        values.append(numbers.ravel())
        sources += [source] * numbers.size
    value = np.concatenate(values)
    finite = np.isfinite(value)
    far = round_up(float(np.abs(value[finite]).max())) if finite.any() else 1.0
    low = -far if what == "mean" else 0.0
    table = pa.table(
        {
            "unit": np.concatenate(units),
            "group": np.concatenate(groups),
            "value": np.where(finite, value, low),
            "source": pa.array(sources, pa.string()),
            "what": pa.array(np.where(np.isnan(value), "NaN", "Inf").tolist(), pa.string()),
        }
    )
    anchors = {"unit": [0.0, float(units[0].max()) + 1], "value": [low, far]}
    points, nans = table.filter(pa.array(finite)).drop_columns("what"), table.filter(pa.array(~finite))
    return {"points": points, "nans": nans, "anchors": pa.table(anchors)}
