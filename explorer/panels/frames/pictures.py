"""The pictures of one moment, or of all, that any kind of run has: each is drawn, and says what belongs below it.

>>> said = draw_units(frame, "5.Tanh", "Tanh")
>>> st.caption(f"{at_moment(frame, moment)} {said}")
"""

import math

from core.training.frame import NAN_INT8, STATS, Frame
from explorer.charts.histograms import histograms
from explorer.charts.ratios import ratios
from explorer.charts.units import norm_chart, norm_tables, unit_map, unit_tables
from explorer.feeds.frames import Histograms, Ratios
from explorer.markdown import plain
from explorer.panels.frames.views import KIND, ROLES
from explorer.panels.live_chart import live_chart

WHITE = {
    "Tanh": "White: beyond ±0.97, where a tanh passes on almost no gradient.",
    "ReLU": "White: 0, where a ReLU passes on no gradient.",
}
SATURATED = {"Tanh": "saturated", "ReLU": "0"}


def draw_histograms(view: Histograms, page: str) -> None:
    left, right = ROLES[page]
    said = f"Histograms of {'gradients' if page == 'gradients' else 'outputs and weights'}, row by row."
    live_chart(histograms, view.tables, key=f"{page}_histograms", alt_text=said, rows=view.rows, left=left, right=right)


def draw_units(frame: Frame, layer: str, kind: str) -> str:
    """The outputs of a layer one by one, drawn as those of a `kind`: "Tanh" or "ReLU"."""
    values = frame.maps[layer]
    said = f"Outputs of {layer}, examples down and units across: which are {SATURATED[kind]}, and which units dead."
    live_chart(unit_map, unit_tables(values, kind), key=f"units_{kind}", alt_text=said, kind=kind)
    row = next(i for i, t in enumerate(frame.tensors) if t.name == layer and t.role == "output")
    saturated, dead, broken = (float(frame.stats[row, STATS.index(name)]) for name in ("saturated", "dead", "nan"))
    if broken == math.prod(frame.tensors[row].shape):
        return f"No output of {plain(layer)} is a number any more."
    return (
        f"{WHITE[kind]} In the whole layer {saturated:.1%} of outputs are {SATURATED[kind]}, {dead:.1%} of units dead "
        "(a bar on top)."
        f"{_broken(int((values == NAN_INT8).sum()), 'of the outputs shown')}"
    )


def draw_norm(frame: Frame, layer: str) -> str:
    """The statistics of a BatchNorm: the means, and below them the variances."""
    lost = 0
    for what, named in (("mean", "means"), ("var", "variances")):
        tables = norm_tables(frame.maps, layer, what)
        lost += tables["nans"].num_rows
        said = f"The {named} of each channel of {layer}: of this batch, and the running ones."
        live_chart(norm_chart, tables, key=f"norm_{what}", alt_text=said, what=what)
    used = "Training uses the batch's own mean and variance, evaluation the running ones."
    return used + _broken(lost, "statistics")


def draw_ratios(drawn: Ratios, view: str) -> str:
    """A line for each weight over all recorded moments; `view`: UPDATES or GRADIENTS."""
    said = f"Lines over the steps: {view.lower()} of each weight, as log10."
    live_chart(ratios, drawn.tables, key=KIND[view], alt_text=said, names=drawn.names, kind=KIND[view])
    return _broken(drawn.dropped, "ratios", " (no gradient, or weights all alike)")


def _broken(lost: int, what: str, why: str = "") -> str:
    return f" {lost:,} {what} are not a number{why}: crosses on yellow." if lost else ""
