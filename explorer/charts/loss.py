"""The loss picture: single batches behind their window mean, validation, and the learning rate in a band below.

    >>> loss_chart(LIGHT, log=True).to_dict()["layer"][0]["data"]
    {'name': 'raw'}

Its tables are those of `loss_tables` and `moment` (step): no rows, or the one moment that is looked at.
"""

import altair as alt

from explorer.charts.scales import anchored
from explorer.theme import DASH, Palette

TRAIN, VALIDATION = "train, smoothed", "validation"
DOT = "length(data('raw')) < 50 ? 36 : 8"  # the area of a single batch's, in pixels: a lone one is to be seen
BAND = 34  # pixels for the learning rate, below the loss
GAP = 8  # pixels between the two


def loss_chart(palette: Palette, log: bool = True, height: int = 350) -> alt.LayerChart:
    """`log` only numbers the axis, in losses: the tables hold what is drawn, log10 of them.

    One view with two y axes that share no pixel, rather than two views: only a single view fits its container.
    """
    span = [alt.expr(f"height - {BAND + GAP}"), 0]
    scale = alt.Scale(zero=False, nice=False, range=span, domain=anchored("value"))
    y, low = (
        alt.Y(
            f"{field}:Q",
            title="loss (logarithmic axis)" if log else "loss",
            scale=scale,
            axis=in_losses() if log else alt.Axis(tickCount=6, labelFlush=False),
        )
        for field in ("value", "low")
    )
    curves = alt.layer(
        _named("raw").mark_rule(color=palette.guide, opacity=0.22).encode(_x(), low, y2="high:Q"),
        _named("raw").mark_circle(size=alt.ExprRef(DOT), color=palette.guide, opacity=0.7).encode(_x(), y),
        _line("smooth", TRAIN, palette.train, 2).encode(_x(), y),
        _line("validation", VALIDATION, palette.validation, 1.5).encode(_x(), y),
        _named("validation").mark_point(color=palette.validation, size=28, filled=False).encode(_x(), y),
        _hover("smooth", "mean of the steps up to here").encode(_x(), y),
        _hover("validation", "validation loss").encode(_x(), y),
        *_broken(palette),
        _unseen("anchors").encode(_x(), y),
        _unseen("ticks").encode(y=y),
        _moment(palette),
    )
    lr = _lr()
    rate = alt.layer(
        _named("rate").mark_line(color=palette.update, strokeWidth=2, interpolate="step-after").encode(_x(), lr),
        _named("rate").mark_text(color=palette.update, align="left", dx=2, dy=-8).encode(_x(), lr, text="label:N"),
        _named("rate").mark_point(opacity=0, size=80).encode(_x(), lr, tooltip=[_step(), "lr:Q"]),
        _unseen("anchors").encode(_x(), lr),
    )
    return (
        alt.layer(curves, rate)
        .resolve_scale(y="independent")
        .properties(height=height)
        .configure_legend(orient="top", title=None, offset=2)
    )


def _named(table: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(table))


def _x() -> alt.X:
    return alt.X(
        "step:Q",
        title="step",
        axis=alt.Axis(format=",d", tickCount=8, tickMinStep=1, grid=False),
        scale=alt.Scale(nice=False, zero=True, domain=anchored("step")),
    )


def in_losses() -> alt.Axis:
    """The losses of the table "ticks", at the places of their log10; Vega leaves out every other one of many."""
    loss = "pow(10, datum.value)"
    below_ten = "datum.value > -1e-3 && datum.value < 0.999"
    label = f"{below_ten} ? format({loss}, '.1f') : replace(format({loss}, '.2~g'), '+', '')"
    places = alt.ExprRef("pluck(data('ticks'), 'value')")
    return alt.Axis(values=places, tickCount=7, labelExpr=label, labelFlush=False)


def _lr() -> alt.Y:
    """The band's own scale; its values are written along the line."""
    span = [alt.expr("height - 1"), alt.expr(f"height - {BAND - 16}")]
    scale = alt.Scale(type="log", nice=False, range=span, domain=anchored("lr"))
    return alt.Y("lr:Q", axis=None, scale=scale)


def _line(table: str, series: str, color: str, width: float) -> alt.Chart:
    scale = alt.Scale(domain=[TRAIN, VALIDATION], range=[DASH["train"], DASH["val"]])
    return (
        _named(table)
        .transform_calculate(series=f"'{series}'")
        .mark_line(color=color, strokeWidth=width)
        .encode(strokeDash=alt.StrokeDash("series:N", scale=scale, title=None))
    )


def _step() -> alt.Tooltip:
    return alt.Tooltip("step:Q", format=",")


def _hover(table: str, title: str) -> alt.Chart:
    """Invisible points that are easy to hit and give the exact value."""
    return (
        _named(table)
        .mark_point(opacity=0, size=120)
        .encode(tooltip=[_step(), alt.Tooltip("loss:Q", format=".4f", title=title)])
    )


def _unseen(table: str) -> alt.Chart:
    """A table that only axes read."""
    return _named(table).mark_point(opacity=0, size=0)


def _broken(palette: Palette) -> list[alt.Chart]:
    """A loss that is no number: a black cross on yellow at the upper edge."""
    tooltip = [_step(), alt.Tooltip("what:N", title="loss")]
    place = {"x": _x(), "y": alt.value(8), "tooltip": tooltip}
    back = _named("broken").mark_square(size=220, color=palette.nan_fill, opacity=1).encode(**place)
    cross = _named("broken").mark_point(
        shape="cross", angle=45, size=110, filled=True, opacity=1, color=palette.nan_ink
    )
    return [back, cross.encode(**place)]


def _moment(palette: Palette) -> alt.Chart:
    """It ends above the learning rate, whose words it would cross."""
    rule = _named("moment").mark_rule(color=palette.moment, strokeWidth=1, strokeDash=[2, 2])
    return rule.encode(_x(), y=alt.value(0), y2=alt.value(alt.expr(f"height - {BAND + GAP}")))
