"""The learning-rate finder for the current run's model or a preset, and the rate read off it put into the setup form.

>>> learning_rate_lab()
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa
import streamlit as st

from core.dataset import DatasetError
from core.lenses import learning_rate
from core.lenses.learning_rate import (
    DEPTH,
    EXPLODED,
    FEWEST,
    HIGHEST,
    LIMIT,
    LOWEST,
    MOST,
    RECENT,
    USUAL,
    FinderError,
    Finding,
)
from core.nn.notation import ModelTextError
from core.nn.presets import preset
from core.training.config import ConfigError, RunConfig, of_preset
from explorer import session, theme
from explorer.charts.learning_rate import ceiling, finder_chart, finder_tables, growing_tables
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.navigation import go
from explorer.panels.live_chart import live_chart
from explorer.panels.model_source import Source, choose_model, known_run
from explorer.panels.run.setup import prefill
from explorer.shared import Shared

MODEL, EXPONENTS, STEPS, GOES_ON = "finder_model", "finder_exponents", "finder_steps", "finder_goes_on"
READING, READ_OF = "finder_reading", "finder_read_of"
STEPS_OF, CUT_SHORT = "finder_steps_of", "finder_cut_short"
DROP = 10  # the rate after the drop is so many times smaller, as in the course

_findings = Shared(seconds=float("inf"), size=32)
_steps = Shared(seconds=float("inf"), size=64)


@dataclass(frozen=True)
class Question:
    """What decides a finding: equal questions have the same answer, to the bit."""

    config: RunConfig
    low: float
    high: float
    steps: int
    run: str | None = None  # whose checkpoint of step `step` it starts from; None: fresh weights
    step: int | None = None


def learning_rate_lab() -> None:
    question = _controls()
    place = st.empty()  # of the bar first, then of what is found: nothing moves
    picture = st.container()

    def draw(tables: dict[str, pa.Table]) -> None:
        nonlocal picture
        said = f"The loss at learning rates from 10^{question.low:g} to 10^{question.high:g}."  # another: a new view
        picture = live_chart(finder_chart, tables, key="finder", alt_text=said, place=picture)

    def progress(so_far: Finding) -> None:
        step = len(so_far.losses)
        place.progress(step / question.steps, f"Step {theme.steps(step)} of {theme.steps(question.steps)}")
        draw(growing_tables(so_far, question.low, question.high))

    try:
        finding = _answer(question, progress)
    except FinderError as error:
        place.info(plain(str(error)), icon=":material/speed:")
        return
    except (ModelTextError, ConfigError, DatasetError) as error:
        place.error(plain(str(error)))
        return
    with place.container():
        st.caption(" ".join(_words(finding, question)))
        if finding.late is not None:
            st.button("Search again", icon=":material/refresh:", on_click=session.put, args=(CUT_SHORT, None))
    reading = _reading(question, finding)
    draw(finder_tables(finding, reading, question.low, question.high))


def _controls() -> Question:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        source = choose_model(MODEL)
        config = _config(source)
        _fit(config)
        low, high = st.slider(
            "Exponents",
            LOWEST,
            HIGHEST,
            value=session.get(session.keep(EXPONENTS, (-3.0, 0.0))),
            step=0.5,
            format="%g",
            key=EXPONENTS,
            width=225,
            help="The learning rate rises from 10 to the power of the first to 10 to the power of the second.",
        )
        steps = st.number_input(
            "Steps",
            FEWEST,
            MOST,
            value=session.get(session.keep(STEPS, USUAL)),
            key=STEPS,
            step=100,
            width=125,
            help="Batches that it trains on, each with a slightly larger learning rate. Of a slow model it starts with "
            "as many as take a few seconds.",
        )
        goes_on = bool(source.run) and st.toggle(
            "From its weights",
            value=session.get(session.keep(GOES_ON, False)),
            key=GOES_ON,
            help="Start from a copy of the run's weights at the moment in the sidebar, rather than from fresh ones.",
        )
    low, high = (low, high) if low < high else (low - 0.5, high) if low > LOWEST else (low, high + 0.5)
    moment = session.moment()
    checkpoints = recorded.store().checkpoint_steps(source.run) if goes_on else []
    step = max((step for step in checkpoints if moment is None or step <= moment), default=None)
    return Question(config, low, high, steps, None if step is None else source.run, step)


def _config(source: Source) -> RunConfig:
    """Of a run with its bug, also in a round of the hunt."""
    return recorded.store().config(source.run) if source.run else _preset_config(source.preset)


def _fit(config: RunConfig) -> None:
    """Another model starts with as many steps as do not take long; who asks for more gets them."""
    if session.get(STEPS_OF) != config:
        session.put(STEPS_OF, config)
        session.put(STEPS, _fitting(config))


def _fitting(config: RunConfig) -> int:
    """The same for all sessions: what was measured once decides which finding they share."""
    try:
        return _steps.get(config, lambda: learning_rate.affordable(config, recorded.store().dataset(config.dataset)))
    except (ModelTextError, ConfigError, DatasetError):
        return USUAL  # the search says what is wrong


def _preset_config(name: str) -> RunConfig:
    """A preset for the words of the current run, where there is one; a full batch would take too long."""
    run_id = known_run()
    words = recorded.config(run_id).dataset if run_id else ""
    config = of_preset(preset(name), recorded.store().dataset(words))
    return replace(config, dataset=words, batch_size=config.batch_size or RunConfig.batch_size)


def _answer(question: Question, progress: Callable[[Finding], None]) -> Finding:
    """The finding, computed once; a search that takes a while tells how far it is.

    One that the clock has stopped is this session's alone, until it searches again: the next may get further.
    """
    asked, cut_short = session.get(CUT_SHORT) or (None, None)
    if asked == question:
        return cut_short

    def compute() -> Finding:
        at = recorded.store()
        checkpoint = at.checkpoint(question.run, question.step)[1] if question.run else None
        dataset = at.dataset(question.config.dataset)
        return learning_rate.find(
            question.config, dataset, question.low, question.high, question.steps, progress, checkpoint
        )

    key = recorded.store().home, question
    finding = _findings.get(key, compute)
    if finding.late is not None:
        _findings.drop(key)
        session.put(CUT_SHORT, (question, finding))
    return finding


def _reading(question: Question, finding: Finding) -> float:
    """The exponent that the user reads off. It starts at ours; who moves it keeps it for this model."""
    session.keep(READING, question.low)
    asked, ours = session.get(READ_OF, (None, None))
    if asked != question:
        moved = asked is not None and asked.config == question.config and session.get(READING) != ours
        if not moved:
            ours = min(max(round(finding.end if finding.flat else finding.start, 1), question.low), question.high)
        session.put(READ_OF, (question, ours))
        session.put(READING, min(max(session.get(READING) if moved else ours, question.low), question.high))
    slider, button = st.columns([5, 2], vertical_alignment="bottom", gap="large")
    with slider:
        reading = st.slider(
            "Your reading (exponent)",
            question.low,
            question.high,
            value=session.get(session.keep(READING, question.low)),
            step=0.05,
            format="%.2f",
            key=READING,
        )
    rate = float(theme.number(10**reading, 2).replace(",", ""))
    if button.button(
        f"Use {rate:g}",
        icon=":material/input:",
        type="primary",
        width="stretch",
        help="Puts this model and this rate into the form on Train, with a tenth of it after the drop.",
    ):
        prefill(replace(question.config, lr=rate, lr_after=rate / DROP, defect=None))
        session.put("train_view", "setup")
        go("train")
    return reading


def _where(finding: Finding) -> str:
    if finding.flat:
        rises = finding.end < finding.exponents[-1]
        more = f"It begins to rise at {_rate(finding.end)}" if rises else "Nor does it rise: raise the upper exponent"
        why = "as of a model that has learnt, or because all are too small"
        return f"The smoothed loss hardly falls at any of these rates, {why}: it has no valley. {more}."
    return (
        f"The smoothed loss is lowest at {_rate(finding.lowest)} and falls most steeply at {_rate(finding.steepest)}; "
        f"the valley, where it is within {DEPTH - 1:.0%} of its lowest, is from {_rate(finding.start)} to "
        f"{_rate(finding.end)}."
    )


def _words(finding: Finding, question: Question) -> list[str]:
    said = [_where(finding), "Dots are single batches."]
    if question.steps == _fitting(question.config) < USUAL:
        said.append(
            f"A step of this model takes long, so {theme.steps(question.steps)} were chosen: more draw a finer curve."
        )
    if finding.exploded is not None:
        grown = f"the mean loss of {RECENT} steps was {EXPLODED:g} times its lowest"
        how = grown if math.isfinite(finding.losses[-1]) else "the loss was not a number any more"
        said.append(f"Stopped at a learning rate of {_rate(finding.exploded)}: {how}.")
    if finding.late is not None:
        said.append(
            f"Stopped at a learning rate of {_rate(finding.late)}, after {LIMIT:.0f} seconds: take fewer steps, a "
            "smaller batch or a smaller model."
        )
    elif not finding.flat and finding.end >= question.high and finding.lowest > question.high - 0.1:
        said.append("It still falls at the largest rate: raise the upper exponent.")
    if beyond := int((finding.losses > ceiling(finding)).sum()):
        many = "One loss above the picture is" if beyond == 1 else f"{theme.steps(beyond)} losses above the picture are"
        said.append(f"{many} drawn at its edge.")
    if question.run:
        said.append(f"Started from a copy of {question.run} at step {theme.steps(question.step)}.")
    return said


def _rate(exponent: float) -> str:
    """The learning rate of an exponent: -0.71 -> '0.19'."""
    return theme.number(10**exponent, 2)
