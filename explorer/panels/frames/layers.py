"""The pictures of Activations and Gradients: one at a time, live while the run trains.

>>> layer_views(info, "activations")        # or "gradients"
"""

import math
from functools import partial

import streamlit as st

from core.runs.info import RunInfo
from core.training.frame import Frame
from explorer import hunts
from explorer.charts.frame_rows import SQUASHING, kind_of, of_kind, unread
from explorer.feeds import frames, recorded
from explorer.panels.frames import pictures, views
from explorer.panels.frames.modules import kinds_of, module_views, view_of
from explorer.panels.frames.over_time import over_time
from explorer.panels.lens import at_moment
from explorer.panels.model_source import known_run, watched_run
from explorer.panels.view_switch import chosen_view, switch, view_switch

LOOK_FOR = {
    "activations": {
        views.TIME: "Look how the values spread or pile up as the run learns, and whether they come to rest.",
        views.UNITS: "Look for columns that are white from top to bottom: units that pass on no gradient for any "
        "example.",
        views.NORM: "Look how far the running mean and variance are from those of the batch: they follow it slowly.",
    },
    "gradients": {
        views.HISTOGRAMS: "Look for gradients of about the same width in every layer.",
        views.TIME: "Look for gradients that fade over the steps, or come in bursts.",
        views.UPDATES: "Look for updates that are about a thousandth of the weights: −3 on the log10 scale.",
        views.GRADIENTS: "Look for layers whose gradient, beside their weights, is much larger or smaller than "
        "others'.",
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
RATIOS = {
    views.UPDATES: "log10(std(learning rate × gradient) / std(weights)): how large a step is beside what it changes.",
    views.GRADIENTS: "log10(std(gradient) / std(weights)); what a step does depends on the learning rate too.",
}
ADAM = " This run's AdamW divides each gradient by its usual size: drawn are the steps that it takes."


def look_for(page: str) -> str:
    """The sentence that belongs to the chosen view."""
    if info := watched_run():
        view, kinds = view_of(info, page), kinds_of(info)
    else:
        run_id = known_run()
        layers = frames.layers(run_id) if run_id else None
        view = chosen_view(f"{page}_view", _views(page, layers))
        kinds = {kind_of(layer) for layer in layers} if layers else {"Tanh"}
    if view == views.HISTOGRAMS and page == "activations":
        return next((said for kind, said in OUTPUTS_OF.items() if kind in kinds), OTHER_OUTPUTS)
    return LOOK_FOR[page][view]


def layer_views(info: RunInfo, page: str) -> None:
    """Controls, and below them a fragment with the picture, which ticks while the run is followed.

    The controls stand outside what ticks: a browser that is still loading may miss a tick, and with it what is chosen.
    """
    if info.kind == "watched":
        module_views(info, page)
        return
    layers = frames.layers(info.id)
    if page == "gradients" and not any(map(_learns_by_gradient, layers)):
        st.info(NO_GRADIENTS, icon=":material/block:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        view = view_switch(f"{page}_view", _views(page, layers))
        match view:
            case views.HISTOGRAMS:
                show = views.choose_layers(layers, "lens_layers")
                drawn = partial(_histograms, page=page, show=show, own=views.own_scales())
            case views.UNITS:
                drawn = partial(_units, layer=switch("lens_unit_layer", of_kind(layers, *SQUASHING), "Layer"))
            case views.TIME:
                drawn = over_time(recorded.frame(info.id, None), page)
            case views.NORM:
                drawn = partial(_norm, layer=switch("lens_norm_layer", of_kind(layers, "BatchNorm1d"), "Layer"))
            case _:
                drawn = partial(_ratios, view=view)

    views.keep_drawing(info, drawn, key=f"{page}_picture", every_moment=view in views.KIND)


def _views(page: str, layers: list[str] | None) -> list[str]:
    """Those that show something of these layers; without a run all of them."""
    return [view for view in views.VIEWS[page] if layers is None or _there_is(view, layers)]


def _there_is(view: str, layers: list[str]) -> bool:
    needed = {views.UNITS: SQUASHING, views.NORM: ("BatchNorm1d",)}.get(view)
    return needed is None or bool(of_kind(layers, *needed))


def _learns_by_gradient(layer: str) -> bool:
    return kind_of(layer) != "Counts"


def _histograms(run_id: str, moment: int | None, frame: Frame, page: str, show: str, own: bool) -> None:
    view = frames.histograms(run_id, moment, show, page == "gradients", own)
    if view is None:
        return
    pictures.draw_histograms(view, page)
    scales = views.about_scales(own, view.squeezed)
    st.caption(f"{at_moment(view.frame, moment)} {scales} Heights are each row's own.{_unread(run_id, page)}")


def _unread(run_id: str, page: str) -> str:
    """Why a layer has no gradient, where that is no fault."""
    found = unread(frames.layers(run_id)) if page == "gradients" else []
    if not found:
        return ""
    return (
        f" {' and '.join(found)} get no gradient: SkipSum adds up the Skips alone, so nobody reads what they put out."
    )


def _units(run_id: str, moment: int | None, frame: Frame, layer: str) -> None:
    said = pictures.draw_units(frame, layer, kind_of(layer))
    shape = next(t.shape for t in frame.tensors if t.name == layer and t.role == "output")
    if len(shape) == 3:
        said += " Shown is its last position."
    examples, units = frame.maps[layer].shape
    if (examples, units) != (shape[0], shape[-1]):  # a frame keeps no more than 32 examples and 256 units
        said += f" Shown are {examples:,} of {shape[0]:,} examples, {units:,} of {shape[-1]:,} units."
    st.caption(f"{at_moment(frame, moment)} {said}")


def _norm(run_id: str, moment: int | None, frame: Frame, layer: str) -> None:
    said = pictures.draw_norm(frame, layer)
    positions = math.prod(frame.maps[f"{layer}.running_mean"].shape[:-1])
    if positions > 1:
        said += f" There are {positions} statistics a channel, one a position{_in_the_course(run_id)}."
    st.caption(f"{at_moment(frame, moment)} {said}")


def _in_the_course(run_id: str) -> str:
    """Of an open round of the hunt the picture says what is there, not what is wrong."""
    return "" if hunts.is_open(recorded.info(run_id)) else ": the bug of the course"


def _ratios(run_id: str, moment: int | None, frame: Frame | None, view: str) -> None:
    drawn = frames.ratios(run_id, moment, views.KIND[view])
    if drawn is None:
        return
    broken = pictures.draw_ratios(drawn, view)
    adam = ADAM if view == views.UPDATES and recorded.config(run_id).optimiser == "adamw" else ""
    st.caption(
        f"{RATIOS[view]}{adam} Recorded moments, weights with two dimensions; both axes are logarithmic. A click on a "
        f"name singles out its line.{broken}{_unread(run_id, 'gradients')}"
    )
