"""What broke first in a run that diverged: its last steps, layer by layer.

>>> black_box_panel(info)
"""

import streamlit as st

from core.lenses.black_box import Broken, Trace, largest
from core.runs.info import RunInfo
from core.spelling import listing, short
from core.training.black_box import STEPS, Moment
from explorer import theme
from explorer.charts.black_box import size_tables, sizes
from explorer.feeds import black_box, recorded
from explorer.feeds.black_box import Opened
from explorer.markdown import plain
from explorer.panels.live_chart import live_chart
from explorer.panels.run.state import ICONS, may_change
from explorer.panels.view_switch import switch

ROLES = {
    "Outputs": "output",
    "Weights": "weight",
    "Gradients of outputs": "output_grad",
    "Gradients of weights": "weight_grad",
}
OF_PHASE = {"forward": "Outputs", "loss": "Outputs", "update": "Weights"}
NAMED = 4  # layers that are named; the others are counted


def black_box_panel(info: RunInfo) -> None:
    found = black_box.opened(info)
    if found is None:
        st.info(_why_not(info), icon=ICONS[info.state])
        return
    st.markdown(_sentence(found))
    _picture(found)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _batch(info, found)
    with right:
        _last_finite(found.trace.finite)
        _in_order(found.trace)


def _why_not(info: RunInfo) -> str:
    kept = f"Where the loss of a run becomes NaN or Inf, its last {STEPS} steps are kept whole and shown here."
    if info.kind != "trained":
        return (
            f"{kept} That needs the steps to be taken again, so it is there for runs that are trained here. Of a "
            "watched one, Activations and Gradients show at each recorded moment which layers have NaN or Inf."
        )
    if info.state == "diverged":
        return (
            "This run diverged, and its last steps were not kept: it was interrupted just then, or an older version "
            "trained it. Train it again to see them."
        )
    return f"{'So far no loss' if may_change(info) else 'No loss'} of this run is NaN or Inf. {kept}"


def _sentence(found: Opened) -> str:
    first = found.trace.first
    counts = " and ".join(f"{theme.steps(n)} {what}" for n, what in ((first.inf, "Inf"), (first.nan, "NaN")) if n)
    of = f"{counts} of {theme.steps(first.size)} numbers"
    step, name = theme.steps(first.step), f"**{plain(first.name)}**"
    match first.phase:
        case "update":
            rate = f"{found.culprit.frame.lr:g}"
            said = f"The update of step {theme.steps(first.step - 1)} broke {name}: {of}, by a learning rate of {rate}."
            if not first.produced:
                said = f"{name} was broken before the first step that is kept: {of}."
        case "forward":
            said = f"At step {step} the output of {name} broke first: {of}, though all that it reads is finite."
            said += _weights(found, first)
        case "loss":
            said = (
                f"At step {step} the loss itself broke first: the scores that it reads are finite, but too far apart."
            )
        case _:
            said = f"At step {step} the gradient of {name} broke first: {of}, though all that it reads is finite."
    return f"{said} {_passed_on(found.trace)}"


def _weights(found: Opened, first: Broken) -> str:
    now = _largest_weight(next(m for m in found.box.moments if m.frame.step == first.step), first.layer)
    before = [_largest_weight(m, first.layer) for m in found.box.moments if m.frame.step == first.step - 1]
    if now is None:
        return ""
    return f" Its weights reach {short(now)}" + (f", one step before {short(before[0])}." if before else ".")


def _largest_weight(moment: Moment, layer: str) -> float | None:
    own = [size for name, size in largest(moment, "weight").items() if name.startswith(f"{layer}.")]
    return max(own) if own else None


def _passed_on(trace: Trace) -> str:
    others = [b.layer for b in trace.broken if b.phase == "forward" and not b.produced and b.step == trace.first.step]
    if not others:
        return "What is broken elsewhere came from there."
    return f"{listing(map(plain, others), 'and', NAMED)} only passed it on."


def _picture(found: Opened) -> None:
    box, first = found.box, found.trace.first
    usual = OF_PHASE.get(first.phase, "Gradients of outputs")
    view = switch("black_box_view", list(ROLES), "View", usual)
    role = ROLES[view]
    names = tuple(tensor.name for tensor in box.moments[0].frame.tensors if tensor.role == role)
    marked = first.name if view == usual else None
    live_chart(
        sizes,
        size_tables(box.moments, role, marked, first.step),
        key=f"sizes_{role}",
        alt_text=f"{view} of each layer over the last steps: the size of the largest number, crosses where it is none.",
        names=names,
        role=role,
    )
    st.caption(f"{_kept(found)} Crosses on yellow are NaN or Inf; a frame marks the first.")


def _kept(found: Opened) -> str:
    box = found.box
    steps = f"The last {len(box.moments)} steps" if len(box.moments) > 1 else "The one step that was taken"
    if box.whole == len(box.moments):
        return f"{steps}, kept whole: every activation, gradient and weight."
    return f"{steps}; as the model is large, {box.whole or 'none'} of them whole, of the others statistics alone."


def _batch(info: RunInfo, found: Opened) -> None:
    st.markdown(f"**The batch of step {theme.steps(found.culprit.frame.step)}**")
    dataset = recorded.store().dataset(info.dataset)
    st.dataframe(black_box.batch(found, dataset), hide_index=True, height=250, row_height=24)
    rows = found.box.moments[0].frame.tensors[0].shape[0]
    if rows > len(found.culprit.contexts):
        st.caption(f"The first {len(found.culprit.contexts)} of {theme.steps(rows)} examples.")


def _last_finite(moment: Moment | None) -> None:
    st.markdown("**The last step with nothing broken**")
    if moment is None:
        st.caption("None of those that are kept: something was broken from the first on.")
        return
    values = {
        "Step": theme.steps(moment.frame.step),
        "Batch loss": theme.loss(moment.frame.loss),
        "Weights up to": short(max(largest(moment, "weight").values())),
        "Gradients up to": short(max(largest(moment, "weight_grad").values())),
    }
    for column, (label, value) in zip(st.columns(len(values)), values.items(), strict=True):
        column.metric(label, value)


def _in_order(trace: Trace) -> None:
    with st.expander(
        f"All {len(trace.broken)} that broke, in the order of computing", icon=":material/format_list_numbered:"
    ):
        st.dataframe(
            [
                {
                    "step": broken.step,
                    "pass": broken.phase,
                    "what": broken.name,
                    "NaN": broken.nan,
                    "Inf": broken.inf,
                    "of": broken.size,
                    "": "produced here" if broken.produced else "passed on",
                }
                for broken in trace.broken
            ],
            hide_index=True,
            row_height=24,
            height=220,
        )
