"""The losses of two runs on one axis: means as lines, validation dashed, a rule where they part.

>>> tables = compared(feeds.loss(left, 1_000, log=True), feeds.loss(right, 1_000, log=True))
>>> live_chart(compare_losses, tables | {"parted": ...}, key="compare_losses", alt_text="...")
"""

import altair as alt
import pyarrow as pa

from explorer.charts.loss_tables import LossTables
from explorer.charts.scales import anchored
from explorer.theme import DASH, Palette

HERE, THERE = "this run", "the other"


def compare_losses(palette: Palette, *, height: int = 300) -> alt.LayerChart:
    """The spec; its tables are those of `compared`, and `parted` and `moment` (step): one row or none."""
    x = alt.X(
        "step:Q",
        title="step",
        axis=alt.Axis(format=",d", tickCount=8, tickMinStep=1, grid=False),
        scale=alt.Scale(nice=False, zero=True, domain=anchored("step")),
    )
    y = alt.Y(
        "value:Q",
        title="loss (logarithmic axis)",
        scale=alt.Scale(zero=False, nice=False, domain=anchored("value")),
        axis=alt.Axis(tickCount=6, labelExpr="format(pow(10, datum.value), '.3~g')", labelFlush=False),
    )
    colour = alt.Color(
        "run:N", scale=alt.Scale(domain=[HERE, THERE], range=[palette.activation, palette.gradient]), title=None
    )
    tip = [alt.Tooltip("run:N"), alt.Tooltip("step:Q", format=","), alt.Tooltip("loss:Q", format=".4f")]

    def named(table: str) -> alt.Chart:
        return alt.Chart(alt.NamedData(table))

    def lines(table: str, dash: list[int]) -> list[alt.Chart]:
        drawn = named(table)
        return [
            drawn.mark_line(strokeWidth=2, strokeDash=dash).encode(x=x, y=y, color=colour),
            drawn.mark_point(opacity=0, size=100).encode(x=x, y=y, tooltip=tip),
        ]

    parted = named("parted").mark_rule(color=palette.warning, strokeWidth=1.5, strokeDash=[2, 2])
    word = named("parted").mark_text(color=palette.warning, align="left", dx=5, y=8, fontSize=12)
    moment = named("moment").mark_rule(color=palette.moment, strokeWidth=1, opacity=0.6)
    return (
        alt.layer(
            *lines("smooth", DASH["train"]),
            *lines("validation", DASH["val"]),
            parted.encode(x=x, tooltip=[alt.Tooltip("step:Q", format=",", title="they part at step")]),
            word.encode(x=x, text=alt.value("they part")),
            moment.encode(x=x),
            named("anchors").mark_point(opacity=0, size=0).encode(x=x, y=y),
        )
        .properties(height=height)
        .configure_legend(orient="top", offset=2)
    )


def compared(left: LossTables, right: LossTables) -> dict[str, pa.Table]:
    """Of two runs' loss tables, those that this picture draws, with a column `run`."""
    tables = {}
    for name in ("smooth", "validation"):
        parts = []
        for run, losses in ((HERE, left), (THERE, right)):
            table = getattr(losses, name).select(["step", "value", "loss"])
            parts.append(table.append_column("run", pa.array([run] * table.num_rows, pa.string())))
        tables[name] = pa.concat_tables(parts)
    return tables | {"anchors": pa.concat_tables([left.anchors, right.anchors]).select(["step", "value"])}
