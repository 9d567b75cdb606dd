"""A run's loss at a glance: its mean and its validation loss, in a few lines of a page's height.

>>> tables = recorded.loss(run_id, window=1_000, log=False)
>>> live_chart(small_loss, small_loss_tables(tables), key="small_loss", alt_text="...")
"""

import altair as alt
import pyarrow as pa

from explorer.charts.loss_tables import LossTables
from explorer.charts.scales import anchored
from explorer.theme import DASH, Palette

PADDING = {"left": 0, "right": 0, "top": 4, "bottom": 0}
BROKEN_AT = 9  # pixels from the upper edge


def small_loss(palette: Palette, *, height: int = 96) -> alt.LayerChart:
    """The spec: train solid, validation dashed, as in the large picture; a loss that is no number a cross on yellow."""
    spans = {
        column: alt.Scale(zero=False, nice=True, domain=anchored(column, "corners")) for column in ("step", "loss")
    }
    steps = alt.Axis(format=",d", tickCount=4, tickMinStep=1, grid=False)
    x = alt.X("step:Q", title=None, axis=steps, scale=spans["step"])
    y = alt.Y("loss:Q", title=None, axis=alt.Axis(tickCount=3), scale=spans["loss"])
    validation, smooth, broken = (alt.Chart(alt.NamedData(name)) for name in ("validation", "smooth", "broken"))
    step = alt.Tooltip("step:Q", format=",")

    def line(chart: alt.Chart, color: str, dash: list[int], title: str) -> alt.LayerChart:
        drawn = chart.mark_line(color=color, strokeDash=dash, strokeWidth=1.5).encode(x=x, y=y)
        tip = [step, alt.Tooltip("loss:Q", format=".3f", title=title)]
        return drawn + chart.mark_point(opacity=0, size=120).encode(x=x, y=y, tooltip=tip)

    place = {"x": x, "y": alt.value(BROKEN_AT), "tooltip": [step, alt.Tooltip("what:N", title="loss")]}
    return alt.layer(
        line(smooth, palette.train, DASH["train"], "train, mean"),
        line(validation, palette.validation, DASH["val"], "validation"),
        broken.mark_square(size=160, color=palette.nan_fill, opacity=1).encode(**place),
        broken.mark_point(shape="cross", angle=45, size=80, filled=True, opacity=1, color=palette.nan_ink).encode(
            **place
        ),
        alt.Chart(alt.NamedData("corners")).mark_point(opacity=0, size=0).encode(x=x, y=y),
    ).properties(height=height, padding=PADDING)


def small_loss_tables(tables: LossTables) -> dict[str, pa.Table]:
    """Of the large picture's tables, drawn as plain losses, those that the small one has; `corners` span its steps."""
    steps = tables.anchors["step"]
    losses = tables.smooth["loss"].to_pylist() + tables.validation["loss"].to_pylist()
    at = [min(losses), max(losses)] if losses else [2.0, 4.0]
    corners = pa.table({"step": steps, "loss": pa.array(at, pa.float64())})
    return {name: getattr(tables, name) for name in ("smooth", "validation", "broken")} | {"corners": corners}
