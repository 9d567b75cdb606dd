"""The size of signals layer by layer: what is measured as marks, what theory expects as dashed lines.

>>> tables = depth_tables({False: (measured, expected), True: (measured, expected)}, "activations")
>>> live_chart(depth_chart, tables, key="depth", alt_text="...", what="activations")
"""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pyarrow as pa

from core.lenses.initialisation.depth import Signals
from explorer.charts.scales import anchored
from explorer.theme import Palette

POWERS = [10.0**k for k in range(-20, 31)]
POWER_LABEL = "abs(log(datum.value)) < 7 ? format(datum.value, '~g') : '1e' + round(log(datum.value) / LN10)"
PLAIN, NORMED = "without BatchNorm", "with BatchNorm"


def depth_chart(palette: Palette, *, what: str, height: int = 320) -> alt.LayerChart:
    """`what`: "activations" or "gradients", the fields of `Signals`."""
    color = {"activations": palette.activation, "gradients": palette.gradient}[what]
    x = alt.X(
        "layer:Q",
        title="layer",
        scale=alt.Scale(nice=False, zero=False, domain=anchored("layer")),
        axis=alt.Axis(grid=False, tickMinStep=1),
    )
    y = alt.Y(
        "value:Q",
        title=f"std of {what} (logarithmic axis)",
        scale=alt.Scale(type="log", nice=False, domain=anchored("value")),
        axis=alt.Axis(labelExpr=POWER_LABEL, values=POWERS, labelOverlap=True),
    )
    kinds = [PLAIN, NORMED]
    legend = alt.Legend(title=None, orient="top", symbolFillColor="transparent")
    shape = alt.Shape("norm:N", scale=alt.Scale(domain=kinds, range=["circle", "square"]), legend=legend)
    shade = alt.Color("norm:N", scale=alt.Scale(domain=kinds, range=[color, palette.ink]), legend=legend)
    tip = [
        alt.Tooltip("layer:Q"),
        alt.Tooltip("norm:N", title=" "),
        alt.Tooltip("value:Q", title="measured", format=".3~g"),
        alt.Tooltip("expected:Q", format=".3~g"),
    ]
    points = alt.Chart(alt.NamedData("points"))
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        points.mark_line(strokeDash=[5, 3], strokeWidth=1.5).encode(
            x=x, y=alt.Y("expected:Q"), color=shade, detail="norm:N"
        ),
        points.mark_point(size=40, strokeWidth=1.8).encode(x=x, y=y, color=shade, shape=shape, tooltip=tip),
    ).properties(height=height)


def depth_tables(signals: Mapping[bool, tuple[Signals, Signals]], what: str) -> dict[str, pa.Table]:
    """`signals`: (measured, expected), without and with BatchNorm. The axis ends at powers of ten."""
    layer, values, theory, norms = [], [], [], []
    for norm, (measured, expected) in signals.items():
        found = getattr(measured, what)
        layer.append(np.arange(1, len(found) + 1))
        values.append(found)
        theory.append(getattr(expected, what))
        norms += [NORMED if norm else PLAIN] * len(found)
    value, expected = np.concatenate(values), np.concatenate(theory)
    seen = np.log10(np.concatenate([value, expected]))
    low, high = min(np.floor(seen.min()), -1), max(np.ceil(seen.max()), 1)
    points = {"layer": np.concatenate(layer), "value": value, "expected": expected, "norm": norms}
    anchors = {"layer": [1.0, float(len(values[0]))], "value": [10.0**low, 10.0**high]}
    return {"points": pa.table(points), "anchors": pa.table(anchors)}
