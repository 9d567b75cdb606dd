"""Two runs side by side: a sentence on where they part, then their losses or their layers.

>>> compare_panel(info)
"""

import pyarrow as pa
import streamlit as st

from core.lenses.parting import Incomparable, Parting, differences
from core.runs.errors import NoSuchRun
from core.runs.info import RunInfo
from core.runs.names import called
from explorer import hunts, session, theme
from explorer.charts.compare_losses import compare_losses
from explorer.charts.frame_rows import ALL
from explorer.charts.histograms import histograms
from explorer.charts.loss_tables import fitting_window
from explorer.feeds import compare, frames, recorded
from explorer.markdown import plain
from explorer.panels.frames.views import choose_layers
from explorer.panels.lens import at_moment
from explorer.panels.live_chart import TICK, live_chart
from explorer.panels.run.names import label, stars_first
from explorer.panels.run.settings import LABELS, SPOKEN
from explorer.panels.run.state import may_change, still
from explorer.panels.view_switch import chosen_view, switch, view_switch

LOSSES, OUTPUTS, GRADIENTS, WEIGHTS = "Losses", "Outputs", "Gradients", "Weights"
ROLES = {OUTPUTS: "output", GRADIENTS: "output_grad", WEIGHTS: "weight"}
LOOK_FOR = {
    LOSSES: "Look where the lines leave each other, and which of the two learns faster from there on.",
    OUTPUTS: "Look for the first layer whose two histograms are not alike: what follows it only passes that on.",
    GRADIENTS: "Gradients come from below, from the loss: look for the last row whose two histograms are not alike.",
    WEIGHTS: "Look which weights moved differently: where one run's stand still, no gradient reaches them.",
}
WATCHED = "Two runs are compared step by step, which needs runs of the same batches: choose one that was trained here."
VIEW, OTHER, LAYERS, PARTED, SPAN = (f"compare_{name}" for name in ("view", "other", "layers", "parted", "span"))
NEAR, FULL = "Where they part", "All steps"
ALIKE = 20  # steps that both took alike: fewer make no line
EARLY, AROUND = 20, 5  # times the step where they part: shorter runs are shown whole; so many steps are shown of others
IN_URL = "with"


def look_for() -> str:
    return LOOK_FOR[chosen_view(VIEW, LOOK_FOR)]


def compare_panel(info: RunInfo) -> None:
    if info.kind == "watched":
        st.info(WATCHED, icon=":material/visibility:")
        return
    other = _other(info)
    if other is None:
        st.info(
            "There is no second run with the same layers yet: fork this one on Train, or train its preset again.",
            icon=":material/compare_arrows:",
        )
        return
    _where(info, other)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        view = view_switch(VIEW, LOOK_FOR)
        if view == LOSSES:
            until = _choose_until(info, other)
        else:
            show = choose_layers(frames.layers(info.id), LAYERS, usual=ALL)

    def picture() -> None:
        if view == LOSSES:
            _losses(info, other, until)
        else:
            _histograms(info, other, view, show)

    ticks = may_change(info) or may_change(other)
    st.fragment(picture, run_every=TICK if ticks else None, key="compare_picture")()


def _other(info: RunInfo) -> RunInfo | None:
    """What the current run is compared with: as chosen or, at first, its parent, or the newest with as many weights
    that has taken a step."""
    runs = [run for run in stars_first(hunts.shown(recorded.runs())) if _alike(run, info)]
    if not runs:
        return None
    known = {run.id: run for run in runs}
    if asked := session.arrived_with(IN_URL, widget=OTHER):
        session.put(OTHER, asked)
    chosen = session.get(session.keep(OTHER, None))
    if chosen not in known:
        chosen = (
            info.parent
            if info.parent in known
            else next((run.id for run in runs if run.step > (run.parent_step or 0)), runs[0].id)
        )
    session.put(OTHER, chosen)
    labels = {run.id: label(run) for run in runs}
    picked = st.selectbox(
        "Compared with",
        list(labels),
        key=OTHER,
        format_func=lambda run: f"with {labels.get(run, run)}",
        label_visibility="collapsed",
    )
    session.name_in_url(IN_URL, picked or chosen)
    return known[picked or chosen]


def _alike(run: RunInfo, info: RunInfo) -> bool:
    return run.id != info.id and run.kind == info.kind == "trained" and run.parameters == info.parameters


