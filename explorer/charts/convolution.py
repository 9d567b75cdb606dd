"""Separate trees above, one sliding pass below: nodes light up as they are computed.

    >>> tables = convolution_tables(lattice, "........diondre", "diondre.", way="one_pass", step=20)
    >>> live_chart(convolution, tables, key="convolution", alt_text="...", sampling=False)

A hover lights a node wherever it is computed; that is the browser's own work.
"""

import altair as alt

from explorer.charts.convolution_layout import HEIGHT, WIDTH
from explorer.charts.convolution_tables import AGAIN, COMPUTED, REMEMBERED, TIPS, UNUSED, WAITING
from explorer.charts.histograms import MONO
from explorer.theme import Palette, blend


def convolution(palette: Palette, *, sampling: bool) -> alt.LayerChart:
    """The spec; `sampling`: the lower picture remembers."""
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, WIDTH], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, HEIGHT], nice=False), axis=None)
    hover = alt.selection_point(name="hover", fields=["node"], on="pointerover", clear="pointerout", empty=False)
    size = alt.Size("size:Q", scale=None)
    frames, bands, edges, nodes, letters, titles, field = (
        alt.Chart(alt.NamedData(name)) for name in ("frames", "bands", "edges", "nodes", "letters", "titles", "field")
    )
    line = {"x": x, "y": y, "x2": "x2:Q", "y2": "y2:Q"}
    states = {
        WAITING: (palette.paper, "circle"),
        COMPUTED: (palette.activation, "circle"),
        AGAIN: (palette.warning, "diamond"),
    }
    if sampling:
        states[REMEMBERED] = blend(palette.paper, palette.activation, 0.35), "circle"
    else:
        states[UNUSED] = palette.guide, "square"
    look = alt.Legend(
        title=None, orient="bottom", direction="horizontal", symbolSize=110, labelFontSize=12, labelLimit=260,
        padding=0, symbolStrokeColor=palette.guide, symbolStrokeWidth=1, columnPadding=18,
    )  # fmt: skip
    color, shape = (
        alt.Color("state:N", scale=alt.Scale(domain=list(states), range=[c for c, _ in states.values()]), legend=look),
        alt.Shape("state:N", scale=alt.Scale(domain=list(states), range=[s for _, s in states.values()]), legend=look),
    )
    tip = [alt.Tooltip(f"{column}:N", title=title) for column, title in TIPS.items()]
    tones = alt.Color(
        "tone:N",
        scale=alt.Scale(domain=["ink", "faint", "on"], range=[palette.ink, palette.guide, palette.paper]),
        legend=None,
    )
    seen = alt.Color("seen:N", scale=alt.Scale(domain=["yes", "no"], range=[palette.time, palette.paper]), legend=None)
    lit = blend(palette.paper, palette.activation, 0.55)
    return (
        alt.layer(
            frames.mark_rect(cornerRadius=4, fillOpacity=0.5).encode(
                **line,
                color=alt.condition(
                    "datum.now",
                    alt.value(blend(palette.paper, palette.time, 0.35)),
                    alt.value(blend(palette.paper, palette.faint, 0.3)),
                ),
            ),
            bands.mark_rect(color=palette.time, opacity=0.28, cornerRadius=8).encode(**line),
            edges.mark_rule(strokeWidth=1).encode(
                **line,
                color=alt.condition("datum.lit", alt.value(lit), alt.value(palette.guide)),
                opacity=alt.Opacity("opacity:Q", scale=None),
            ),
            edges.transform_filter("datum.now").mark_rule(color=palette.time, strokeWidth=3).encode(**line),
            field.mark_square(stroke=palette.guide, strokeWidth=1, opacity=1).encode(x=x, y=y, size=size, color=seen),
            nodes.mark_point(filled=True, stroke=palette.guide, strokeWidth=1, opacity=1).encode(
                x=x, y=y, size=size, color=color, shape=shape
            ),
            nodes.transform_filter("datum.now")
            .mark_point(color=palette.time, strokeWidth=3, opacity=1)
            .encode(x=x, y=y, size=alt.Size("ring:Q", scale=None)),
            nodes.transform_filter(hover)
            .mark_point(color=palette.ink, strokeWidth=2.5, opacity=1)
            .encode(x=x, y=y, size=alt.Size("ring:Q", scale=None)),
            letters.mark_text(font=MONO, fontWeight="bold").encode(x=x, y=y, text="text:N", size=size, color=tones),
            titles.mark_text(align="left", color=palette.ink).encode(x=x, y=y, text="text:N", size=size),
            nodes.mark_circle(opacity=0.001).encode(x=x, y=y, size=size, tooltip=tip).add_params(hover),
        )
        .resolve_scale(color="independent", shape="independent")
        .properties(height=HEIGHT)
        .configure_view(stroke=None)
    )
