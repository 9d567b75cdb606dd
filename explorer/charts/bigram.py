"""The counted bigram: its map, what each pair of a word costs, and what smoothing does.

>>> tables = map_tables(counts, probabilities, symbols=".abc", picked=5)
>>> live_chart(pair_map, tables, key="map", alt_text="...", symbols=(".", "a"), what="count")
"""

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.charts.scales import anchored
from explorer.theme import DASH, Palette, blend

PICK = "pick"
LEGIBLE = 40  # symbols: with more, cells are too small for letters
SERIES = {"all": "all words", "train": "train", "val": "val", "test": "test"}
SMOOTHED, L2 = "smoothing", "L2"


def pair_map(palette: Palette, *, symbols: tuple[str, ...], what: str, height: int = 425) -> alt.LayerChart:
    """The spec: rows are the character before, columns the one after; a click picks a row. `what`: the shown number,
    "count" or "probability"."""
    order = list(symbols)
    few = len(order) <= LEGIBLE
    x = alt.X("after:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=_letters(few, "top"))
    y = alt.Y("before:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=_letters(few, "left"))
    pick = alt.selection_point(name=PICK, fields=["row"], on="click", empty=False)
    shade = alt.Color(
        "shade:Q",
        scale=alt.Scale(domain=[0, 1], range=[blend(palette.paper, palette.activation, 0.05), palette.activation]),
        legend=None,
    )
    tip = [
        alt.Tooltip("pair:N", title="pair"),
        alt.Tooltip("count:Q", title="times", format=","),
        alt.Tooltip("total:Q", title="of all in its row", format=","),
        alt.Tooltip("probability:Q", title="probability", format=".3%"),
    ]
    cells, picked = alt.Chart(alt.NamedData("cells")), alt.Chart(alt.NamedData("picked"))
    tooltip = tip if what == "count" else [tip[0], tip[3], tip[1], tip[2]]
    layers = [cells.mark_rect().encode(x=x, y=y, color=shade)]
    if few:
        ink = alt.condition("datum.shade > 0.6", alt.value(palette.paper), alt.value(palette.ink))
        layers.append(cells.mark_text(fontSize=11, baseline="middle").encode(x=x, y=y, text="pair:N", color=ink))
    layers += [
        picked.mark_rect(filled=False, stroke=palette.ink, strokeWidth=1.6).encode(
            y=y, x=alt.value(0), x2=alt.value("width")
        ),
        cells.mark_rect(opacity=0.001).encode(x=x, y=y, tooltip=tooltip).add_params(pick),
    ]
    return alt.layer(*layers).properties(height=height)


def _letters(few: bool, orient: str) -> alt.Axis:
    return alt.Axis(
        orient=orient,
        labelAngle=0,
        labelFontSize=11 if few else 7,
        labelOverlap=not few,
        labelPadding=2,
        ticks=False,
        domain=False,
    )


def map_tables(counts: np.ndarray, shown: np.ndarray, probabilities: np.ndarray, symbols: str, picked: int) -> dict:
    """`shown` (V, V) gives the shades: white for 0, full at its largest, growing with the square root."""
    before, after = np.divmod(np.arange(counts.size), len(counts))
    letters = np.array(list(symbols))
    cells = {
        "row": before,
        "before": letters[before].tolist(),
        "after": letters[after].tolist(),
        "pair": [f"{a}{b}" for a, b in zip(letters[before], letters[after], strict=True)],
        "count": counts.ravel(),
        "total": np.repeat(counts.sum(axis=1), len(counts)),
        "probability": probabilities.ravel(),
        "shade": shades(shown).ravel(),
    }
    return {"cells": pa.table(cells), "picked": pa.table({"before": [symbols[picked]]})}


def shades(values: np.ndarray) -> np.ndarray:
    """0 to 1, growing with the square root: small ones are still told apart from none."""
    return np.sqrt(values / max(values.max(), 1e-300))


def pair_costs(palette: Palette, *, pairs: tuple[str, ...], height: int = 300) -> alt.LayerChart:
    """The spec: what each pair of a word adds to its loss, beside what is usual."""
    places = list(range(len(pairs)))
    names = alt.Axis(labelExpr=f"{json.dumps(list(pairs))}[datum.value]", labelAngle=0, labelFontSize=13, title="pair")
    x = alt.X("place:O", scale=alt.Scale(domain=places), axis=names)
    y = alt.Y("cost:Q", title="−log probability", scale=alt.Scale(domain=anchored("cost"), nice=False))
    bars, lines, broken = (alt.Chart(alt.NamedData(name)) for name in ("bars", "lines", "broken"))
    tip = [
        alt.Tooltip("pair:N", title="pair"),
        alt.Tooltip("cost:Q", title="−log probability", format=".4f"),
        alt.Tooltip("probability:Q", title="probability", format=".4f"),
    ]
    endless = broken.mark_square(size=240, color=palette.nan_fill, opacity=1)
    return alt.layer(
        _anchors().encode(y=y),
        bars.mark_bar(color=palette.activation).encode(x=x, y=y, tooltip=tip),
        lines.mark_rule(strokeWidth=1.5, color=palette.ink).encode(
            y=y, strokeDash=_dash("name", ["this word", "all words", "uniform"])
        ),
        endless.encode(x=x, y=alt.value(10), tooltip=tip[:1]),
        broken.mark_text(text="∞", fontSize=15, color=palette.nan_ink).encode(x=x, y=alt.value(10), tooltip=tip[:1]),
    ).properties(height=height)


def cost_tables(steps: pd.DataFrame, usual: float, vocab: int) -> dict[str, pa.Table]:
    """`steps` from `core.lenses.bigram.steps_of`; `usual` is the mean over all words. A pair without probability is a
    mark of its own."""
    cost = -steps["log_probability"].to_numpy()
    finite = np.isfinite(cost)
    rows = pa.table(
        {
            "place": np.arange(len(cost)),
            "pair": steps["pair"].tolist(),
            "cost": np.where(finite, cost, 0.0),
            "probability": steps["probability"].to_numpy(),
        }
    )
    lines = {"this word": cost.mean(), "all words": usual, "uniform": np.log(vocab)}
    lines = {name: float(value) for name, value in lines.items() if np.isfinite(value)}
    top = max(4.0, float(np.ceil(cost[finite].max(initial=0.0))))
    return {
        "bars": rows.filter(pa.array(finite)),
        "broken": rows.filter(pa.array(~finite)),
        "lines": pa.table({"name": list(lines), "cost": list(lines.values())}),
        "anchors": pa.table({"cost": [0.0, top]}),
    }


def smoothing_chart(palette: Palette, *, height: int = 270) -> alt.LayerChart:
    """The spec: losses against the strength of smoothing, which is logarithmic."""
    powers = [10.0**k for k in range(-2, 7)]
    x = alt.X(
        "smoothing:Q",
        title="added to every count (logarithmic)",
        scale=alt.Scale(type="log", domain=anchored("smoothing"), nice=False),
        axis=alt.Axis(
            values=powers,
            labelExpr="format(datum.value, datum.value < 1 ? '~g' : '~s')",
            grid=False,
        ),
    )
    y = alt.Y("loss:Q", title="mean −log likelihood", scale=alt.Scale(domain=anchored("loss"), zero=False, nice=False))
    over = list(SERIES.values())
    color = alt.Color("series:N", scale=alt.Scale(domain=over, range=palette.layers(len(over))), legend=_legend())
    tip = [
        alt.Tooltip("series:N", title="over"),
        alt.Tooltip("smoothing:Q", title="added", format=".3g"),
        alt.Tooltip("loss:Q", title="loss", format=".4f"),
    ]
    curves = alt.Chart(alt.NamedData("curves"))
    at, uniform = alt.Chart(alt.NamedData("at")), alt.Chart(alt.NamedData("uniform"))
    return alt.layer(
        _anchors().encode(x=x, y=y),
        uniform.mark_rule(color=palette.guide, strokeDash=[2, 3]).encode(y=y),
        uniform.mark_text(align="left", dx=4, dy=9, fontSize=11, color=palette.guide).encode(
            x=alt.value(0), y=y, text="name:N"
        ),
        curves.mark_line(strokeWidth=2).encode(x=x, y=y, color=color, strokeDash=_dash("series", over)),
        curves.mark_point(opacity=0, size=150).encode(x=x, y=y, tooltip=tip),
        at.mark_rule(color=palette.moment, strokeDash=[2, 2]).encode(x=x),
    ).properties(height=height)


def smoothing_tables(curve: pd.DataFrame, smoothing: float, vocab: int) -> dict[str, pa.Table]:
    """`curve` from `core.lenses.bigram.smoothing_curve`, for strengths above 0."""
    rows = curve.melt("smoothing", var_name="split", value_name="loss")
    first, last = curve["smoothing"].min(), curve["smoothing"].max()
    uniform = float(np.log(vocab))
    lowest, highest = rows["loss"].min(), max(rows["loss"].max(), uniform)
    return {
        "curves": pa.table(
            {
                "smoothing": rows["smoothing"].tolist(),
                "series": rows["split"].map(SERIES).tolist(),
                "loss": rows["loss"].tolist(),
            }
        ),
        "at": pa.table({"smoothing": [min(max(smoothing, first), last)]}),
        "uniform": pa.table({"loss": [uniform], "name": [f"uniform: log {vocab}"]}),
        "anchors": pa.table({"smoothing": [first, last], "loss": [np.floor(10 * lowest) / 10, highest + 0.05]}),
    }


def two_rows(palette: Palette, *, symbols: tuple[str, ...], height: int = 270) -> alt.LayerChart:
    """The spec: one row's distribution with smoothing (bars) and with L2 (strokes); a line marks the uniform one."""
    order = list(symbols)
    x = alt.X(
        "character:N",
        sort=order,
        scale=alt.Scale(domain=order),
        title="next character",
        axis=alt.Axis(labelAngle=0, labelOverlap=len(order) > LEGIBLE),
    )
    y = alt.Y(
        "probability:Q",
        title="probability",
        scale=alt.Scale(domain=anchored("probability"), nice=False),
        axis=alt.Axis(format="%", tickCount=5),
    )
    names = [SMOOTHED, L2]
    tip = [
        alt.Tooltip("character:N", title="character"),
        alt.Tooltip("smoothed:Q", title="with smoothing", format=".3%"),
        alt.Tooltip("l2:Q", title="with L2", format=".3%"),
    ]
    color = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=names, range=[palette.activation, palette.weight]),
        legend=alt.Legend(title=None, orient="top", symbolType="square"),
    )
    bars, strokes = (alt.Chart(alt.NamedData(name)) for name in ("smoothed", "l2"))
    return alt.layer(
        _anchors().encode(y=y),
        bars.mark_bar(opacity=0.55).encode(x=x, y=y, color=color, tooltip=tip),
        strokes.mark_tick(thickness=3, bandSize=14, orient="horizontal", opacity=1).encode(
            x=x, y=y, color=color, tooltip=tip
        ),
        alt.Chart(alt.NamedData("uniform")).mark_rule(color=palette.guide, strokeDash=[2, 3]).encode(y=y),
    ).properties(height=height)


