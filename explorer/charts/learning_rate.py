"""The learning-rate finder's picture: loss against the exponent, single batches behind their mean, the valley shaded.

>>> tables = finder_tables(finding, reading=-1.0)
>>> live_chart(finder_chart, tables, key="finder", alt_text="...")
"""

import altair as alt
import numpy as np
import pyarrow as pa

from core.lenses.learning_rate import Finding
from explorer import theme
from explorer.charts.scales import anchored
from explorer.theme import Palette

TOP = 1.6  # the picture ends at so many times the highest smoothed loss before the valley: above, losses are marks
HEAD, FOOT = 40, 20  # pixels above and below the curves and dots, for names
NAMES = HEAD - 14  # where the marks' names stand, below that of the reading


def finder_chart(palette: Palette, *, height: int = 300) -> alt.LayerChart:
    """The spec; everything that changes stands in the tables."""
    x = alt.X(
        "exponent:Q",
        title="exponent e, and below it the learning rate 10^e",
        scale=alt.Scale(domain=anchored("exponent"), nice=False, zero=False),
        axis=alt.Axis(
            tickCount=7,
            grid=False,
            labelExpr="[replace(format(datum.value, '.2~f'), '-', '−'), format(pow(10, datum.value), '.2~r')]",
        ),
    )
    y = alt.Y(
        "loss:Q",
        title="loss (log scale)",
        scale=alt.Scale(type="log", domain=anchored("loss"), nice=False, range=[alt.expr(f"height - {FOOT}"), HEAD]),
        axis=alt.Axis(tickCount=6, format=".3~g"),
    )
    rate = alt.Tooltip("lr:Q", title="learning rate", format=".3~g")
    tip = [alt.Tooltip("exponent:Q", format=".2f"), rate, alt.Tooltip("loss:Q", format=".3f")]
    raw, smooth, marks, valley, reading, beyond = (
        alt.Chart(alt.NamedData(name)) for name in ("raw", "smooth", "marks", "valley", "reading", "beyond")
    )
    return alt.layer(
        valley.mark_rect(color=palette.guide, opacity=0.16).encode(x=x, x2="end:Q"),
        valley.transform_calculate(middle="(datum.exponent + datum.end) / 2")
        .mark_text(color=palette.guide, fontSize=12, fontWeight="bold")
        .encode(x=alt.X("middle:Q"), y=alt.value(alt.expr(f"height - {FOOT / 2}")), text="label:N"),
        raw.mark_circle(size=9, color=palette.guide, opacity=0.55).encode(x=x, y=y),
        smooth.mark_line(color=palette.train, strokeWidth=2).encode(x=x, y=y),
        smooth.mark_point(opacity=0, size=90).encode(x=x, y=y, tooltip=[*tip[:2], _mean()]),
        reading.mark_rule(color=palette.update, strokeWidth=2, strokeDash=[6, 3]).encode(x=x),
        reading.mark_text(
            align=alt.expr("datum.align"),
            dx=alt.expr("datum.dx"),
            color=palette.update,
            fontSize=12,
            fontWeight="bold",
        ).encode(x=x, y=alt.value(10), text="label:N"),
        marks.mark_rule(color=palette.ink, strokeDash=[1, 3]).encode(x=x, y=y, y2=alt.value(NAMES + 6)),
        marks.mark_point(size=90, filled=True, color=palette.ink, opacity=1).encode(
            x=x, y=y, shape=alt.Shape("shape:N", scale=None), tooltip=[alt.Tooltip("label:N", title=" "), *tip]
        ),
        *_labels(marks, palette, x),
        beyond.transform_filter("!datum.what")
        .mark_point(shape="triangle-up", size=30, color=palette.guide, filled=True, opacity=0.8)
        .encode(x=x, y=alt.value(HEAD), tooltip=tip),
        *_broken(beyond, palette, x),
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0, size=0).encode(x=x, y=y),
    ).properties(height=height)


