"""The next character's distribution as bars.

>>> tables = prediction_tables(probabilities, characters)
>>> live_chart(next_character, tables, key="next", alt_text="...", characters=characters)
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.theme import Palette


def next_character(palette: Palette, *, characters: tuple[str, ...], height: int = 310) -> alt.LayerChart:
    """The spec for a vocabulary, in its own order; the likeliest character stands out."""
    x = alt.X(
        "character:N",
        sort=list(characters),
        scale=alt.Scale(domain=list(characters)),
        title="next character ( . ends the name)",
        axis=alt.Axis(labelAngle=0, labelFontSize=13, labelOverlap=len(characters) > 40),
    )
    y = alt.Y("probability:Q", title="probability", axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(nice=False))
    tip = [
        alt.Tooltip("character:N", title="character"),
        alt.Tooltip("probability:Q", title="probability", format=".2%"),
        alt.Tooltip("rank:Q", title="rank"),
    ]
    bars = alt.Chart(alt.NamedData("bars"))
    labelled = bars.transform_filter("datum.rank <= 5 && datum.probability >= 0.01")
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(y=y),
        bars.mark_bar(color=palette.activation).encode(
            x=x, y=y, tooltip=tip, opacity=alt.condition("datum.rank == 1", alt.value(1), alt.value(0.55))
        ),
        labelled.mark_text(dy=-7, fontSize=11, color=palette.ink).encode(
            x=x, y=y, text=alt.Text("probability:Q", format=".0%"), tooltip=tip
        ),
    ).properties(height=height)


def prediction_tables(probabilities: np.ndarray, characters: Sequence[str]) -> dict[str, pa.Table]:
    """`probabilities` (V,) in the order of `characters`; the axis ends at 20, 50 or 100 %."""
    rank = np.empty(len(probabilities), np.int64)
    rank[np.argsort(-probabilities, kind="stable")] = np.arange(1, len(probabilities) + 1)
    top = next(edge for edge in (0.2, 0.5, 1.0) if probabilities.max() * 1.08 <= edge or edge == 1.0)
    bars = {"character": list(characters), "probability": np.asarray(probabilities, np.float64), "rank": rank}
    return {"bars": pa.table(bars), "anchors": pa.table({"probability": [0.0, top * 1.08]})}
