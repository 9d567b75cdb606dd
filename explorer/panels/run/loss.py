"""A run while it learns: its numbers, the live loss picture, and what it writes.

>>> loss_panel(info)     # a fragment that ticks while the run may change
"""

import pyarrow as pa
import streamlit as st

from core.nn.presets import PRESETS
from core.runs.info import RunInfo
from core.training.defects import parted
from explorer import session, theme
from explorer.charts.loss import loss_chart
from explorer.charts.loss_tables import LossTables, fitting_window
from explorer.feeds import frames, recorded
from explorer.panels.live_chart import TICK, live_chart
from explorer.panels.run.state import may_change, say, still
from explorer.panels.watched.loss import about_watched, watched_caption, watched_numbers
from explorer.results import COURSE_WORDS

COURSE_STEPS = 200_000
WINDOWS = (10, 100, 1_000, 10_000)
LONGEST = 12  # letters of a sample that fit beside the picture; an untrained model seldom ends a name
TRAINED = "Mean over single batches up to here, as the line shows it."
WHOLE = "Over all of them, once the last step was taken."
COUNTED = (
    "This model counts, without a learning rate. Dots: batches before their pairs were counted; before the first, "
    "every character is as likely as any other."
)
SEEN = "This run was trained on all words: none are held out to judge it by."
PICTURED = "The loss over the steps: single batches, their mean, validation, and below them the learning rate."


def loss_panel(info: RunInfo) -> None:
    st.fragment(_panel, run_every=TICK if may_change(info) else None, key="loss_panel")(info.id, session.moment())


def look_for(info: RunInfo) -> str:
    once_more = ", and once more where the learning rate drops" if _drops(info) else ""
    return f"Look for a line that falls steeply, then slowly{once_more}."


def _drops(info: RunInfo) -> bool:
    """Does its learning rate fall at one of its steps? Of a watched run nobody knows."""
    if info.kind == "watched":
        return False
    config = recorded.config(info.id)
    return config.lr_at(config.steps) < config.lr


def _panel(run_id: str, moment: int | None) -> None:
    info = still(run_id)
    window = fitting_window(info.step, widest=session.get(session.keep("loss_window", 1_000)), points=5)
    log = session.get(session.keep("loss_log", True))
    if info.kind == "watched":
        tables = recorded.loss(run_id, window, log, frames.rates(run_id))
        watched_numbers(info, moment, window)
    else:
        tables = recorded.loss(run_id, window, log)
        _numbers(info, moment, window)
    picture, words = st.columns([5, 1], gap="medium")
    with picture:
        marked = pa.table({"step": pa.array([] if moment is None else [moment], pa.int64())})
        live_chart(loss_chart, tables.as_dict() | {"moment": marked}, key="loss", alt_text=PICTURED, log=tables.log)
    with words:
        if info.kind == "watched":
            about_watched(info)
        else:
            _samples(run_id, moment)
    _controls(info, tables, moment)


def _numbers(info: RunInfo, moment: int | None, window: int) -> None:
    """Each loss with what it is a loss of: at the end over all examples, before that over a part, at its own step."""
    losses = recorded.losses(info.id)
    at = len(losses) if moment is None else min(moment, len(losses))
    shown = losses[max(0, at - window) : at]
    config = recorded.config(info.id)
    step, train, left, right = st.columns([3, 6, 6, 6])
    step.metric("Step", theme.steps(at))
    train.metric(_trained(len(shown), config.counts), theme.loss(_mean(shown)), help=None if config.counts else TRAINED)
    if _at_its_end(info, moment):
        left.metric("Train, all examples", theme.loss(info.train_loss), help=WHOLE)
        if config.train_on == "all":
            right.metric("Validation, trained on too", theme.loss(info.val_loss), help=f"{WHOLE} {SEEN}")
        else:
            right.metric("Validation, all examples", theme.loss(info.val_loss), help=WHOLE)
        return
    evaluations = [
        e for e in recorded.evaluations(info.id) if e.split == "val" and (moment is None or e.step <= moment)
    ]
    last = evaluations[-1] if evaluations else None
    left.metric(
        f"Validation, step {theme.steps(last.step)}" if last else "Validation",
        theme.loss(last.loss if last else None),
        help=_examples(last),
    )


def _trained(steps: int, counts: bool) -> str:
    """Of how many steps it is the mean; a model that counts has looked at a batch before it counts it."""
    if counts:
        return "Train, before counting"
    return f"Train, last {theme.steps(steps)} steps" if steps > 1 else "Train, one step" if steps else "Train"


def _at_its_end(info: RunInfo, moment: int | None) -> bool:
    """Is what is shown the end of a run that was measured there over all examples?"""
    return info.train_loss is not None and (moment is None or moment >= info.steps)


def _mean(losses) -> float | None:
    return float(losses.mean(dtype="float64")) if len(losses) else None


def _examples(last) -> str:
    if last is None:
        return "On the validation words; measured from time to time."
    return f"Over {theme.steps(last.examples)} examples of the validation words; measured from time to time."


def _samples(run_id: str, moment: int | None) -> None:
    found = recorded.samples(run_id, moment)
    if found is None:
        st.caption("Ten words it writes come with its first samples.")
        return
    step, words = found
    st.caption(
        f"Step {theme.steps(step)}:",
        help="Ten words from a fixed seed: the dice are the same each time, only the model has changed.",
    )
    with st.container(key="samples"):
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
            help="Steps a mean is taken over, at most: a short run has shorter ones, so that there is a line.",
        )
        st.toggle(
            "log10",
            value=True,
            key="loss_log",
            help="A logarithmic axis, as in the course, or a plain one.",
        )
    words.caption(
        watched_caption(info, tables, log=session.get("loss_log"))
        if info.kind == "watched"
        else _caption(info, tables, moment)
    )


def _caption(info: RunInfo, tables: LossTables, moment: int | None) -> str:
    config = recorded.config(info.id)
    if not len(recorded.losses(info.id)):
        said = [f"{say(info)}. The curve begins with the first step."]
    elif config.counts:
        said = [COUNTED]
    else:
        said = [f"Line: mean over {theme.steps(tables.window)} steps.", _dots(tables)]
    if info.parent_step:
        said.append(f"Up to step {theme.steps(info.parent_step)} it is the run that this one was forked from.")
    if info.train_loss is not None and info.val_loss is not None and not _at_its_end(info, moment):
        said.append(f"Over all examples this run ended at {theme.losses(info.train_loss, info.val_loss)}.")
    if config.train_on == "all":
        said.append("Trained on all words, those of validation too.")
    if config.defect:
        said.append(f"Planted: {parted(config.defect)[0].title}.")
    if config.l2:
        said.append("Batches count the penalty on weights, validation does not.")
    if _as_in_the_course(info):
        course = PRESETS[info.preset]
        words = ", on its own list of names" if config.dataset != COURSE_WORDS else ""
        said.append(f"The course ended at {theme.losses(course.train_loss, course.val_loss)}{words}.")
    return " ".join(said)


def _dots(tables: LossTables) -> str:
    if tables.bucket > 1:
        return f"Dots: one batch in {theme.steps(tables.bucket)}, in front of the range of them all."
    return "Dots: single batches."


def _as_in_the_course(info: RunInfo) -> bool:
    """A preset trained on names for as long as the course does: only then are its losses comparable."""
    course = PRESETS.get(info.preset)
    if course is None or course.train_loss is None:
        return False
    names = (recorded.store().dataset("").sha256, COURSE_WORDS)
    as_long = info.steps >= course.settings.get("steps", COURSE_STEPS)
    return as_long and recorded.config(info.id).dataset in names
