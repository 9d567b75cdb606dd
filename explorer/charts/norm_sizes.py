"""What depends on how many numbers a statistic is made from: the loss, the noise of a mean, the variance itself.

>>> live_chart(size_losses, size_loss_tables(losses, evaluation), key="sizes", alt_text="...")
>>> live_chart(noise_chart, noise_tables(table), key="noise", alt_text="...")
>>> live_chart(variance_chart, variance_tables(table), key="variance", alt_text="...")

In each a mark is measured, and a line is what it would be in theory or in evaluation mode.
"""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.charts.scales import anchored
from explorer.theme import Palette

POWERS_OF_TWO = [2**k for k in range(12)]
WAYS = {"bug": "dim 0 (the bug)", "right": "dims (0, 1)", "independent": "(0, 1), were neighbours strangers"}


def size_losses(palette: Palette, *, height: int = 300) -> alt.LayerChart:
    """Validation loss in training mode by batch size, beside that of evaluation mode."""
    x = _x("size", "batch size (logarithmic axis)")
    y = alt.Y("loss:Q", title="validation loss", scale=alt.Scale(zero=False, nice=False, domain=anchored("loss")))
    points, guide = alt.Chart(alt.NamedData("points")), alt.Chart(alt.NamedData("guide"))
    tip = [alt.Tooltip("size:Q", title="batch size"), alt.Tooltip("loss:Q", format=".4f")]
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        guide.mark_rule(color=palette.guide, strokeDash=[6, 4], strokeWidth=1.5).encode(y=y),
        guide.mark_text(color=palette.guide, align="left", dx=4, dy=11, fontSize=12).encode(
            x=alt.value(0), y=y, text="label:N"
        ),
        points.mark_line(color=palette.warning, strokeWidth=2).encode(x=x, y=y),
        points.mark_point(color=palette.warning, size=70, filled=True, opacity=1).encode(x=x, y=y, tooltip=tip),
    ).properties(height=height)


def size_loss_tables(losses: Mapping[int, float], evaluation: float) -> dict[str, pa.Table]:
    sizes, values = list(losses), list(losses.values())
    low, high = min([*values, evaluation]), max([*values, evaluation])
    margin = 0.12 * (high - low or 1.0)
    return {
        "points": pa.table({"size": sizes, "loss": values}),
        "guide": pa.table({"loss": [evaluation], "label": [f"evaluation mode: {evaluation:.3f}"]}),
        "anchors": pa.table({"size": [sizes[0], sizes[-1]], "loss": [low - margin, high + margin]}),
    }


def noise_chart(palette: Palette, *, height: int = 320) -> alt.LayerChart:
    """The standard error of a mean by how many numbers it is made from, both logarithmic; the line is 1 / sqrt."""
    x = _x("count", "numbers in each mean (logarithmic axis)")
    y = alt.Y(
        "measured:Q",
        title="standard error, in standard deviations",
        scale=alt.Scale(type="log", nice=False, domain=anchored("measured")),
        axis=alt.Axis(values=[0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1], format="~g"),
    )
    ways = list(WAYS.values())
    legend = alt.Legend(title=None, orient="top", direction="vertical", labelLimit=260)
    colour = alt.Color(
        "way:N", scale=alt.Scale(domain=ways, range=[palette.warning, palette.activation, palette.guide]), legend=legend
    )
    shape = alt.Shape("way:N", scale=alt.Scale(domain=ways, range=["square", "circle", "cross"]), legend=legend)
    points = alt.Chart(alt.NamedData("points"))
    tip = [
        alt.Tooltip("way:N", title="averaged over"),
        alt.Tooltip("size:Q", title="batch size"),
        alt.Tooltip("count:Q", title="numbers in each mean", format=","),
        alt.Tooltip("measured:Q", title="standard error", format=".4f"),
        alt.Tooltip("theory:Q", title="1 / √count", format=".4f"),
    ]
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        points.mark_line(color=palette.ink, strokeDash=[5, 3], strokeWidth=1.5).encode(x=x, y=alt.Y("theory:Q")),
        points.mark_point(size=80, strokeWidth=2.2).encode(x=x, y=y, color=colour, shape=shape, tooltip=tip),
    ).properties(height=height)


def noise_tables(table: pd.DataFrame) -> dict[str, pa.Table]:
    """`table` is what `core.lenses.batchnorm.bug.noise` gives."""
    seen = np.concatenate([table["measured"], table["theory"]])
    ends = {
        "count": [table["count"].min() / 1.2, table["count"].max() * 1.2],
        "measured": [seen.min() / 1.2, seen.max() * 1.2],
    }
    points = table.assign(way=table["way"].map(WAYS)).sort_values("count")
    return {"points": pa.Table.from_pandas(points, preserve_index=False), "anchors": pa.table(ends)}


def variance_chart(palette: Palette, *, height: int = 330) -> alt.LayerChart:
    """A batch's variance on average, as a share of the true one, by batch size; dashed lines are theory."""
    x = _x("size", "examples in the batch, n (logarithmic axis)")
    y = alt.Y(
        "measured:Q",
        title="mean of the batch variances : true variance",
        scale=alt.Scale(nice=False, zero=False, domain=anchored("measured")),
        axis=alt.Axis(format=".1f"),
    )
    ways = ["n", "n − 1"]
    legend = alt.Legend(title="divided by", orient="top")
    colour = alt.Color(
        "divisor:N", scale=alt.Scale(domain=ways, range=[palette.warning, palette.activation]), legend=legend
    )
    shape = alt.Shape("divisor:N", scale=alt.Scale(domain=ways, range=["square", "circle"]), legend=legend)
    points = alt.Chart(alt.NamedData("points"))
    tip = [
        alt.Tooltip("size:Q", title="n"),
        alt.Tooltip("divisor:N", title="divided by"),
        alt.Tooltip("measured:Q", format=".4f"),
        alt.Tooltip("error:Q", title="± standard error", format=".4f"),
        alt.Tooltip("theory:Q", format=".4f"),
    ]
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        points.mark_line(strokeDash=[5, 3], strokeWidth=1.8).encode(x=x, y=alt.Y("theory:Q"), color=colour),
        points.mark_rule(strokeWidth=1.5).encode(x=x, y=alt.Y("below:Q"), y2="above:Q", color=colour),
        points.mark_point(size=75, filled=True, opacity=1).encode(x=x, y=y, color=colour, shape=shape, tooltip=tip),
    ).properties(height=height)


def variance_tables(table: pd.DataFrame) -> dict[str, pa.Table]:
    """`table` is what `core.lenses.batchnorm.variance.shrinking` gives; bars reach two standard errors up and down."""
    reach = 2 * table["error"]
    points = table.assign(below=table["measured"] - reach, above=table["measured"] + reach)
    sizes = [table["size"].min() / 1.1, table["size"].max() * 1.1]
    ends = {"size": sizes, "measured": [0.4, max(1.1, float(points["above"].max()) + 0.02)]}
    return {"points": pa.Table.from_pandas(points, preserve_index=False), "anchors": pa.table(ends)}


def _x(column: str, title: str) -> alt.X:
    return alt.X(
        f"{column}:Q",
        title=title,
        scale=alt.Scale(type="log", nice=False, domain=anchored(column)),
        axis=alt.Axis(values=POWERS_OF_TWO, format=",d", grid=False),
    )
