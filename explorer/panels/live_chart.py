"""A chart that ticks: a constant Vega-Lite spec over an Arrow table that changes.

    >>> def chart(palette, height=240):
    ...     return alt.Chart().mark_line(color=palette.train).encode(x="step:Q", y="loss:Q").properties(height=height)
    >>> live_chart(chart, table, key="loss", alt_text="The loss over the steps.")     # one table: the chart's own data
    >>> live_chart(chart, {"raw": raw, "smooth": smooth}, ...)        # layers with alt.Chart(alt.NamedData("raw"))

A spec that stays the same keeps the Vega view alive, so that nothing flickers and hover survives; titles, captions and
numbers that change belong in `st.metric` and friends. A static chart takes the same path.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import altair as alt
import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.charts.tables_read import tables_read
from explorer.theme import PALETTES, Palette

CHECKPOINT_TICK = 1.0  # seconds, of what is computed from a checkpoint: they come no faster
TICK = 0.5  # seconds between two refreshes of a live panel: what a browser's main thread bears (Vega takes most of it)


def palette() -> Palette:
    """The palette of the theme that this browser shows."""
    return PALETTES["dark" if st.context.theme.type == "dark" else "light"]


def live_chart(
    chart: Callable[..., alt.Chart],
    tables: pa.Table | Mapping[str, pa.Table],
    *,
    key: str,
    on_select: str | Callable[[], None] = "ignore",
    selection_mode: str | list[str] | None = None,
    alt_text: str,
    place: DeltaGenerator | None = None,
    **options,
):
    """Draw `chart(palette, **options)` over `tables`; return what `st.vega_lite_chart` returns.

    `chart` is a function of a module (its identity is the cache's key), `options` are hashable and change rarely: each
    new value builds a new view. So does each new `alt_text`, a sentence on what the picture shows for those who cannot
    see it. Every table that the spec reads must be there at every tick, if need be with no rows: else ValueError, where
    Vega would draw nothing. `place` is a container, or a chart of the same run of the page, which this one takes the
    place of. The chart's toolbar saves the picture as PNG and shows its rows.
    """
    spec = dict(spec_of(chart, palette().name, **options))
    # Streamlit hands a view its named tables as it is built, an unnamed one only after: Vega warns of having no rows
    if isinstance(tables, pa.Table):
        spec["data"], tables = {"name": "rows"}, {"rows": tables}
    spec["datasets"] = dict(tables)
    if missing := tables_of(chart, palette().name, **options, alone="rows" in tables) - tables.keys():
        raise ValueError(f"{chart.__name__} reads {sorted(missing)} and is given {sorted(tables)}.")
    return (place or st).vega_lite_chart(
        None, spec, key=key, width="stretch", on_select=on_select, selection_mode=selection_mode, alt=alt_text
    )


@lru_cache(maxsize=256)
def tables_of(chart: Callable[..., alt.Chart], theme: str, alone: bool, **options) -> frozenset[str]:
    """Which tables a chart function's spec reads; `alone`: its one table is "rows"."""
    spec = spec_of(chart, theme, **options)
    return frozenset(tables_read(spec | {"data": {"name": "rows"}} if alone else spec))


@lru_cache(maxsize=256)
def spec_of(chart: Callable[..., alt.Chart], theme: str, **options) -> dict:
    """The constant spec of a chart function under a theme ("light", "dark"). Callers leave it as it is.

    It names its renderer: Streamlit would choose by the number of marks, and build a new view where that passes 2,000.
    """
    spec = chart(PALETTES[theme], **options).to_dict()
    return {"usermeta": {"embedOptions": {"renderer": "canvas"}}} | spec
