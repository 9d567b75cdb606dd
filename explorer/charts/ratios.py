"""Ratios over time: how large gradients and updates are, measured by the weights that they change.

    >>> tables = ratio_tables(steps, values, names, moment=1000)     # values (frames, weights), steps (frames,)
    >>> live_chart(ratios, tables, key="update_data", alt_text="...", names=names, kind="update_data")

One line for each weight, in its layer's colour, with the layer's name at its end; a click on a name dims all others.
A ratio that is not a number is a cross on yellow at the lower edge. The step axis is logarithmic, as are the moments at
which a run is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pyarrow as pa

from explorer.charts.scales import anchored, round_up, spread, whole_range
from explorer.theme import Palette

HEALTHY = -3.0  # of update:data, as a power of ten
LEADER = 16  # pixels from the end of the lines to their names
LABEL_GAP = 0.055  # of the axis: the height of a name
MOST_LABELS = 16


@dataclass(frozen=True)
class _Kind:
    title: str
    colour: str  # the palette's name for what is measured
    low: float  # the axis reaches at least from low to high
    high: float
    guide: float | None


KINDS = {
    "update_data": _Kind("log10 of update : data", "update", -5, -1, HEALTHY),
    "grad_data": _Kind("log10 of gradient : data", "gradient", -5, 0, None),
}


def ratios(palette: Palette, *, names: tuple[str, ...], kind: str, height: int = 380) -> alt.LayerChart:
    """The spec for the weights `names`, from input to output; `kind` is one of KINDS."""
    look = KINDS[kind]
    colour = alt.Color("weight:N", scale=alt.Scale(domain=list(names), range=palette.layers(len(names))), legend=None)
    x = alt.X(
        "step:Q",
        scale=alt.Scale(type="log", nice=False, domain=anchored("step")),
        title="step",
        axis=alt.Axis(format="~s", grid=False, values=[10**power for power in range(10)], labelFlush=False),
    )
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(zero=False, nice=False, domain=anchored("value")),
        title=look.title,
        axis=alt.Axis(tickMinStep=1, titleColor=getattr(palette, look.colour), labelFlush=False),
    )
    picked = alt.selection_point(name="picked", fields=["weight"])
    dimmed = alt.condition(picked, alt.value(1), alt.value(0.12))
    lines, ends, nans = (alt.Chart(alt.NamedData(name)) for name in ("lines", "ends", "nans"))
    points = lines.mark_point(size=90, opacity=0, filled=True).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("weight:N", title="weight"),
            alt.Tooltip("step:Q", title="step", format=","),
            alt.Tooltip("value:Q", title=look.title, format=".3f"),
        ],
    )
    nan_tip = [alt.Tooltip("weight:N", title="not a number"), alt.Tooltip("step:Q", title="step", format=",")]
    leader = ends.mark_rule(strokeWidth=1.2)
    edge, names_at = alt.value("width"), alt.value(alt.expr(f"width + {LEADER}"))
    name = ends.mark_text(align="left", baseline="middle", dx=3, fontSize=12, color=palette.ink, cursor="pointer")
    layers = [
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        alt.Chart(alt.NamedData("moment")).mark_rule(color=palette.moment, strokeWidth=1).encode(x=x),
        leader.encode(x=x, y=y, x2=alt.value("width"), color=colour, opacity=dimmed),
        leader.encode(x=edge, x2=names_at, y=y, y2="label:Q", color=colour, opacity=dimmed),
        lines.mark_line(strokeWidth=2.2).encode(x=x, y=y, color=colour, opacity=dimmed),
        points,
        nans.mark_square(size=120, color=palette.nan_fill, opacity=1).encode(x=x, y=y, tooltip=nan_tip),
        nans.mark_text(text="✕", color=palette.nan_ink, fontWeight="bold").encode(x=x, y=y, tooltip=nan_tip),
        name.encode(
            x=names_at,
            y=alt.Y("label:Q"),
            text="layer:N",
            opacity=dimmed,
            tooltip=alt.Tooltip("weight:N", title="weight"),
        ).add_params(picked),
    ]
    if look.guide is not None:
        guide = alt.Chart(alt.NamedData("guide"))
        layers.insert(0, guide.mark_rule(color=palette.guide, strokeDash=[6, 4], strokeWidth=1.5).encode(y=y))
        label = guide.mark_text(align="left", dx=3, fontSize=12, color=palette.guide, text="−3: a healthy pace")
        layers.append(label.encode(x=names_at, y=y))
    return alt.layer(*layers).properties(height=height)


def ratio_tables(
    steps: np.ndarray,
    values: np.ndarray,
    names: Sequence[str],
    moment: int | None,
    kind: str = "update_data",
    labels: Sequence[str] | None = None,
) -> dict[str, pa.Table]:
    """`values` (frames, weights) are log10 ratios; `steps` (frames,) from 1; `moment` is where the rule stands.

    `labels` are what the weights are called beside their lines; without them by their layers.
    """
    look = KINDS[kind]
    layers = [name.rpartition(".")[0] for name in names]
    low, high = whole_range(values, look.low, look.high)
    last = round_up(max(float(steps[-1]) if len(steps) else 1.0, 10.0))
    weights = np.tile(np.array(names, object), len(steps))
    at, flat = np.repeat(np.asarray(steps, np.int64), len(names)), np.asarray(values, np.float64).ravel()
    good = np.isfinite(flat)
    bad_steps, bad = at[~good], weights[~good]
    return {
        "lines": pa.table({"step": at[good], "value": flat[good], "weight": pa.array(weights[good], pa.string())}),
        "nans": pa.table(
            {"step": bad_steps, "value": np.full(len(bad_steps), low), "weight": pa.array(bad, pa.string())}
        ),
        "ends": _ends(steps, np.asarray(values, np.float64), names, labels or layers, low, high, look.guide),
        "anchors": pa.table({"step": [1.0, last], "value": [low, high]}),
        "guide": pa.table({"value": [HEALTHY]}),
        "moment": pa.table({"step": pa.array([] if moment is None else [max(moment, 1)], pa.int64())}),
    }


def _ends(steps, values, names, labels, low: float, high: float, guide: float | None) -> pa.Table:
    """Where each line ends and where its layer's name stands: near by, clear of other names and of the guide's words.

    A line without a single number ends at the lower edge. Of more lines than there is room for, only some are named.
    """
    found = [np.flatnonzero(np.isfinite(column)) for column in values.T] if len(steps) else []
    at = [int(finite[-1]) if finite.size else len(steps) - 1 for finite in found]
    ends = [float(values[i, k]) if finite.size else low for k, (i, finite) in enumerate(zip(at, found, strict=True))]
    named = range(0, len(ends), -(-len(ends) // MOST_LABELS) or 1)
    gap = LABEL_GAP * (high - low)
    parts = [(low, high)] if guide is None else [(low, guide - gap), (guide + gap, high)]
    places = {}
    for bottom, top in parts:
        here = [k for k in named if guide is None or (ends[k] > guide) == (bottom > guide)]
        if len(ends) > MOST_LABELS:  # some have none anyway: those that have are not to be crowded
            here = here[:: -(-len(here) // (int((top - bottom) / gap) + 1)) or 1]
        places.update(zip(here, spread([ends[k] for k in here], bottom, top, gap), strict=True))
    named = sorted(places)
    return pa.table(
        {
            "weight": pa.array([names[k] for k in named], pa.string()),
            "layer": pa.array([labels[k] for k in named], pa.string()),
            "step": pa.array([int(steps[at[k]]) for k in named], pa.int64()),
            "value": pa.array([ends[k] for k in named], pa.float64()),
            "label": pa.array([places[k] for k in named], pa.float64()),
        }
    )
