"""A run while it learns: its numbers, the live loss picture, and what it writes.

>>> loss_panel(info)     # a fragment that ticks while the run may change
"""

import pyarrow as pa
import streamlit as st

from core.nn.presets import PRESETS
from core.runs.info import RunInfo
from core.training.defects import parted
from explorer import feeds, session, theme
from explorer.charts.loss import loss_chart
from explorer.charts.loss_tables import LossTables
from explorer.panels.live_chart import TICK, live_chart
from explorer.panels.run_state import may_change, still

COURSE_STEPS = 200_000
WINDOWS = (10, 100, 1_000, 10_000)
LONGEST = 12  # letters of a sample that fit beside the picture; an untrained model seldom ends a name
PICTURED = "The loss over the steps: single batches, their mean, validation, and below them the learning rate."


def loss_panel(info: RunInfo) -> None:
    st.fragment(_panel, run_every=TICK if may_change(info) else None, key="loss_panel")(info.id, session.moment())


def _panel(run_id: str, moment: int | None) -> None:
    info = still(run_id)
    window = session.get(session.keep("loss_window", 1_000))
    log = session.get(session.keep("loss_log", True))
    tables = feeds.loss(run_id, window, log)
    _numbers(info, tables, moment, window)
    picture, words = st.columns([5, 1], gap="medium")
    with picture:
        marked = pa.table({"step": pa.array([] if moment is None else [moment], pa.int64())})
        live_chart(loss_chart, tables.as_dict() | {"moment": marked}, key="loss", alt_text=PICTURED, log=log)
    with words:
        _samples(run_id, moment)
    _controls(info, tables, moment)


def _numbers(info: RunInfo, tables: LossTables, moment: int | None, window: int) -> None:
    losses = feeds.losses(info.id)
    at = len(losses) if moment is None else min(moment, len(losses))
    mean = _mean(losses[max(0, at - window) : at])
    evaluations = [e for e in feeds.evaluations(info.id) if e.split == "val" and (moment is None or e.step <= moment)]
    last = evaluations[-1] if evaluations else None
    step, train, val, all_train, all_val = st.columns([3, 5, 5, 5, 5])
    step.metric("Step", theme.steps(info.step if moment is None else at))
    train.metric(
        f"Train, last {theme.steps(window)} steps",
        theme.loss(mean),
        help="Mean over single batches up to here, as the line shows it.",
    )
    seen = f"Validation, {theme.steps(last.examples)} examples" if last else "Validation"
    val.metric(seen, theme.loss(last.loss if last else None), help=_examples(last))
    if _at_its_end(info, moment):
        whole = "Over all of them, once the last step was taken."
        all_train.metric("Train, all examples", theme.loss(info.train_loss), help=whole)
        all_val.metric("Validation, all examples", theme.loss(info.val_loss), help=whole)


def _at_its_end(info: RunInfo, moment: int | None) -> bool:
    """Is what is shown the end of a run that was measured there over all examples?"""
    return info.train_loss is not None and (moment is None or moment >= info.steps)


def _mean(losses) -> float | None:
    return float(losses.mean(dtype="float64")) if len(losses) else None


def _examples(last) -> str:
    if last is None:
        return "On the validation words; measured from time to time."
    return f"At step {theme.steps(last.step)}, over {theme.steps(last.examples)} examples of the validation words."


def _samples(run_id: str, moment: int | None) -> None:
    found = feeds.samples(run_id, moment)
    if found is None:
        st.caption("Ten words it writes come with its first samples.")
        return
    step, words = found
    st.caption(
        f"Step {theme.steps(step)}:",
        help="Ten words from a fixed seed: the dice are the same each time, only the model has changed.",
    )
    st.code("\n".join(map(_fitting, words)), language=None)


def _fitting(word: str) -> str:
    """A sample as a line: a long one is cut, one that ended before its first letter says so."""
    return f"{word[: LONGEST - 1]}…" if len(word) > LONGEST else word or "(empty)"


def _controls(info: RunInfo, tables: LossTables, moment: int | None) -> None:
    choices, words = st.columns([4, 5], vertical_alignment="center")
    with choices, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.segmented_control(
            "Window",
            WINDOWS,
            default=session.get("loss_window"),
            key="loss_window",
            format_func=theme.steps,
            label_visibility="collapsed",
            required=True,
            help="Steps a mean is taken over.",
        )
        st.toggle(
            "log10",
            value=True,
            key="loss_log",
            help="A logarithmic axis, as in the course, or a plain one.",
        )
    words.caption(_caption(info, tables, moment))


def _caption(info: RunInfo, tables: LossTables, moment: int | None) -> str:
    said = [f"Line: mean over {theme.steps(tables.window)} steps."]
    if tables.bucket > 1:
        said.append(f"Dots: one batch in {theme.steps(tables.bucket)}, in front of the range of them all.")
    else:
        said.append("Dots: single batches.")
    if info.train_loss is not None and info.val_loss is not None and not _at_its_end(info, moment):
        said.append(f"Over all examples this run ended at {_ends(info.train_loss, info.val_loss)}.")
    config = feeds.config(info.id)
    if config.train_on == "all":
        said.append("Trained on all words, those of validation too.")
    if config.defect:
        said.append(f"Planted: {parted(config.defect)[0].title}.")
    if config.l2:
        said.append("Batches count the penalty on weights, validation does not.")
    if _as_in_the_course(info):
        course = PRESETS[info.preset]
        said.append(f"The course ended at {_ends(course.train_loss, course.val_loss)}.")
    return " ".join(said)


def _as_in_the_course(info: RunInfo) -> bool:
    """A preset trained on names for as long as the course does: only then are its losses comparable."""
    course = PRESETS.get(info.preset)
    if course is None or course.train_loss is None:
        return False
    names = feeds.store().dataset("").sha256
    as_long = info.steps >= course.settings.get("steps", COURSE_STEPS)
    return as_long and feeds.config(info.id).dataset == names


def _ends(train: float, val: float | None) -> str:
    return f"{theme.loss(train)} train" + ("" if val is None else f", {theme.loss(val)} validation")
