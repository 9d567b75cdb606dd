"""The loss picture: single batches behind their window mean, validation, and the learning rate in a band below.

    >>> loss_chart(LIGHT, log=True).to_dict()["vconcat"][0]["layer"][0]["data"]
    {'name': 'raw'}

Its tables are those of `loss_tables` and `moment` (step): no rows, or the one moment that is looked at.
"""

import altair as alt

from explorer.theme import DASH, Palette

TRAIN, VALIDATION = "train, smoothed", "validation"


def loss_chart(palette: Palette, log: bool = True, height: int = 240) -> alt.VConcatChart:
    """`log` only names the axis: the tables hold what is drawn."""
    y = alt.Y(
        "value:Q",
        title="log10 of the loss" if log else "loss",
        scale=alt.Scale(zero=False, nice=False),
        axis=alt.Axis(tickCount=6),
    )
    curves = alt.layer(
        _named("raw").mark_rule(color=palette.guide, opacity=0.22).encode(_x(labels=False), alt.Y("low:Q"), y2="high:Q"),
        _named("raw").mark_circle(size=8, color=palette.guide, opacity=0.7).encode(_x(labels=False), y),
        _line("smooth", TRAIN, palette.train, 2).encode(_x(labels=False), y),
        _line("validation", VALIDATION, palette.validation, 1.5).encode(_x(labels=False), y),
        _named("validation").mark_point(color=palette.validation, size=28, filled=False).encode(_x(labels=False), y),
        _hover("smooth", "mean of the steps up to here").encode(_x(labels=False), y),
        _hover("validation", "validation loss").encode(_x(labels=False), y),
        *_broken(palette),
        _anchor().encode(_x(labels=False), y),
        _moment(palette),
    )
    rate = alt.layer(
        _named("rate").mark_line(color=palette.update, strokeWidth=2, interpolate="step-after").encode(_x(), _lr()),
        _named("rate").mark_point(opacity=0, size=80).encode(_x(), _lr(), tooltip=[_step(), alt.Tooltip("lr:Q")]),
        _anchor().encode(_x(), _lr()),
        _moment(palette),
    )
    return (
        alt.vconcat(curves.properties(height=height), rate.properties(height=34), spacing=6)
        .resolve_scale(x="shared")
        .configure_legend(orient="top", title=None, symbolStrokeColor=palette.ink, offset=2)
    )


def _named(table: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(table))


def _x(labels: bool = True) -> alt.X:
    axis = alt.Axis(format=",d", tickCount=8, labels=labels, ticks=labels, title="step" if labels else None)
    return alt.X("step:Q", axis=axis, scale=alt.Scale(nice=False, zero=True))


def _lr() -> alt.Y:
    axis = alt.Axis(format="~g", tickCount=2, grid=False, ticks=False)
    return alt.Y("lr:Q", title="lr", axis=axis, scale=alt.Scale(type="log", nice=False))


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


def _anchor() -> alt.Chart:
    return _named("anchors").mark_point(opacity=0, size=0)


def _broken(palette: Palette) -> list[alt.Chart]:
    """A loss that is no number: a black cross on yellow at the upper edge."""
    tooltip = [_step(), alt.Tooltip("what:N", title="loss")]
    place = {"x": _x(labels=False), "y": alt.value(8), "tooltip": tooltip}
    back = _named("broken").mark_square(size=220, color=palette.nan_fill, opacity=1).encode(**place)
    cross = _named("broken").mark_point(
        shape="cross", angle=45, size=110, filled=True, opacity=1, color=palette.nan_ink
    )
    return [back, cross.encode(**place)]


def _moment(palette: Palette) -> alt.Chart:
    return _named("moment").mark_rule(color=palette.moment, strokeWidth=1, strokeDash=[2, 2]).encode(_x(labels=False))
