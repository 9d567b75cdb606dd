"""The losses of several networks that begin in different ways, side by side.

>>> tables = curve_tables(losses, math.log(27), symbols=27)     # losses: {"as is": float32 (steps,), ...}
>>> live_chart(loss_curves, tables, key="curves", alt_text="...", names=("as is", "softmax"))
>>> live_chart(apart_curves, apart_tables(losses, "softmax"), key="apart", alt_text="...", names=("as is", "softmax"))
"""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.scales import anchored, signed
from explorer.theme import Palette

TICKS = [0.5, 0.7, 1, 1.5, 2, 2.5, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100]
POINTS = 100  # of a loss curve: each is the mean of as many steps as it takes
APART_POINTS = 25  # of a difference, which is small beside the noise of single batches


def loss_curves(palette: Palette, *, names: tuple[str, ...], height: int = 215) -> alt.LayerChart:
    """The loss of each state over the steps, on a logarithmic axis; rings are the first losses."""
    x = _steps(None)
    y = alt.Y(
        "loss:Q",
        title="loss (log. axis)",
        scale=alt.Scale(type="log", nice=False, domain=anchored("loss")),
        axis=alt.Axis(values=TICKS, format="~g"),
    )
    colour = alt.Color(
        "state:N", scale=alt.Scale(domain=list(names), range=palette.layers(len(names))),
        legend=alt.Legend(title=None, orient="top", symbolStrokeWidth=3, columnPadding=6, labelFontSize=12),
    )  # fmt: skip
    anchors = alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y)
    curves, first = alt.Chart(alt.NamedData("curves")), alt.Chart(alt.NamedData("first"))
    guide = alt.Chart(alt.NamedData("guide"))
    text, at = {"align": "left", "dy": -9, "fontSize": 12}, {"y": y, "text": "label:N"}
    at["x"] = alt.value(alt.expr("width * 0.06"))
    return alt.layer(
        anchors,
        guide.mark_rule(color=palette.guide, strokeDash=[6, 4], strokeWidth=1.5).encode(y=y),
        curves.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour),
        curves.mark_point(opacity=0, size=90).encode(x=x, y=y, tooltip=_TIP),
        first.mark_point(size=90, strokeWidth=2.5, opacity=1).encode(x=x, y=y, color=colour, tooltip=_TIP),
        # last, and in front of a halo: a curve may run where it stands
        guide.mark_text(**text, color=palette.paper, stroke=palette.paper, strokeWidth=4).encode(**at),
        guide.mark_text(**text, color=palette.guide).encode(**at),
    ).properties(height=height)


def apart_curves(palette: Palette, *, names: tuple[str, ...], height: int = 165) -> alt.LayerChart:
    """How far the losses of some states are from that of one: on the same batches, whose noise falls away."""
    x = _steps("step")
    y = alt.Y(
        "loss:Q",
        title="difference of loss",
        scale=alt.Scale(nice=False, domain=anchored("loss")),
        axis=alt.Axis(labelExpr=signed(), tickCount=5),
    )
    scale = alt.Scale(domain=list(names), range=palette.layers(len(names)))
    curves = alt.Chart(alt.NamedData("curves"))
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        curves.mark_line(strokeWidth=2).encode(x=x, y=y, color=alt.Color("state:N", scale=scale, legend=None)),
        curves.mark_point(opacity=0, size=90).encode(x=x, y=y, tooltip=_TIP),
    ).properties(height=height)


_TIP = [
    alt.Tooltip("state:N"),
    alt.Tooltip("step:Q", format=",", title="up to step"),
    alt.Tooltip("loss:Q", format=".4f"),
]


def _steps(title: str | None) -> alt.X:
    return alt.X(
        "step:Q",
        title=title,
        scale=alt.Scale(nice=False, domain=anchored("step")),
        axis=alt.Axis(grid=False, format=",d", tickMinStep=1),
    )


def curve_tables(losses: Mapping[str, np.ndarray], expected: float, symbols: int) -> dict[str, pa.Table]:
    """`losses`: of each step, by state. Each point of a curve is the mean of a window that ends at its step."""
    curves = _means(losses, POINTS)
    firsts = [float(values[0]) for values in losses.values()]
    everything = np.concatenate([curves["loss"], firsts, [expected]])
    least = float(everything.min())
    low = max((tick for tick in TICKS if tick <= least), default=least / 1.05)
    high = everything.max() * 1.05
    guide = {"loss": [expected], "label": [f"all equally likely: −log(1/{symbols}) = {expected:.3f}"]}
    return {
        "curves": pa.table(curves),
        "first": pa.table({"state": list(losses), "step": [1] * len(losses), "loss": firsts}),
        "guide": pa.table(guide),
        "anchors": pa.table({"step": [0.0, float(len(next(iter(losses.values()))))], "loss": [low, high]}),
    }


def apart_tables(losses: Mapping[str, np.ndarray], reference: str) -> dict[str, pa.Table]:
    """Of `apart_curves`: the mean of each loss less that of the state `reference`, which is the line at 0."""
    curves = _means({name: values - losses[reference] for name, values in losses.items()}, APART_POINTS)
    low, high = min(curves["loss"].min(), -0.01) * 1.1, max(curves["loss"].max(), 0.01) * 1.1
    anchors = {"step": [0.0, float(len(losses[reference]))], "loss": [low, high]}
    return {"curves": pa.table(curves), "anchors": pa.table(anchors)}


def _means(losses: Mapping[str, np.ndarray], points: int) -> dict[str, np.ndarray | list[str]]:
    """Columns "state", "step" and "loss": up to about `points` means for each state."""
    states, steps, means = [], [], []
    for state, values in losses.items():
        window = max(len(values) // points, 1)
        whole = len(values) // window * window
        mean = values[:whole].reshape(-1, window).mean(axis=1, dtype=np.float64)
        states += [state] * len(mean)
        steps.append(np.arange(1, len(mean) + 1) * window)
        means.append(mean)
    return {"state": states, "step": np.concatenate(steps), "loss": np.concatenate(means)}
