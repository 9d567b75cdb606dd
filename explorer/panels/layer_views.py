"""The pictures of Activations and Gradients: one at a time, live while the run trains.

>>> layer_views(info, "activations")        # or "gradients"
"""

import streamlit as st

from core.runs.info import RunInfo
from core.training.frame import STATS, Frame
from explorer import feeds, frame_feeds, session
from explorer.charts.histograms import histograms
from explorer.charts.ratios import ratios
from explorer.charts.units import norm_chart, norm_tables, unit_map, unit_tables
from explorer.frame_rows import kinds, layers_of
from explorer.panels.lens import at_moment
from explorer.panels.live_chart import TICK, live_chart
from explorer.panels.run_state import following, nothing_recorded

HISTOGRAMS, UNITS, NORM = "Histograms", "Unit by unit", "BatchNorm"
UPDATES, GRADIENTS = "Update : data", "Gradient : data"
VIEWS = {"activations": (HISTOGRAMS, UNITS, NORM), "gradients": (HISTOGRAMS, UPDATES, GRADIENTS)}
KIND = {UPDATES: "update_data", GRADIENTS: "grad_data"}


def layer_views(info: RunInfo, page: str) -> None:
    """A fragment: its controls redraw it alone, and it ticks while the run is followed."""
    tick = TICK if following(info) else None
    st.fragment(_views, run_every=tick, key=f"{page}_views")(info.id, session.moment(), page)


def _views(run_id: str, moment: int | None, page: str) -> None:
    frame = feeds.frame(run_id, moment)
    if frame is None:
        nothing_recorded(feeds.info(run_id))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        view = _choose("View", [v for v in VIEWS[page] if _there_is(v, frame)], f"{page}_view")
        drawn = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    match view:
        case "Histograms":
            _histograms(run_id, moment, frame, page, drawn)
        case "Unit by unit":
            _units(frame, moment, drawn)
        case "BatchNorm":
            _norm(frame, moment, drawn)
        case _:
            _ratios(run_id, moment, view)


def _there_is(view: str, frame: Frame) -> bool:
    return {UNITS: bool(_mapped(frame)), NORM: bool(_norms(frame))}.get(view, True)


def _histograms(run_id: str, moment: int | None, frame: Frame, page: str, controls) -> None:
    with controls:
        show = _choose("Layers", kinds(frame.tensors), "lens_layers", format_func=_plural)
        own = st.toggle(
            "Own scales",
            key=session.keep("lens_own_scales", False),
            help="Off: all rows of a column share one scale, so widths can be compared. On: each row fills its width.",
        )
    view = frame_feeds.histograms(run_id, moment, show, page == "gradients", own)
    if view is None:
        return
    left, right = ("output_grad", "weight_grad") if page == "gradients" else ("output", "weight")
    live_chart(histograms, view.tables, key=f"{page}_histograms", rows=view.rows, left=left, right=right)
    scale = "Each row has its own scale" if own else "Rows of a column share their scale; values beyond it are counted"
    st.caption(f"{at_moment(view.frame, moment)} {scale}. Heights are each row's own.")


def _units(frame: Frame, moment: int | None, controls) -> None:
    with controls:
        layer = _choose("Layer", _mapped(frame), "lens_unit_layer")
    values = frame.maps[layer]
    live_chart(unit_map, unit_tables(values), key="units")
    row = next(i for i, t in enumerate(frame.tensors) if t.name == layer and t.role == "output")
    saturated, dead = (float(frame.stats[row, STATS.index(name)]) for name in ("saturated", "dead"))
    shape = frame.tensors[row].shape
    sampled = " Shown is its last position." if len(shape) == 3 else ""
    if values.shape != (shape[0], shape[-1]):  # a frame keeps no more than 32 examples and 256 units
        sampled += (
            f" Shown are {values.shape[0]:,} of {shape[0]:,} examples, {values.shape[1]:,} of {shape[-1]:,} units."
        )
    st.caption(
        f"{at_moment(frame, moment)} White: beyond ±0.97, where a tanh passes on almost no gradient. In the whole "
        f"layer {saturated:.1%} of outputs are saturated, {dead:.1%} of units dead (a bar on top).{sampled}"
    )


def _norm(frame: Frame, moment: int | None, controls) -> None:
    with controls:
        layer = _choose("Layer", _norms(frame), "lens_norm_layer")
    for what in ("mean", "var"):
        live_chart(norm_chart, norm_tables(frame.maps, layer, what), key=f"norm_{what}", what=what)
    positions = _size(frame.maps[f"{layer}.running_mean"].shape[:-1])
    bug = (
        f" There are {positions} statistics a channel, one a position: the bug of the course." if positions > 1 else ""
    )
    st.caption(
        f"{at_moment(frame, moment)} Training uses the batch's own mean and variance, evaluation the running ones.{bug}"
    )


def _ratios(run_id: str, moment: int | None, view: str) -> None:
    drawn = frame_feeds.ratios(run_id, moment, KIND[view])
    if drawn is None:
        return
    live_chart(ratios, drawn.tables, key=KIND[view], names=drawn.names, kind=KIND[view])
    said = {
        UPDATES: "log10(std(learning rate × gradient) / std(weights)): how large a step is beside what it changes.",
        GRADIENTS: "log10(std(gradient) / std(weights)); what a step does depends on the learning rate too.",
    }[view]
    bad = f" {drawn.dropped:,} ratios are not a number: crosses on yellow." if drawn.dropped else ""
    st.caption(f"{said} Recorded moments, weights with two dimensions; both axes are logarithmic.{bad}")


def _choose(label: str, options: list[str], key: str, **more) -> str:
    """A choice whose options may differ from run to run; what was chosen is kept where it still is one."""
    if session.get(session.keep(key, options[0])) not in options:
        session.put(key, options[0])
    st.segmented_control(label, options, key=key, label_visibility="collapsed", required=True, **more)
    return session.get(key)


def _plural(kind: str) -> str:
    return {"BatchNorm1d": "BatchNorm", "All": "All layers"}.get(kind, kind)


def _mapped(frame: Frame) -> list[str]:
    """Tanh layers whose outputs the frame holds unit by unit."""
    return [layer for layer in layers_of(frame.tensors, "Tanh") if layer in frame.maps]


def _norms(frame: Frame) -> list[str]:
    return [n for n in layers_of(frame.tensors, "BatchNorm1d") if f"{n}.running_mean" in frame.maps]


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size
