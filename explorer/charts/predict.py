"""The next character's distribution as bars.

    >>> tables = prediction_tables(probabilities, characters)
    >>> live_chart(next_character, tables, key="next", alt_text="...", symbols=len(characters))

Up to MOST characters stand in their own order, so that each keeps its place while one types. Of more, which would not
be legible, the LIKELIEST stand in the order of their probability, and a text sums up the rest.
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.scales import anchored
from explorer.theme import Palette

MOST, LIKELIEST = 36, 24
LABELLED = 5  # bars that say their height


def next_character(palette: Palette, *, symbols: int, height: int = 310) -> alt.LayerChart:
    """The spec for a vocabulary of so many symbols; the likeliest character stands out."""
    drawn = "the likeliest next characters" if symbols > MOST else "next character"
    x = alt.X(
        "character:N",
        sort=alt.EncodingSortField("place", op="min"),
        title=f"{drawn} ( . ends the name)",
        axis=alt.Axis(labelAngle=0, labelFontSize=13 if symbols <= 28 else 11, labelOverlap=False),
    )
    y = alt.Y(
        "probability:Q",
        title="probability",
        axis=alt.Axis(format="%", tickCount=5),
        scale=alt.Scale(nice=False, domain=anchored("probability")),
    )
    tip = [
        alt.Tooltip("character:N", title="character"),
        alt.Tooltip("probability:Q", title="probability", format=".2%"),
        alt.Tooltip("rank:Q", title="rank"),
    ]
    bars = alt.Chart(alt.NamedData("bars"))
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(y=y),
        bars.mark_bar(color=palette.activation).encode(
            x=x, y=y, tooltip=tip, opacity=alt.condition("datum.rank == 1", alt.value(1), alt.value(0.55))
        ),
        bars.mark_text(dy=-7, fontSize=11, color=palette.ink).encode(x=x, y=y, text="label:N", tooltip=tip),
        alt.Chart(alt.NamedData("rest"))
        .mark_text(align="right", baseline="top", fontSize=12, color=palette.guide)
        .encode(x=alt.value("width"), y=alt.value(4), text="text:N"),
    ).properties(height=height)


def prediction_tables(probabilities: np.ndarray, characters: Sequence[str], apart: int = 1) -> dict[str, pa.Table]:
    """`probabilities` (V,) in the order of `characters`; the axis ends at 20, 50 or 100 %. `apart`: how many places
    lie at least between one label and the next; of two that are nearer, the likelier one has it.

    bars: character, probability, rank (from 1), place on the axis, label ("" for small ones); rest: text, or no row.
    """
    order = np.argsort(-probabilities, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    shown = order[:LIKELIEST] if len(order) > MOST else np.arange(len(order))
    labelled: set[int] = set()
    for place in np.argsort(rank[shown])[:LABELLED].tolist():
        if all(abs(place - other) >= apart for other in labelled):
            labelled.add(place)
    bars = {
        "character": [characters[i] for i in shown],
        "probability": np.asarray(probabilities[shown], np.float64),
        "rank": rank[shown],
        "place": np.arange(len(shown)),
        "label": [_label(probabilities[i]) if place in labelled else "" for place, i in enumerate(shown)],
    }
    rest = [f"the other {len(order) - len(shown)} together: {1 - probabilities[shown].sum():.0%}"]
    top = next(edge for edge in (0.2, 0.5, 1.0) if probabilities.max() * 1.08 <= edge or edge == 1.0)
    return {
        "bars": pa.table(bars),
        "rest": pa.table({"text": pa.array(rest if len(shown) < len(order) else [], pa.string())}),
        "anchors": pa.table({"probability": [0.0, top * 1.08]}),
    }


def _label(probability: float) -> str:
    return f"{probability:.0%}" if probability >= 0.01 else ""
