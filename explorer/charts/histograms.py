"""Histograms of every layer, top to bottom, with their numbers beside them.

    >>> tables = histogram_tables(frame, rows, ...)
    >>> live_chart(histograms, tables, key="outputs", alt_text="...", rows=3, left="output", right="weight")

One view, laid out by hand: x runs from 0 to 100 over the picture's width, y in pixels from the top. So rows stay in
line with their names, the picture stretches with the page, and every axis is data: ticks change under a constant spec.
"""

import altair as alt

from explorer.theme import Palette

LEFT, RIGHT = (17.5, 43.0), (79.0, 100.0)  # where the two columns of histograms stand, in x
NUMBERS = (52.5, 60.5, 69.5, 76.5)  # right edges of the columns of numbers
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

    def text(kind: str, align: str, ink: str, **mark) -> alt.Chart:
        filtered = texts.transform_filter(f"datum.kind == '{kind}'")
        drawn = filtered.mark_text(align=align, baseline="middle", fontSize=12, color=ink, **mark)
        return drawn.encode(x=x, y=y, text="text:N", tooltip=alt.Tooltip("tip:N", title=" "))

    def over_bars(kind: str, align: str) -> list[alt.Chart]:
        """Words that bars may stand behind: in a rim of the page's colour."""
        return [text(kind, align, palette.ink, stroke=palette.paper, strokeWidth=3.5), text(kind, align, palette.ink)]

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
    hatch = nans.mark_text(color=palette.nan_ink, fontSize=12, fontWeight="bold")
    return (
        alt.layer(
            rule("grid", color=palette.faint, strokeWidth=0.7, strokeDash=[2, 3]),
            rule("base", color=palette.guide, strokeWidth=0.8),
            area,
            hit,
            box,
            hatch.encode(x=alt.X("middle:Q", axis=None), y=alt.Y("center:Q", axis=None), text="text:N"),
            text("label", "left", palette.ink, font=MONO, limit=_share(LEFT[0] - 0.5)),
            *over_bars("name", "left"),
            *over_bars("side", "right"),
            text("number", "right", palette.ink),
            text("warning", "right", palette.warning, fontWeight="bold"),
            text("heading", "right", palette.guide),
            text("left title", "left", palette.of(left), fontWeight="bold"),
            text("right title", "left", palette.of(right), fontWeight="bold"),
            *over_bars("below", "left"),
            *over_bars("above", "right"),
            text("lowest tick", "left", palette.guide),
            text("tick", "center", palette.guide),
            text("highest tick", "right", palette.guide),
        )
        .properties(height=height)
        .configure_view(stroke=None)
    )


def _share(of_width: float) -> alt.ExprRef:
    """A length limit for texts: so many percent of the picture's width."""
    return alt.ExprRef(f"width * {of_width / 100}")
