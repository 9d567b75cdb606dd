"""Batch, running and calibrated statistics over the steps of a training, and the losses that they give.

>>> live_chart(statistic_chart, statistic_tables(found, "mean", 12), key="mean", alt_text="...", what="mean")
>>> live_chart(excess_chart, excess_tables(found), key="excess", alt_text="...")
"""

import altair as alt
import numpy as np
import pyarrow as pa

from core.lenses.batchnorm.convergence import WAYS, Convergence
from explorer.charts.scales import anchored, signed
from explorer.theme import Palette

DECADES = [10**k for k in range(8)]


def statistic_chart(palette: Palette, *, what: str, height: int = 150) -> alt.LayerChart:
    """One channel's mean or variance over the steps. `what`: "mean" or "var"; the upper picture has the legend."""
    upper = what == "mean"
    y = alt.Y(
        "value:Q",
        title={"mean": "mean", "var": "variance"}[what],
        scale=alt.Scale(nice=False, zero=False, domain=anchored("value")),
        axis=alt.Axis(tickCount=4, minExtent=40),
    )
    return _ways(palette, y, title=None if upper else "step (logarithmic axis)", legend=upper, height=height)


def statistic_tables(found: Convergence, what: str, channel: int) -> dict[str, pa.Table]:
    """`channel` from 0; `what` is "mean" or "var"."""
    return _tables(found.steps, {way: getattr(found, what)[way][:, channel] for way in WAYS})


def excess_chart(palette: Palette, *, height: int = 320) -> alt.LayerChart:
    """How much higher the validation loss is than with calibrated statistics."""
    y = alt.Y(
        "value:Q",
        title="validation loss above calibrated",
        scale=alt.Scale(nice=False, zero=False, domain=anchored("value")),
        axis=alt.Axis(labelExpr=signed(".3~f")),
    )
    return _ways(palette, y, title="step (logarithmic axis)", legend=True, height=height)


def excess_tables(found: Convergence) -> dict[str, pa.Table]:
    return _tables(found.steps, {way: found.loss[way] - found.loss["calibrated"] for way in WAYS}, loss=found.loss)


def _ways(palette: Palette, y: alt.Y, title: str | None, legend: bool, height: int) -> alt.LayerChart:
    """Dots for the batch, a line for running, a dashed one for calibrated."""
    x = alt.X(
        "step:Q",
        title=title,
        scale=alt.Scale(type="log", nice=False, domain=anchored("step")),
        axis=alt.Axis(values=DECADES, format=",d", grid=False, labels=title is not None),
    )
    shown = alt.Legend(title=None, orient="top") if legend else None
    colours = [palette.activation, palette.ink, palette.guide]
    colour = alt.Color("way:N", scale=alt.Scale(domain=list(WAYS), range=colours), legend=shown)
    rows = alt.Chart(alt.NamedData("rows"))
    tip = [
        alt.Tooltip("way:N", title="statistics"),
        alt.Tooltip("step:Q", format=","),
        alt.Tooltip("said:Q", title="value", format=".4f"),
    ]
    running, calibrated = (rows.transform_filter(f"datum.way == '{way}'") for way in WAYS[1:])
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        calibrated.mark_line(strokeDash=[6, 4], strokeWidth=2.5).encode(x=x, y=y, color=colour),
        running.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour),
        rows.transform_filter("datum.way == 'batch'").mark_circle(size=34, opacity=0.9).encode(x=x, y=y, color=colour),
        rows.mark_point(opacity=0, size=90).encode(x=x, y=y, tooltip=tip),
    ).properties(height=height)


def _tables(
    steps: np.ndarray, values: dict[str, np.ndarray], loss: dict[str, np.ndarray] | None = None
) -> dict[str, pa.Table]:
    """Long form; "said" is what a hover reads: the value itself, or the loss."""
    every = np.concatenate([values[way] for way in WAYS]).astype(np.float64)
    rows = {
        "way": [way for way in WAYS for _ in steps],
        "step": np.tile(steps, len(WAYS)),
        "value": every,
        "said": every if loss is None else np.concatenate([loss[way] for way in WAYS]),
    }
    margin = 0.06 * (np.ptp(every) or 1.0)
    ends = {
        "step": [float(steps[0]), float(steps[-1])],
        "value": [float(every.min() - margin), float(every.max() + margin)],
    }
    return {"rows": pa.table(rows), "anchors": pa.table(ends)}
