"""How long the words are that a model learns from.

>>> length_table(["emma", "ava", "mia"]).to_pylist()
[{'length': 3, 'words': 2}, {'length': 4, 'words': 1}]
>>> live_chart(word_lengths, length_table(dataset.words), key="lengths", alt_text="...", context=8)
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.small_loss import PADDING
from explorer.theme import Palette


def word_lengths(palette: Palette, *, context: int, height: int = 150) -> alt.Chart:
    """The spec: words that fit into `context` characters stand out."""
    return (
        alt.Chart()
        .mark_bar()
        .encode(
            x=alt.X("length:O", title="letters in a name", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("words:Q", title=None, axis=alt.Axis(tickCount=3, format=",d")),
            color=alt.condition(f"datum.length <= {context}", alt.value(palette.time), alt.value(palette.faint)),
            tooltip=[alt.Tooltip("length:Q", title="letters"), alt.Tooltip("words:Q", title="names", format=",")],
        )
        .properties(height=height, padding=PADDING)
    )


def length_table(words: Sequence[str]) -> pa.Table:
    """One row for each length from the shortest to the longest, also where no word has it: length, words."""
    counts = np.bincount([len(word) for word in words])
    lengths = np.arange(np.flatnonzero(counts)[0], len(counts))
    return pa.table({"length": lengths, "words": counts[lengths]})
