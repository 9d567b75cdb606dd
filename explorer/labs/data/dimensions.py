"""The curse of dimensionality: possible contexts outrun the data, and distances come to say little.

>>> contexts(dataset)
>>> distances()
"""

import pandas as pd
import streamlit as st

from core.dataset import Dataset
from core.lenses.data.contexts import contexts_seen
from core.lenses.data.distances import Distances
from explorer import session, theme
from explorer.charts.data_dimensions import (
    SHOWN,
    context_tables,
    contexts_chart,
    distance_tables,
    distances_chart,
    share,
    spread_chart,
    spread_tables,
)
from explorer.panels.live_chart import live_chart
from explorer.shared import Shared

POINTS, SEED = 200, "distances_seed"
_counted = Shared(seconds=3600, size=16)
_drawn = Shared(seconds=3600, size=16)


def contexts(dataset: Dataset) -> None:
    with st.spinner("Counting the contexts"):
        table = _counted.get(dataset.sha256, lambda: contexts_seen(dataset))
    last = table.iloc[-1]
    st.caption(
        f"Of {theme.steps(int(last['possible']))} contexts of 8 characters the whole list shows "
        f"{theme.steps(int(last['seen']))}. Counting knows nothing of one it never saw, and {last['new_val']:.0%} of "
        "the validation examples have one that the training split lacks (new in val): a model has to carry over what "
        f"it learnt from those alike. Not all {dataset.vocab_size}ⁿ can occur: dots only stand before words."
    )
    picture, numbers = st.columns([5, 4], gap="medium")
    with picture:
        said = "Contexts that are possible grow straight up on a logarithmic axis; those seen stay below the examples."
        live_chart(contexts_chart, context_tables(table), key="contexts", alt_text=said)
    with numbers:
        _exactly(table, dataset.vocab_size)


def _exactly(table: pd.DataFrame, vocab: int) -> None:
    rows = {
        "n": table["n"].astype(str),
        f"possible, {vocab}ⁿ": table["possible"].map(theme.steps),
        "seen": table["seen"].map(theme.steps),
        "share": table["share"].map(share),
        "new in val": table["new_val"].map(share),
    }
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True)


def distances() -> None:
    seed = session.get(session.keep(SEED, 42))
    drawn = _drawn.get(seed, lambda: Distances.between(POINTS, seed))
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.caption(
        f"All {POINTS * (POINTS - 1) // 2:,} distances between {POINTS} random points; their d coordinates are drawn "
        "from the normal distribution, as an embedding's are. Heights are each row's own. Theory is exact: such a "
        "distance is √2 times a chi variable, its std / mean close to 1/√(2d)."
    )
    button.number_input("Seed", 0, 10**9, value=seed, key=SEED, help="Other points; the same picture.")
    left, right = st.columns(2, gap="medium")
    with left:
        said = "Histograms of distances over their mean: wide for 1 dimension, a thin peak at 1 for 1,000."
        tables = distance_tables(drawn, SHOWN)
        live_chart(distances_chart, tables, key="distances", alt_text=said, dimensions=SHOWN)
    with right:
        said = "Standard deviation over mean of the distances against dimensions: a falling line, as theory says."
        live_chart(spread_chart, spread_tables(drawn.table()), key="spread", alt_text=said)