def row_tables(smoothed: np.ndarray, l2: np.ndarray, symbols: Sequence[str]) -> dict[str, pa.Table]:
    """Two distributions (V,) over the same symbols; the axis ends at 20, 50 or 100 %."""
    top = max(float(smoothed.max()), float(l2.max()))
    end = next(edge for edge in (0.1, 0.2, 0.5, 1.0) if top <= edge or edge == 1.0)
    shared = {"character": list(symbols), "smoothed": smoothed, "l2": l2}
    return {
        "smoothed": pa.table({**shared, "probability": smoothed, "kind": [SMOOTHED] * len(symbols)}),
        "l2": pa.table({**shared, "probability": l2, "kind": [L2] * len(symbols)}),
        "uniform": pa.table({"probability": [1 / len(symbols)]}),
        "anchors": pa.table({"probability": [0.0, end]}),
    }


def _anchors() -> alt.Chart:
    return alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0, size=0)


def _dash(field: str, domain: list[str]) -> alt.StrokeDash:
    ranges = [DASH["train"], [6, 3], [2, 3]] if len(domain) == 3 else [[8, 2], DASH["train"], DASH["val"], [1, 3]]
    return alt.StrokeDash(
        f"{field}:N",
        scale=alt.Scale(domain=domain, range=ranges),
        legend=_legend(),
    )


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=500)
