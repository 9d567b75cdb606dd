"""The losses of two runs on one axis: means as lines, validation dashed, a rule where they part.

>>> tables = compared(recorded.loss(left, 1_000, log=True), recorded.loss(right, 1_000, log=True))
>>> live_chart(compare_losses, tables | {"parted": ..., "moment": ...}, key="compare_losses", alt_text="...")
"""

import altair as alt
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from explorer.charts.loss import in_losses
from explorer.charts.loss_tables import LossTables, ticks
from explorer.charts.scales import anchored
from explorer.theme import DASH, Palette

HERE, THERE = "this run", "the other"
UNIT = 0.05  # of log10: the axis ends at a multiple, so that it seldom moves


def compare_losses(palette: Palette, *, height: int = 265) -> alt.LayerChart:
    """The spec: the other run broad and behind, so that both are seen where they are alike.

    Its tables are those of `compared`, and `parted` and `moment` (step): one row or none.
    """
    x = alt.X(
        "step:Q",
        title="step",
        axis=alt.Axis(format=",d", tickCount=8, tickMinStep=1, grid=False),
        scale=alt.Scale(nice=False, zero=True, domain=anchored("step")),
    )
    scale = alt.Scale(zero=False, nice=False, domain=anchored("value"))
    y = alt.Y("value:Q", title="loss (logarithmic axis)", scale=scale, axis=in_losses())
    ink = alt.Scale(domain=[HERE, THERE], range=[palette.ink, palette.faint])
    colour = alt.Color("run:N", scale=ink, legend=alt.Legend(title=None, symbolStrokeWidth=4))
    tip = [alt.Tooltip("run:N"), alt.Tooltip("step:Q", format=","), alt.Tooltip("loss:Q", format=".4f")]

    def named(table: str) -> alt.Chart:
        return alt.Chart(alt.NamedData(table))

    def line(table: str, split: str, run: str, width: float) -> alt.Chart:
        drawn = named(table).transform_filter(f"datum.run == '{run}'")
        return drawn.mark_line(strokeWidth=width, strokeDash=DASH[split]).encode(x=x, y=y, color=colour)

    lines = [line(*of, THERE, 6) for of in (("smooth", "train"), ("validation", "val"))]
    lines += [line(*of, HERE, 1.6) for of in (("smooth", "train"), ("validation", "val"))]
    hover = [named(t).mark_point(opacity=0, size=100).encode(x=x, y=y, tooltip=tip) for t in ("smooth", "validation")]
    parted = named("parted").mark_rule(color=palette.warning, strokeWidth=1.5, strokeDash=[2, 2])
    word = named("parted").mark_text(color=palette.warning, align="left", dx=5, y=8, fontSize=12)
    return (
        alt.layer(
            *lines,
            *hover,
            parted.encode(x=x, tooltip=[alt.Tooltip("step:Q", format=",", title="they part at step")]),
            word.encode(x=x, text=alt.value("they part")),
            named("moment").mark_rule(color=palette.moment, strokeWidth=1, opacity=0.6).encode(x=x),
            named("anchors").mark_point(opacity=0, size=0).encode(x=x, y=y),
            named("ticks").mark_point(opacity=0, size=0).encode(y=y),
        )
        .properties(height=height)
        .configure_legend(orient="top", offset=2)
    )


def compared(left: LossTables, right: LossTables, until: int | None = None) -> dict[str, pa.Table]:
    """Of two runs' loss tables, those that this picture draws, with a column `run`; `until`: the last step shown."""
    tables = {}
    for name in ("smooth", "validation"):
        parts = []
        for run, losses in ((HERE, left), (THERE, right)):
            table = getattr(losses, name).select(["step", "value", "loss"])
            if until is not None:
                table = table.filter(pc.field("step") <= until)
            parts.append(table.append_column("run", pa.array([run] * table.num_rows, pa.string())))
        tables[name] = pa.concat_tables(parts)
    values = np.concatenate([table["value"].to_numpy() for table in tables.values()])
    low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    low, high = np.floor(low / UNIT) * UNIT, np.ceil(high / UNIT) * UNIT
    last = until or max(losses.anchors["step"].to_pylist()[-1] for losses in (left, right))
    anchors = pa.table({"step": np.array([0, last], np.int64), "value": np.array([low, high], np.float64)})
    return tables | {"anchors": anchors, "ticks": ticks(low, high)}
