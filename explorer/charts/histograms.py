"""Histograms of every layer, top to bottom, with their numbers beside them.

    >>> tables = histogram_tables(frame, rows, ...)
    >>> live_chart(histograms, tables, key="outputs", alt_text="...", rows=3, left="output", right="weight")

One view, laid out by hand: x runs from 0 to 100 over the picture's width, y in pixels from the top. So rows stay in
line with their names, the picture stretches with the page, and every axis is data: ticks change under a constant spec.
"""

import altair as alt

from explorer.theme import Palette

LEFT, RIGHT = (17.0, 47.0), (76.0, 100.0)  # where the two columns of histograms stand, in x
NUMBERS = (54.0, 60.0, 67.5, 73.0)  # right edges of the columns of numbers
HEAD, FOOT = 22, 20  # pixels for headings and for ticks
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


def row_height(rows: int) -> int:
    """Pixels a row gets, so that the picture fits on a projector's screen: 3 rows -> 112, 14 -> 27."""
    return max(26, min(112, 380 // max(rows, 1)))


def histograms(palette: Palette, *, rows: int, left: str, right: str) -> alt.LayerChart:
    """The spec for `rows` rows of `left` and `right` roles (of `core.training.frame.ROLES`)."""
    height = HEAD + rows * row_height(rows) + FOOT
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, 100], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False), axis=None)
    colour = alt.Color(
        "side:N", scale=alt.Scale(domain=["left", "right"], range=[palette.of(left), palette.of(right)]), legend=None
    )
    rules, texts, bins, nans = (alt.Chart(alt.NamedData(name)) for name in ("rules", "texts", "bins", "nans"))

    def text(kind: str, align: str, size: int, ink: str, **mark) -> alt.Chart:
        filtered = texts.transform_filter(f"datum.kind == '{kind}'")
        drawn = filtered.mark_text(align=align, baseline="middle", fontSize=size, color=ink, **mark)
        drawn = drawn.encode(x=x, y=y, text="text:N")
        return drawn if kind == "tick" else drawn.encode(tooltip=alt.Tooltip("tip:N", title=" "))

    def rule(kind: str, **mark) -> alt.Chart:
        return (
            rules.transform_filter(f"datum.kind == '{kind}'").mark_rule(**mark).encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
        )

    area = bins.mark_area(interpolate="step-after", fillOpacity=0.75, strokeWidth=0).encode(
        x=x, y=y, y2="base:Q", color=colour, detail="cell:N"
    )
    hit = bins.mark_rect(color=palette.ink, fillOpacity=0.0001).encode(
        x=x,
        x2="x2:Q",
        y=alt.Y("ceiling:Q", axis=None),
        y2="base:Q",
        tooltip=[
            alt.Tooltip("tensor:N", title="tensor"),
            alt.Tooltip("range:N", title="values"),
            alt.Tooltip("count:Q", title="how many", format=","),
            alt.Tooltip("share:Q", title="share", format=".2%"),
        ],
    )
    box = nans.mark_rect(color=palette.nan_fill, stroke=palette.nan_ink, strokeWidth=1).encode(
        x=x, x2="x2:Q", y=y, y2="y2:Q", tooltip=alt.Tooltip("text:N", title="not a number")
    )
    hatch = nans.mark_text(color=palette.nan_ink, fontSize=11, fontWeight="bold", align="left", dx=4, dy=-7)
    return (
        alt.layer(
            rule("grid", color=palette.faint, strokeWidth=0.7, strokeDash=[2, 3]),
            rule("base", color=palette.guide, strokeWidth=0.8),
            area,
            hit,
            box,
            hatch.encode(x=x, y=alt.Y("y2:Q", axis=None), text="text:N"),
            text(
                "label", "left", 12 if rows < 10 else 10.5, palette.ink, font=MONO, limit=alt.ExprRef("width * 0.165")
            ),
            text("name", "left", 10, palette.ink, font=MONO, opacity=0.85, limit=alt.ExprRef("width * 0.16")),
            text("side", "right", 10, palette.ink, opacity=0.85),
            text("number", "right", 12, palette.ink),
            text("warning", "right", 12, palette.warning, fontWeight="bold"),
            text("heading", "right", 11, palette.guide),
            text("left title", "left", 12, palette.of(left), fontWeight="bold"),
            text("right title", "left", 12, palette.of(right), fontWeight="bold"),
            text("below", "left", 10, palette.guide),
            text("above", "right", 10, palette.guide),
            text("tick", "center", 10, palette.guide),
        )
        .properties(height=height)
        .configure_view(stroke=None)
    )
