"""The pictures of Activations and Gradients: one at a time, live while the run trains.

>>> layer_views(info, "activations")        # or "gradients"
"""

import math
from functools import partial

import streamlit as st

from core.nn.notation import parse
from core.runs.info import RunInfo
from core.training.frame import NAN_INT8, STATS, Frame
from explorer import hunts, session
from explorer.charts.histograms import histograms
from explorer.charts.ratios import ratios
from explorer.charts.units import norm_chart, norm_tables, unit_map, unit_tables
from explorer.feeds import frames, recorded
from explorer.feeds.frame_rows import ALL, SQUASHING, kind_of, kinds, layer_names, of_kind, unread
from explorer.panels.frames.modules import kinds_of, module_views, view_of
from explorer.panels.frames.over_time import over_time
from explorer.panels.frames.views import (
    GRADIENTS,
    HISTOGRAMS,
    KIND,
    NORM,
    TIME,
    UNITS,
    UPDATES,
    VIEWS,
    about_scales,
    keep_drawing,
    own_scales,
)
from explorer.panels.lens import at_moment
from explorer.panels.live_chart import live_chart
from explorer.panels.model_source import known_run, watched_run
from explorer.panels.view_switch import chosen_view, view_switch

LOOK_FOR = {
    "activations": {
        TIME: "Look how the values spread or pile up as the run learns, and whether they come to rest.",
        UNITS: "Look for columns that are white from top to bottom: units that pass on no gradient for any example.",
        NORM: "Look how far the running mean and variance are from those of the batch: they follow it slowly.",
    },
    "gradients": {
        HISTOGRAMS: "Look for gradients of about the same width in every layer.",
        TIME: "Look for gradients that fade over the steps, or come in bursts.",
        UPDATES: "Look for updates that are about a thousandth of the weights: −3 on the log10 scale.",
        GRADIENTS: "Look for layers whose gradient, beside their weights, is much larger or smaller than others'.",
    },
}
OUTPUTS_OF = {  # what to look for in histograms of outputs: of the first kind here that a model has
    "Tanh": "Look for tanh outputs that fill the range from −1 to 1 without piling up at its ends, alike from the "
    "first layer to the last.",
    "Gated": "Look for gated outputs that spread between −1 and 1: at 0 a gate is shut and passes nothing on.",
    "ReLU": "Look for outputs that are not all 0, of about the same width from the first layer to the last.",
    "Counts": "Look at the only layer: it puts out the log-probability of each next character.",
}
OTHER_OUTPUTS = "Look for outputs that neither grow nor shrink much from the first layer to the last."
NO_GRADIENTS = (
    "This model counts: it learns without a loss to go down, so it has no gradients. Its network twin, `bigram-nn`, "
    "finds the same numbers with them."
)
ADAM = " This run's AdamW divides each gradient by its usual size: drawn are the steps that it takes."
WHITE = {
    "Tanh": "White: beyond ±0.97, where a tanh passes on almost no gradient.",
    "ReLU": "White: 0, where a ReLU passes on no gradient.",
}
NAMES = {
    "BatchNorm1d": "BatchNorm",
    "CausalConv1d": "Conv",
    "TransformerEncoderLayer": "Transformer",
    ALL: "All layers",
}
SATURATED = {"Tanh": "saturated", "ReLU": "0"}


def look_for(page: str) -> str:
    """The sentence that belongs to the chosen view."""
    if info := watched_run():
        view, kinds = view_of(info, page), kinds_of(info)
    else:
        run_id = known_run()
        layers = list(layer_names(parse(recorded.config(run_id).model))) if run_id else None
        view = chosen_view(f"{page}_view", _views(page, layers))
        kinds = {kind_of(layer) for layer in layers} if layers else {"Tanh"}
    if view == HISTOGRAMS and page == "activations":
        return next((said for kind, said in OUTPUTS_OF.items() if kind in kinds), OTHER_OUTPUTS)
    return LOOK_FOR[page][view]


