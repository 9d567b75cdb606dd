"""Ratios over time: how large gradients and updates are, measured by the weights that they change.

    >>> tables = ratio_tables(steps, values, names, moment=1000)     # values (frames, weights), steps (frames,)
    >>> live_chart(ratios, tables, key="update_data", alt_text="...", names=names, kind="update_data")

One line for each weight, from input (pale) to output (strong). A ratio that is not a number is a cross on yellow at the
lower edge. The step axis is logarithmic, as are the moments at which a run is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.scales import round_up, whole_range
from explorer.theme import Palette

HEALTHY = -3.0  # of update:data, as a power of ten


@dataclass(frozen=True)
class _Kind:
    title: str
    colour: str  # the palette's name for what is measured
    low: float  # the axis reaches at least from low to high
    high: float
    guide: float | None


KINDS = {
    "update_data": _Kind("log10 of update : data", "update", -5, -1, HEALTHY),
    "grad_data": _Kind("log10 of gradient : data", "gradient", -5, 0, None),
}


def ratios(palette: Palette, *, names: tuple[str, ...], kind: str, height: int = 380) -> alt.LayerChart:
    """The spec for the weights `names`, from input to output; `kind` is one of KINDS."""
    look = KINDS[kind]
    strong = getattr(palette, look.colour)
    legend = alt.Legend(title=None, orient="right", symbolType="stroke", symbolStrokeWidth=3, labelLimit=180)
    colour = alt.Color(
        "weight:N",
        scale=alt.Scale(domain=list(names), range=[blend(palette.paper, strong, s) for s in _strengths(len(names))]),
        legend=legend,
    )
    dash = alt.StrokeDash(
        "weight:N",
        scale=alt.Scale(domain=list(names), range=[_DASHES[i % len(_DASHES)] for i in range(len(names))]),
        legend=legend,
    )
    x = alt.X("step:Q", scale=alt.Scale(type="log", nice=False), title="step", axis=alt.Axis(format="~s", grid=False))
    y = alt.Y("value:Q", scale=alt.Scale(zero=False, nice=False), title=look.title, axis=alt.Axis(tickMinStep=1))
    picked = alt.selection_point(name="legend", fields=["weight"], bind="legend")
    lines = alt.Chart(alt.NamedData("lines"))
    drawn = lines.mark_line(strokeWidth=2, clip=True).encode(
        x=x, y=y, color=colour, strokeDash=dash, opacity=alt.condition(picked, alt.value(1), alt.value(0.12))
    )
    points = lines.mark_point(size=90, opacity=0, filled=True).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("weight:N", title="weight"),
            alt.Tooltip("step:Q", title="step", format=","),
            alt.Tooltip("value:Q", title=look.title, format=".3f"),
        ],
    )
    nan_tip = [alt.Tooltip("weight:N", title="not a number"), alt.Tooltip("step:Q", title="step", format=",")]
    nans = alt.Chart(alt.NamedData("nans"))
    layers = [
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        alt.Chart(alt.NamedData("moment")).mark_rule(color=palette.moment, strokeWidth=1).encode(x=x),
        drawn.add_params(picked),
        points,
        nans.mark_square(size=120, color=palette.nan_fill, opacity=1).encode(x=x, y=y, tooltip=nan_tip),
        nans.mark_text(text="✕", color=palette.nan_ink, fontWeight="bold").encode(x=x, y=y, tooltip=nan_tip),
    ]
    if look.guide is not None:
        guide = alt.Chart(alt.NamedData("guide"))
        layers.insert(0, guide.mark_rule(color=palette.guide, strokeDash=[6, 4], strokeWidth=1.5).encode(y=y))
        label = guide.mark_text(align="left", dx=6, fontSize=11, color=palette.guide, text="−3: a healthy pace")
        layers.append(label.encode(x=alt.value("width"), y=y))
    return alt.layer(*layers).properties(height=height)


def ratio_tables(
    steps: np.ndarray, values: np.ndarray, names: Sequence[str], moment: int | None, kind: str = "update_data"
) -> dict[str, pa.Table]:
    """`values` (frames, weights) are log10 ratios; `steps` (frames,) from 1; `moment` is where the rule stands."""
    look = KINDS[kind]
    low, high = whole_range(values, look.low, look.high)
    last = round_up(max(float(steps[-1]) if len(steps) else 1.0, 10.0))
    weights = np.tile(np.array(names, object), len(steps))
    at, flat = np.repeat(np.asarray(steps, np.int64), len(names)), np.asarray(values, np.float64).ravel()
    good = np.isfinite(flat)
    bad_steps, bad = at[~good], weights[~good]
    return {
        "lines": pa.table({"step": at[good], "value": flat[good], "weight": pa.array(weights[good], pa.string())}),
        "nans": pa.table(
            {"step": bad_steps, "value": np.full(len(bad_steps), low), "weight": pa.array(bad, pa.string())}
        ),
        "anchors": pa.table({"step": [1.0, last], "value": [low, high]}),
        "guide": pa.table({"value": [HEALTHY]}),
        "moment": pa.table({"step": pa.array([] if moment is None else [max(moment, 1)], pa.int64())}),
    }


_DASHES = ([1, 0], [6, 3], [2, 2])


def _strengths(n: int) -> list[float]:
    """How strong each line's colour is, from input to output; all far enough from the page's colour to be seen."""
    return [1.0] if n == 1 else [0.5 + 0.5 * i / (n - 1) for i in range(n)]


def blend(a: str, b: str, share: float) -> str:
    """A colour between two: `blend("#000000", "#ffffff", 0.5)` is "#808080"."""
    pairs = zip(bytes.fromhex(a[1:]), bytes.fromhex(b[1:]), strict=True)
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in pairs)
