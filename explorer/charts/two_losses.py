"""One training done two ways: both losses over the steps, and how far apart they are.

>>> live_chart(two_losses, loss_tables(result.by_hand, result.autograd), key="two", steps=1_000, alt_text="...")
"""

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.scales import anchored
from explorer.theme import Palette

WAYS = ("autograd", "by hand")
LEAST = 1e-8  # where the axis of differences ends
POINTS, BLOCKS = 400, 60  # drawn of each loss, the mean of the steps around it; of the difference, its largest


def two_losses(palette: Palette, *, steps: int, height: int = 195) -> alt.LayerChart:
    """The spec: autograd as a broad line, by hand as a thin one on top of it."""
    x = alt.X("step:Q", title=None, scale=alt.Scale(domain=[0, steps]), axis=alt.Axis(format=",d", grid=False))
    span = alt.Scale(zero=False, nice=True, domain=anchored("loss", "losses"))
    y = alt.Y("loss:Q", title="loss", scale=span, axis=alt.Axis(tickCount=5, minExtent=45))
    scale = alt.Scale(domain=list(WAYS), range=[palette.faint, palette.gradient])
    colour = alt.Color("way:N", scale=scale, legend=alt.Legend(title=None, orient="top-right", symbolStrokeWidth=4))
    tip = [alt.Tooltip("step:Q", format=","), alt.Tooltip("way:N"), alt.Tooltip("loss:Q", format=".6f")]
    losses = alt.Chart(alt.NamedData("losses"))
    broad = losses.transform_filter("datum.way == 'autograd'").mark_line(strokeWidth=6, strokeCap="round")
    thin = losses.transform_filter("datum.way == 'by hand'").mark_line(strokeWidth=1.6)
    lines = (line.encode(x=x, y=y, color=colour, tooltip=tip) for line in (broad, thin))
    return alt.layer(*lines).properties(height=height)


def apart(palette: Palette, *, steps: int, height: int = 160) -> alt.Chart:
    """The spec of the difference between both losses, on a log scale that ends where float32 does."""
    return (
        alt.Chart(alt.NamedData("apart"))
        .mark_line(strokeWidth=1.4, color=palette.ink)
        .encode(
            x=alt.X(
                "step:Q",
                title="step",
                scale=alt.Scale(domain=[0, steps]),
                axis=alt.Axis(format=",d", grid=False),
            ),
            y=alt.Y(
                "difference:Q",
                title="difference",
                scale=alt.Scale(type="log", domain=[LEAST, 1], clamp=True),
                axis=alt.Axis(values=[1e-8, 1e-6, 1e-4, 1e-2, 1], format=".0e", minExtent=45, labelOverlap=False),
            ),
            tooltip=[alt.Tooltip("step:Q", format=","), alt.Tooltip("difference:Q", format=".1e")],
        )
        .properties(height=height)
    )


def loss_tables(by_hand: np.ndarray, autograd: np.ndarray) -> dict[str, pa.Table]:
    """Means of blocks of steps, and the largest difference within each of some larger blocks (at least LEAST)."""
    ours, theirs = _blocks(by_hand, POINTS), _blocks(autograd, POINTS)
    ends = np.arange(1, len(ours) + 1) * ours.shape[1]
    losses = {
        "step": np.concatenate([ends, ends]),
        "loss": np.concatenate([theirs.mean(1), ours.mean(1)]),
        "way": pa.array([way for way in WAYS for _ in ends], pa.string()),
    }
    apart = _blocks(np.abs(by_hand - autograd), BLOCKS)
    differences = {
        "step": np.arange(1, len(apart) + 1) * apart.shape[1],
        "difference": np.maximum(apart.max(1), LEAST),
    }
    return {"losses": pa.table(losses), "apart": pa.table(differences)}


def _blocks(values: np.ndarray, count: int) -> np.ndarray:
    """(steps,) -> (about `count`, steps in a block); what does not fill a block at the end is left out."""
    size = max(len(values) // count, 1)
    return values[: len(values) // size * size].reshape(-1, size)