def layer_views(info: RunInfo, page: str) -> None:
    """Controls, and below them a fragment with the picture, which ticks while the run is followed.

    The controls stand outside what ticks: a browser that is still loading may miss a tick, and with it what is chosen.
    """
    if info.kind == "watched":
        module_views(info, page)
        return
    layers = list(layer_names(parse(recorded.config(info.id).model)))
    if page == "gradients" and not any(map(_learns_by_gradient, layers)):
        st.info(NO_GRADIENTS, icon=":material/block:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        view = view_switch(f"{page}_view", _views(page, layers))
        match view:
            case "Histograms":
                drawn = partial(_histograms, page=page, **_histogram_controls(layers))
            case "Unit by unit":
                drawn = partial(_units, layer=_choose("Layer", of_kind(layers, *SQUASHING), "lens_unit_layer"))
            case "Over time":
                drawn = over_time(recorded.frame(info.id, None), page)
            case "BatchNorm":
                drawn = partial(_norm, layer=_choose("Layer", of_kind(layers, "BatchNorm1d"), "lens_norm_layer"))
            case _:
                drawn = partial(_ratios, view=view)

    keep_drawing(info, drawn, key=f"{page}_picture", every_moment=view in KIND)


def _views(page: str, layers: list[str] | None) -> list[str]:
    """Those that show something of these layers; without a run all of them."""
    return [view for view in VIEWS[page] if layers is None or _there_is(view, layers)]


def _there_is(view: str, layers: list[str]) -> bool:
    needed = {UNITS: SQUASHING, NORM: ("BatchNorm1d",)}.get(view)
    return needed is None or bool(of_kind(layers, *needed))


def _learns_by_gradient(layer: str) -> bool:
    return kind_of(layer) != "Counts"


def _histogram_controls(layers: list[str]) -> dict:
    return {"show": _choose("Layers", kinds(layers), "lens_layers", format_func=_plural), "own": own_scales()}


def _histograms(run_id: str, moment: int | None, frame: Frame, page: str, show: str, own: bool) -> None:
    view = frames.histograms(run_id, moment, show, page == "gradients", own)
    if view is None:
        return
    left, right = ("output_grad", "weight_grad") if page == "gradients" else ("output", "weight")
    said = f"Histograms of {'gradients' if page == 'gradients' else 'outputs and weights'}, one row a layer."
    live_chart(histograms, view.tables, key=f"{page}_histograms", alt_text=said, rows=view.rows, left=left, right=right)
    scales = about_scales(own, view.squeezed)
    st.caption(f"{at_moment(view.frame, moment)} {scales} Heights are each row's own.{_unread(run_id, page)}")


def _unread(run_id: str, page: str) -> str:
    """Why a layer has no gradient, where that is no fault."""
    layers = unread(list(layer_names(parse(recorded.config(run_id).model)))) if page == "gradients" else []
    if not layers:
        return ""
    return (
        f" {' and '.join(layers)} get no gradient: SkipSum adds up the Skips alone, so nobody reads what they put out."
    )


def _units(run_id: str, moment: int | None, frame: Frame, layer: str) -> None:
    values = frame.maps[layer]
    kind = kind_of(layer)
    said = f"Outputs of {layer}, examples down and units across: which are {SATURATED[kind]}, and which units dead."
    live_chart(unit_map, unit_tables(values, kind), key=f"units_{kind}", alt_text=said, kind=kind)
    row = next(i for i, t in enumerate(frame.tensors) if t.name == layer and t.role == "output")
    saturated, dead, broken = (float(frame.stats[row, STATS.index(name)]) for name in ("saturated", "dead", "nan"))
    shape = frame.tensors[row].shape
    if broken == math.prod(shape):
        st.caption(f"{at_moment(frame, moment)} No output of {layer} is a number any more.")
        return
    sampled = " Shown is its last position." if len(shape) == 3 else ""
    if values.shape != (shape[0], shape[-1]):  # a frame keeps no more than 32 examples and 256 units
        sampled += (
            f" Shown are {values.shape[0]:,} of {shape[0]:,} examples, {values.shape[1]:,} of {shape[-1]:,} units."
        )
    lost = int((values == NAN_INT8).sum())
    if lost:
        sampled += f" {lost:,} of the outputs shown are not a number: crosses on yellow."
    st.caption(
        f"{at_moment(frame, moment)} {WHITE[kind]} In the whole layer {saturated:.1%} of outputs are "
        f"{SATURATED[kind]}, {dead:.1%} of units dead (a bar on top).{sampled}"
    )


def _norm(run_id: str, moment: int | None, frame: Frame, layer: str) -> None:
    lost = 0
    for what in ("mean", "var"):
        tables = norm_tables(frame.maps, layer, what)
        lost += tables["nans"].num_rows
        named = {"mean": "means", "var": "variances"}[what]
        said = f"The {named} of each channel of {layer}: of this batch, and the running ones."
        live_chart(norm_chart, tables, key=f"norm_{what}", alt_text=said, what=what)
    bad = f" {lost:,} statistics are not a number: crosses on yellow." if lost else ""
    positions = math.prod(frame.maps[f"{layer}.running_mean"].shape[:-1])
    bug = (
        f" There are {positions} statistics a channel, one a position{_in_the_course(run_id)}." if positions > 1 else ""
    )
    st.caption(
        f"{at_moment(frame, moment)} Training uses the batch's own mean and variance, evaluation the running "
        f"ones.{bug}{bad}"
    )


def _in_the_course(run_id: str) -> str:
    """Of an open round of the hunt the picture says what is there, not what is wrong."""
    return "" if hunts.is_open(recorded.info(run_id)) else ": the bug of the course"


def _ratios(run_id: str, moment: int | None, frame: Frame | None, view: str) -> None:
    drawn = frames.ratios(run_id, moment, KIND[view])
    if drawn is None:
        return
    pictured = f"Lines over the steps: {view.lower()} of each weight, as log10."
    live_chart(ratios, drawn.tables, key=KIND[view], alt_text=pictured, names=drawn.names, kind=KIND[view])
    said = {
        UPDATES: "log10(std(learning rate × gradient) / std(weights)): how large a step is beside what it changes.",
        GRADIENTS: "log10(std(gradient) / std(weights)); what a step does depends on the learning rate too.",
    }[view]
    bad = (
        f" {drawn.dropped:,} ratios are not a number (no gradient, or weights all alike): crosses on yellow."
        if drawn.dropped
        else ""
    )
    adam = ADAM if view == UPDATES and recorded.config(run_id).optimiser == "adamw" else ""
    st.caption(
        f"{said}{adam} Recorded moments, weights with two dimensions; both axes are logarithmic. A click on a name "
        f"singles out its line.{bad}"
        f"{_unread(run_id, 'gradients')}"
    )


def _choose(label: str, options: list[str], key: str, **more) -> str:
    """A choice whose options may differ from run to run; what was chosen is kept where it still is one."""
    if session.get(session.keep(key, options[0])) not in options:
        session.put(key, options[0])
    return _control(label, options, key, **more)


def _control(label: str, options: list[str], key: str, **more) -> str:
    return st.segmented_control(
        label, options, default=session.get(key), key=key, label_visibility="collapsed", required=True, **more
    )


def _plural(kind: str) -> str:
    return NAMES.get(kind, kind)
