"""A figure of the bug hunt over the steps: the run with a bug, its healthy twin, and the line between them.

>>> live_chart(hunt_figure, hunt_tables(points, twin, line=1.5), key="hunt", alt_text="...", wide=False)
"""

import math
from collections.abc import Sequence

import altair as alt
import pyarrow as pa

from explorer.theme import DASH, Palette

HUNTED, TWIN, LINE = "this run", "its healthy twin", "the line"
WIDE = 100.0  # times the line: beyond it values need an axis that grows by powers


def hunt_figure(palette: Palette, *, wide: bool, height: int = 225) -> alt.LayerChart:
    """The spec: this run solid, its twin dashed, the line dotted; `wide`: values over many powers of ten."""
    x = alt.X("step:Q", title="step", scale=alt.Scale(type="log"), axis=alt.Axis(format=",d", grid=False, tickCount=6))
    scale = alt.Scale(type="symlog") if wide else alt.Scale(zero=False, nice=True)
    y = alt.Y(
        "value:Q", title=None, scale=scale, axis=alt.Axis(format=".1~e" if wide else ",.3~r", tickCount=5, minExtent=45)
    )
    names = [HUNTED, TWIN, LINE]
    key = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=300, symbolStrokeWidth=2)
    colours = alt.Scale(domain=names, range=[palette.gradient, palette.ink, palette.guide])
    dashes = alt.Scale(domain=names, range=[DASH["train"], DASH["val"], [2, 3]])
    of = {"color": alt.Color("run:N", scale=colours, legend=key), "strokeDash": alt.StrokeDash("run:N", scale=dashes)}
    tip = [alt.Tooltip("run:N"), alt.Tooltip("step:Q", format=","), alt.Tooltip("value:Q", format=".3g")]
    lines, rule = (alt.Chart(alt.NamedData(name)) for name in ("lines", "rule"))
    return alt.layer(
        rule.mark_rule(strokeWidth=1.5).encode(y=y, **of),
        lines.mark_line(strokeWidth=2).encode(x=x, y=y, **of),
        lines.mark_point(opacity=0, size=120).encode(x=x, y=y, tooltip=tip),
    ).properties(height=height)


def hunt_tables(
    hunted: Sequence[tuple[int, float]], twin: Sequence[tuple[int, float]], line: float
) -> dict[str, pa.Table]:
    """Values that are not finite are left out, and so is step 0, which a logarithmic axis has no place for."""
    rows = [(s, v, name) for name, points in ((HUNTED, hunted), (TWIN, twin)) for s, v in points]
    rows = [(step, value, name) for step, value, name in rows if step > 0 and math.isfinite(value)]
    steps, values, names = zip(*rows, strict=True) if rows else ((), (), ())
    lines = {
        "step": pa.array(steps, pa.int64()),
        "value": pa.array(values, pa.float64()),
        "run": pa.array(names, pa.string()),
    }
    return {"lines": pa.table(lines), "rule": pa.table({"value": [float(line)], "run": [LINE]})}


def is_wide(tables: dict[str, pa.Table], line: float) -> bool:
    return any(abs(value) > WIDE * max(abs(line), 0.1) for value in tables["lines"]["value"].to_pylist())
