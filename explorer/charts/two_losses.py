"""One training done two ways: both losses over the steps, and how far apart they are.

>>> live_chart(two_losses, loss_tables(result.by_hand, result.autograd), key="two", alt_text="...")
"""

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.theme import Palette

WAYS = ("autograd", "by hand")
LEAST = 1e-9  # where the axis of differences ends
POINTS = 400  # drawn of each line; each is the mean of the steps around it


def two_losses(palette: Palette, *, height: int = 230) -> alt.LayerChart:
    """The spec: autograd as a broad line, by hand as a thin one on top of it."""
    x = alt.X("step:Q", title="step", axis=alt.Axis(format=",d", grid=False))
    y = alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5, minExtent=45))
    scale = alt.Scale(domain=list(WAYS), range=[palette.faint, palette.gradient])
    colour = alt.Color("way:N", scale=scale, legend=alt.Legend(title=None, orient="top-right", symbolStrokeWidth=4))
    tip = [alt.Tooltip("step:Q", format=","), alt.Tooltip("way:N"), alt.Tooltip("loss:Q", format=".6f")]
    losses = alt.Chart()
    broad = losses.transform_filter("datum.way == 'autograd'").mark_line(strokeWidth=6, strokeCap="round")
    thin = losses.transform_filter("datum.way == 'by hand'").mark_line(strokeWidth=1.6)
    lines = (line.encode(x=x, y=y, color=colour, tooltip=tip) for line in (broad, thin))
    return alt.layer(*lines).properties(height=height)


def apart(palette: Palette, *, height: int = 120) -> alt.Chart:
    """The spec of the difference between both losses, on a log scale that ends where float32 does."""
    return (
        alt.Chart()
        .mark_line(strokeWidth=1.4, color=palette.ink)
        .encode(
            x=alt.X("step:Q", title="step", axis=alt.Axis(format=",d", grid=False)),
            y=alt.Y(
                "difference:Q",
                title="difference",
                scale=alt.Scale(type="log", domain=[LEAST, 1], clamp=True),
                axis=alt.Axis(values=[1e-9, 1e-6, 1e-3, 1], format=".0e", minExtent=45),
            ),
            tooltip=[alt.Tooltip("step:Q", format=","), alt.Tooltip("difference:Q", format=".1e")],
        )
        .properties(height=height)
    )


def loss_tables(by_hand: np.ndarray, autograd: np.ndarray) -> dict[str, pa.Table]:
    """Means of blocks of steps, and the largest difference within each block (at least LEAST)."""
    size = max(len(by_hand) // POINTS, 1)
    whole = len(by_hand) // size * size
    steps = np.arange(size, whole + 1, size)
    means = [losses[:whole].reshape(-1, size).mean(1) for losses in (autograd, by_hand)]
    apart = np.abs(by_hand - autograd)[:whole].reshape(-1, size).max(1)
    losses = {
        "step": np.concatenate([steps, steps]),
        "loss": np.concatenate(means),
        "way": pa.array([way for way in WAYS for _ in steps], pa.string()),
    }
    return {"losses": pa.table(losses), "apart": pa.table({"step": steps, "difference": np.maximum(apart, LEAST)})}
