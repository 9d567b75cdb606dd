"""A batch before and after BatchNorm, one row an example: who moved when one of them was moved.

>>> tables = company_tables(names, before, after, moved=0, ends=(-8.0, 8.0))
>>> live_chart(company_chart, tables, key="company", alt_text="...", names=names, title="after BatchNorm")
"""

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.scales import anchored, names_at
from explorer.theme import Palette

MOVED, OTHERS = "moved by hand", "the others"


def company_chart(palette: Palette, *, names: tuple[str, ...], title: str, height: int = 300) -> alt.LayerChart:
    """A ring where an example was, a mark where it is now, a line between them."""
    x = alt.X(
        "value:Q",
        title=title,
        scale=alt.Scale(nice=False, domain=anchored("value")),
        axis=alt.Axis(grid=True, tickCount=8),
    )
    y = alt.Y(
        "row:Q",
        scale=alt.Scale(domain=[-0.6, len(names) - 0.4], reverse=True, nice=False, zero=False),
        title=None,
        axis=alt.Axis(
            values=list(range(len(names))),
            labelExpr=names_at(range(len(names)), names),
            labelFont="ui-monospace, monospace",
            labelFontSize=12,
            labelOverlap=False,
            ticks=False,
            grid=False,
            domain=False,
        ),
    )
    who = alt.Scale(domain=[MOVED, OTHERS], range=[palette.warning, palette.activation])
    colour = alt.Color("who:N", scale=who, legend=alt.Legend(title=None, orient="top"))
    shape = alt.Shape(
        "who:N", scale=alt.Scale(domain=[MOVED, OTHERS], range=["square", "circle"]), legend=alt.Legend(title=None)
    )
    tip = [
        alt.Tooltip("name:N", title="characters seen"),
        alt.Tooltip("was:Q", format=".3f"),
        alt.Tooltip("value:Q", title="is", format=".3f"),
        alt.Tooltip("by:Q", title="moved by", format="+.3f"),
    ]
    points = alt.Chart(alt.NamedData("points"))
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x),
        points.mark_rule(strokeWidth=2, opacity=0.7).encode(x=x, x2="was:Q", y=y, color=colour),
        points.mark_point(size=70, shape="circle", color=palette.guide, strokeWidth=1.5).encode(x=alt.X("was:Q"), y=y),
        points.mark_point(size=110, filled=True, opacity=1).encode(x=x, y=y, color=colour, shape=shape, tooltip=tip),
    ).properties(height=height)


def company_tables(
    names: tuple[str, ...], before: np.ndarray, after: np.ndarray, moved: int, ends: tuple[float, float]
) -> dict[str, pa.Table]:
    """`before` and `after` (n,): each example's number, without and with the one example moved."""
    rows = list(range(len(names)))
    points = {
        "row": pa.array(rows, pa.float64()),
        "name": list(names),
        "was": np.asarray(before, np.float64),
        "value": np.asarray(after, np.float64),
        "by": np.asarray(after, np.float64) - before,
        "who": [MOVED if row == moved else OTHERS for row in rows],
    }
    return {"points": pa.table(points), "anchors": pa.table({"value": list(ends)})}
