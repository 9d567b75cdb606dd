"""The next character's distribution as bars.

    >>> tables = prediction_tables(probabilities, characters)
    >>> live_chart(next_character, tables, key="next", alt_text="...", symbols=len(characters))

Up to MOST characters stand in their own order, so that each keeps its place while one types. Of more, whose names would
not be legible, the LIKELIEST stand in the order of their probability, and one bar more is the rest.
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.theme import Palette

MOST, LIKELIEST = 36, 22
LABELLED = 5  # bars that say their height
REST = "rest"  # longer than any character


def next_character(palette: Palette, *, symbols: int, height: int = 310) -> alt.LayerChart:
    """The spec for a vocabulary of so many symbols; the likeliest character stands out, the rest is grey."""
    end = "the likeliest next characters" if symbols > MOST else "next character"
    x = alt.X(
        "character:N",
        sort=alt.EncodingSortField("place", op="min"),
        title=f"{end} ( . ends the name)",
        axis=alt.Axis(labelAngle=0, labelFontSize=13 if symbols <= 28 else 11, labelOverlap=False),
    )
    y = alt.Y("probability:Q", title="probability", axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(nice=False))
    tip = [
        alt.Tooltip("character:N", title="character"),
        alt.Tooltip("probability:Q", title="probability", format=".2%"),
        alt.Tooltip("rank:N", title="rank"),
    ]
    bars = alt.Chart(alt.NamedData("bars"))
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(y=y),
        bars.mark_bar().encode(
            x=x,
            y=y,
            tooltip=tip,
            color=alt.condition(
                f"datum.character === '{REST}'", alt.value(palette.guide), alt.value(palette.activation)
            ),
            opacity=alt.condition("datum.rank === '1'", alt.value(1), alt.value(0.55)),
        ),
        bars.mark_text(dy=-7, fontSize=11, color=palette.ink).encode(x=x, y=y, text="label:N", tooltip=tip),
    ).properties(height=height)


def prediction_tables(probabilities: np.ndarray, characters: Sequence[str]) -> dict[str, pa.Table]:
    """`probabilities` (V,) in the order of `characters`; the axis ends at 20, 50 or 100 %.

    bars: character, probability, rank ("1", of the rest "23 to 47"), place on the axis, label ("" for small ones).
    """
    order = np.argsort(-probabilities, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    rows = [_row(characters[i], probabilities[i], str(rank[i]), rank[i] <= LABELLED) for i in range(len(order))]
    if len(rows) > MOST:
        rest = _row(REST, probabilities[order[LIKELIEST:]].sum(), f"{LIKELIEST + 1} to {len(rows)}", True)
        rows = [*(rows[i] for i in order[:LIKELIEST]), rest]
    highest = max(row["probability"] for row in rows)
    top = next(edge for edge in (0.2, 0.5, 1.0) if highest * 1.08 <= edge or edge == 1.0)
    bars = pa.Table.from_pylist([row | {"place": place} for place, row in enumerate(rows)])
    return {"bars": bars, "anchors": pa.table({"probability": [0.0, top * 1.08]})}


def _row(character: str, probability: float, rank: str, labelled: bool) -> dict:
    label = f"{probability:.0%}" if labelled and probability >= 0.01 else ""
    return {"character": character, "probability": float(probability), "rank": rank, "label": label}
