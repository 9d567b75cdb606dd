"""Activations and Gradients of a watched run: the same pictures, of a part of its model.

>>> module_views(info, "activations")        # or "gradients"
"""

import math
from functools import partial

import streamlit as st

from core.runs.info import RunInfo
from core.training.frame import Frame
from explorer import session, theme
from explorer.charts.frame_rows import ALL
from explorer.charts.module_rows import inside
from explorer.feeds import modules, recorded
from explorer.markdown import plain
from explorer.panels.frames import pictures, views
from explorer.panels.frames.over_time import over_time
from explorer.panels.view_switch import chosen_view, view_switch
from explorer.panels.watched.part_choice import choose_part

RATIOS = {
    views.UPDATES: "log10(std(change) / std(weights)): how far one step really moved the weights, whatever the "
    "optimiser.",
    views.GRADIENTS: "log10(std(gradient) / std(weights)); what a step does depends on the optimiser too.",
}
DRAWN_AS = {"Tanh": "Tanh", "Hardtanh": "Tanh", "ReLU": "ReLU", "ReLU6": "ReLU"}
UNSEEN = "Nothing was seen of this module at this moment."
STATISTICS = ("batch_mean", "batch_var", "running_mean", "running_var")
EMPTY = {
    views.UNITS: "This part of the model has no Tanh or ReLU module: functions that are no modules are not seen.",
    views.NORM: "This part of the model has no BatchNorm with running statistics.",
}


def view_of(info: RunInfo, page: str) -> str:
    """The chosen view of a page."""
    return chosen_view(f"{page}_view", _views(info, page))


def kinds_of(info: RunInfo) -> set[str]:
    """The classes of the model's modules; what is drawn as a Tanh or ReLU is one."""
    return {DRAWN_AS.get(kind, kind) for kind in modules.tree(info.id).kinds.values()}


def _views(info: RunInfo, page: str) -> list[str]:
    """Those that show something of this model; before anything was seen of it all of them."""
    frame = recorded.frame(info.id, None)
    there = {views.UNITS: _pictured, views.NORM: _normed}
    return [view for view in views.VIEWS[page] if frame is None or view not in there or there[view](frame)]


def module_views(info: RunInfo, page: str) -> None:
    """Controls, and below them a fragment with the picture, which ticks while the run is followed."""
    latest = recorded.frame(info.id, session.moment())
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        view = view_switch(f"{page}_view", _views(info, page))
        part = choose_part(info)
        match view:
            case views.HISTOGRAMS:
                drawn = partial(_histograms, page=page, part=part, **_controls(info, latest, part))
            case views.TIME:
                drawn = over_time(recorded.frame(info.id, None), page, lambda tensor: inside(tensor.layer, part))
            case views.UNITS | views.NORM:
                draw, there = (_units, _pictured) if view == views.UNITS else (_norm, _normed)
                layers = [path for path in there(latest) if inside(path, part)] if latest else []
                drawn = partial(draw, layer=_module(info, layers, view)) if layers else _nothing(view)
            case _:
                drawn = partial(_ratios, view=view, part=part)

    views.keep_drawing(info, drawn, key=f"{page}_modules", every_moment=view in views.KIND)


def _pictured(frame: Frame) -> list[str]:
    """The modules whose outputs a frame keeps one by one, from input to output."""
    return [t.layer for t in frame.tensors if t.role == "output" and t.name == t.layer and t.layer in frame.maps]


def _normed(frame: Frame) -> list[str]:
    layers = dict.fromkeys(t.layer for t in frame.tensors)
    return [layer for layer in layers if all(f"{layer}.{what}" in frame.maps for what in STATISTICS)]


def _module(info: RunInfo, layers: list[str], view: str) -> str:
    kinds = modules.tree(info.id).kinds
    return _select("Module", layers, f"module_{view}", lambda path: f"{path} · {kinds.get(path, '')}")


def _nothing(view: str):
    def say(run_id: str, moment: int | None, frame: Frame) -> None:
        st.info(EMPTY[view], icon=":material/block:")

    return say


def _controls(info: RunInfo, frame: Frame | None, part: str) -> dict:
    options = modules.tree(info.id).of_kinds(frame.tensors if frame else (), part)
    show = _select("Kind of module", options, "module_kind", lambda kind: "All modules" if kind == ALL else kind)
    return {"show": show, "own": views.own_scales()}


def _select(label: str, options: list[str], key: str, format_func=str) -> str:
    """A choice whose options differ from model to model."""
    chosen = session.get(session.keep_choice(key, options))
    return st.selectbox(
        label,
        options,
        index=options.index(chosen),
        key=key,
        format_func=format_func,
        label_visibility="collapsed",
        width=128,
    )


def _histograms(run_id: str, moment: int | None, frame: Frame, page: str, part: str, show: str, own: bool) -> None:
    found = modules.histograms(run_id, moment, part, show, page == "gradients", own)
    if found is None:
        return
    chosen, view = found
    if not chosen.rows:
        st.info("No module of this part was called, and none has weights of its own.", icon=":material/block:")
        return
    pictures.draw_histograms(view, page)
    left_out = ""
    if chosen.level is not None:
        left_out = (
            f" **{len(chosen.rows)} of {theme.steps(chosen.total)} rows**, from the upper levels: choose a smaller "
            "part to see what is inside."
        )
    st.caption(f"{seen_at(view.frame, moment)} {views.about_scales(own, view.squeezed)}{left_out}")


def _units(run_id: str, moment: int | None, frame: Frame, layer: str) -> None:
    kind = modules.tree(run_id).kinds.get(layer)
    if layer not in frame.maps or kind not in DRAWN_AS:
        st.info(UNSEEN, icon=":material/block:")
        return
    said = pictures.draw_units(frame, layer, DRAWN_AS[kind])
    shape = next(t.shape for t in frame.tensors if t.name == layer and t.role == "output")
    st.caption(
        f"{seen_at(frame, moment)} {said} Of its whole output, {plain(theme.shape(shape))}, shown are at most 32 "
        "examples and 256 units, of an image its middle, of a sequence its last position."
    )


def _norm(run_id: str, moment: int | None, frame: Frame, layer: str) -> None:
    if layer not in _normed(frame):
        st.info(UNSEEN, icon=":material/block:")
        return
    said = pictures.draw_norm(frame, layer)
    st.caption(f"{seen_at(frame, moment)} {said}")


def _ratios(run_id: str, moment: int | None, frame: Frame | None, view: str, part: str) -> None:
    drawn = modules.ratios(run_id, moment, views.KIND[view], part)
    if drawn is None:
        return
    if not drawn.names:
        st.info("No weight of this part has two dimensions or more.", icon=":material/block:")
        return
    broken = pictures.draw_ratios(drawn, view)
    some = (
        f" **{len(drawn.names)} of {theme.steps(drawn.total)}**, evenly chosen."
        if drawn.total > len(drawn.names)
        else ""
    )
    st.caption(f"{RATIOS[view]} Recorded moments, weights with two dimensions or more.{some}{broken}")


def seen_at(frame: Frame, moment: int | None) -> str:
    """Which moment a picture shows, and what was told of it: "Step 1,000, loss −2.31, learning rate 0.1."."""
    asked = f" (the nearest recorded before {theme.steps(moment)})" if moment not in (None, frame.step) else ""
    loss = "" if math.isnan(frame.loss) else f", loss {theme.loss(frame.loss)}"
    rate = "" if math.isnan(frame.lr) else f", learning rate {frame.lr:g}"
    return f"Step {theme.steps(frame.step)}{asked}{loss}{rate}."