def _labels(marks: alt.Chart, palette: Palette, x: alt.X) -> list[alt.Chart]:
    """The marks' names above all dots, in front of a halo that keeps them apart from the reading's rule."""
    place = {"x": x, "y": alt.value(NAMES), "text": "label:N"}
    text = {"align": alt.expr("datum.align"), "dx": alt.expr("datum.dx"), "fontSize": 12}
    halo = marks.mark_text(**text, color=palette.paper, stroke=palette.paper, strokeWidth=4, opacity=0.8)
    return [halo.encode(**place), marks.mark_text(**text, color=palette.ink).encode(**place)]


def _mean() -> alt.Tooltip:
    return alt.Tooltip("loss:Q", title="smoothed loss", format=".3f")


def _broken(beyond: alt.Chart, palette: Palette, x: alt.X) -> list[alt.Chart]:
    """A loss that is no number: a black cross on yellow at the upper edge."""
    broken = beyond.transform_filter("datum.what")
    place = {"x": x, "y": alt.value(HEAD), "tooltip": [alt.Tooltip("what:N", title="loss")]}
    cross = broken.mark_point(shape="cross", angle=45, size=110, filled=True, opacity=1, color=palette.nan_ink)
    return [broken.mark_square(size=220, color=palette.nan_fill, opacity=1).encode(**place), cross.encode(**place)]


def finder_tables(finding: Finding, reading: float, low: float, high: float) -> dict[str, pa.Table]:
    """`reading` is the exponent that somebody reads off; `low` and `high` are those of the axis.

    Losses above the picture's edge are rows of `beyond`; `what` says of those that are no number which they are.
    """
    exponents, losses = finding.exponents, finding.losses.astype(np.float64)
    edge = ceiling(finding)
    inside = losses <= edge
    over = exponents[~inside]
    drawn = finding.smooth <= edge
    reading_at_left = reading < low + 0.15 * (high - low)
    return {
        "raw": _points(exponents[inside], losses[inside]),
        "smooth": _points(exponents[drawn], finding.smooth[drawn]),
        "marks": _marks(finding, low, high),
        "valley": pa.table({"exponent": [finding.start], "end": [finding.end], "label": ["valley"]}).slice(
            0, 0 if finding.flat else 1
        ),
        "reading": pa.table(
            {
                "exponent": [reading],
                "label": [f"your reading {theme.number(10**reading, 2)}"],
                "align": ["left" if reading_at_left else "right"],  # where there is no room on that side
                "dx": [6 if reading_at_left else -6],
            }
        ),
        "beyond": _points(over, losses[~inside], what=pa.array([_word(loss) for loss in losses[~inside]], pa.string())),
        "anchors": pa.table({"exponent": [low, high], "loss": [float(losses[inside].min()) * 0.97, edge]}),
    }


def growing_tables(finding: Finding, low: float, high: float) -> dict[str, pa.Table]:
    """Of a search that goes on: its losses so far, and nothing read off them yet."""
    tables = finder_tables(finding, low, low, high)
    return tables | {name: tables[name].slice(0, 0) for name in ("marks", "valley", "reading")}


def _marks(finding: Finding, low: float, high: float) -> pa.Table:
    """Where it falls most steeply and where it is lowest; of a loss that hardly falls both would mark noise."""
    at = np.array([finding.steepest, finding.lowest])
    steep_at_left = finding.steepest < low + 0.15 * (high - low)
    marks = _points(
        at,
        np.array([finding.smoothed_at(exponent) for exponent in at]),
        label=["falls most steeply", "lowest"],
        shape=["square", "circle"],
        align=["left" if steep_at_left else "right", "left"],
        dx=[4 if steep_at_left else -4, 4],
    )
    return marks.slice(0, 0) if finding.flat else marks


def ceiling(finding: Finding) -> float:
    """The highest loss that the picture shows."""
    falling = finding.smooth[finding.exponents <= finding.lowest]
    return float(min(np.nanmax(finding.losses[np.isfinite(finding.losses)]) * 1.03, TOP * falling.max()))


def _points(exponents: np.ndarray, losses: np.ndarray, **more) -> pa.Table:
    return pa.table({"exponent": exponents, "lr": 10.0**exponents, "loss": losses} | more)


def _word(loss: float) -> str | None:
    return None if np.isfinite(loss) else "NaN" if np.isnan(loss) else "Inf"