def _where(info: RunInfo, other: RunInfo) -> None:
    """One sentence, and what was set differently."""
    bar = st.empty()
    if any(map(hunts.is_open, (info, other))):
        bar.info("Where they part is told once the round is closed.", icon=":material/bug_report:")
        session.put(PARTED, None)
        return
    try:
        found = compare.parting(info.id, other.id, lambda share: bar.progress(share, "Taking both once more …"))
    except (Incomparable, NoSuchRun) as error:
        bar.info(plain(str(error)), icon=":material/compare_arrows:")
        session.put(PARTED, None)
        return
    session.put(PARTED, found.step if found else None)
    if found is None:
        least = min(len(recorded.losses(run.id)) for run in (info, other))
        bar.success(
            f"All {theme.steps(least)} steps that both have taken are the same, to the last bit.",
            icon=":material/equal:",
        )
        return
    bar.info(f"{_said(found)} {_settings(info, other)}", icon=":material/call_split:")


def _said(found: Parting) -> str:
    step = theme.steps(found.step)
    name = f"**{plain(found.name)}**"
    match found.what:
        case "start" if found.step:
            return f"They part at step {step}, where one was forked: its {name} was changed."
        case "start":
            return f"They part before the first step: {name} begins with other numbers."
        case "batch":
            return f"They part at **step {step}**: the batches differ."
        case "output":
            return f"They part at **step {step}**, in the output of {name}: all layers above it are the same."
        case "loss":
            return f"They part at **step {step}**, in the loss: all layers put out the same."
        case "gradient":
            return f"They part at **step {step}**, in the gradient of {name}: outputs and loss are still the same."
        case _:
            return (
                f"They part in the update of **step {step}**: outputs and gradients are the same to the bit, the "
                f"weights after it are not, {name} first."
            )


def _settings(info: RunInfo, other: RunInfo) -> str:
    pairs = differences(recorded.config(info.id), recorded.config(other.id))
    if not pairs:
        return "" if info.hunt or other.hunt else "No setting differs."  # the bug of a round is none of those shown
    told = [
        f"{LABELS.get(name, name)} {_value(here)} here, {_value(there)} there" for name, (here, there) in pairs.items()
    ]
    return f"What differs: {'; '.join(told)}."


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, int):
        return theme.steps(value)
    return plain(SPOKEN.get(value, f"{value:g}" if isinstance(value, float) else str(value)))


def _choose_until(info: RunInfo, other: RunInfo) -> int | None:
    """The last step shown: where they part so early that all steps would hide it, soon after that, if asked for."""
    parted = session.get(PARTED)
    if not parted or parted < ALIKE or min(info.step, other.step) < EARLY * parted:
        return None
    return AROUND * parted if switch(SPAN, [NEAR, FULL], "Steps") == NEAR else None


def _losses(info: RunInfo, other: RunInfo, until: int | None) -> None:
    least = min(still(run.id).step for run in (info, other))
    window = fitting_window(least) if until is None else fitting_window(until, points=40)
    tables = compare.losses(info.id, other.id, window, until)
    moment = session.moment()
    shown = moment if until is None or moment is None or moment <= until else None
    rules = {"parted": _at(session.get(PARTED)), "moment": _at(shown)}
    said = "The losses of two runs over the steps, and where they part."
    live_chart(compare_losses, tables | rules, key="compare_losses", alt_text=said)
    st.caption(
        f"Lines: means over {theme.steps(window)} steps; dashed: validation. Thin: {_ended(info)}. "
        f"Broad: {_ended(other)}."
    )


def _ended(run: RunInfo) -> str:
    """What it is called, and its losses over all examples, once it has them."""
    if run.state == "diverged":
        how = f", diverged at step {theme.steps(run.step)}"
    else:
        how = "" if run.train_loss is None else f", in the end {theme.losses(run.train_loss, run.val_loss)}"
    return f"{plain(called(run))}{how}"


def _at(step: int | None) -> pa.Table:
    return pa.table({"step": pa.array([] if step is None else [step], pa.int64())})


def _histograms(info: RunInfo, other: RunInfo, view: str, show: str) -> None:
    reached = min(still(run.id).step for run in (info, other))
    moment = reached if session.moment() is None else session.moment()
    role = ROLES[view]
    both = compare.layers(info.id, other.id, moment, show, role)
    if both is None or not both.rows:
        st.info("Nothing of these layers is recorded in both runs at this moment.", icon=":material/block:")
        return
    said = f"Histograms of {view.lower()}, one row a layer: this run on the left, the other on the right."
    live_chart(histograms, both.tables, key="compare_histograms", alt_text=said, rows=both.rows, left=role, right=role)
    here, there = both.frames
    st.caption(
        f"This run: {at_moment(here, moment)} The other: {at_moment(there, moment)} Both histograms of a row share the "
        "scale between them; a number has the other run's beside it."
    )
