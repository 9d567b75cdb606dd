"""The learning-rate finder for the current run's model or a preset, and the rate read off it put into the setup form.

>>> learning_rate_lab()
"""

import math
import time
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

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
    FinderError,
    Finding,
)
from core.nn.notation import ModelTextError
from core.nn.presets import preset
from core.training.config import ConfigError, RunConfig, of_preset
from explorer import feeds, session, theme
from explorer.charts.learning_rate import ceiling, finder_chart, finder_tables
from explorer.markdown import plain
from explorer.navigation import go
from explorer.panels.live_chart import live_chart
from explorer.panels.model_source import Source, choose_model, known_run
from explorer.panels.run_setup import prefill
from explorer.shared import Shared

MODEL, EXPONENTS, STEPS, GOES_ON = "finder_model", "finder_exponents", "finder_steps", "finder_goes_on"
READING, READ_OF = "finder_reading", "finder_read_of"
SILENT = 0.4  # seconds before a search shows how far it is
DROP = 10  # the rate after the drop is so many times smaller, as in the course

_findings = Shared(seconds=float("inf"), size=32)


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
    try:
        finding = _answer(question, place)
    except FinderError as error:
        place.info(plain(str(error)), icon=":material/speed:")
        return
    except (ModelTextError, ConfigError, DatasetError) as error:
        place.error(plain(str(error)))
        return
    place.caption(" ".join(_words(finding, question)))
    picture = st.container()
    reading = _reading(question, finding)
    with picture:
        said = f"The loss at learning rates from 10^{question.low:g} to 10^{question.high:g}. {_where(finding)}"
        tables = finder_tables(finding, reading, question.low, question.high)
        live_chart(finder_chart, tables, key="finder", alt_text=said)


def _controls() -> Question:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        source = choose_model(MODEL)
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
            value=session.get(session.keep(STEPS, 1_000)),
            key=STEPS,
            step=100,
            width=125,
            help="Batches that it trains on, each with a slightly larger learning rate.",
        )
        goes_on = bool(source.run) and st.toggle(
            "From its weights",
            value=session.get(session.keep(GOES_ON, False)),
            key=GOES_ON,
            help="Start from a copy of the run's weights at the moment in the sidebar, rather than from fresh ones.",
        )
    low, high = (low, high) if low < high else (low - 0.5, high) if low > LOWEST else (low, high + 0.5)
    return _question(source, low, high, steps, goes_on)


def _question(source: Source, low: float, high: float, steps: int, goes_on: bool) -> Question:
    if source.run is None:
        return Question(_preset_config(source.preset), low, high, steps)
    config, moment = feeds.store().config(source.run), session.moment()  # with its bug, also in a round of the hunt
    recorded = feeds.store().checkpoint_steps(source.run) if goes_on else []
    step = max((step for step in recorded if moment is None or step <= moment), default=None)
    return Question(config, low, high, steps, None if step is None else source.run, step)


def _preset_config(name: str) -> RunConfig:
    """A preset for the words of the current run, where there is one; a full batch would take too long."""
    run_id = known_run()
    words = feeds.config(run_id).dataset if run_id else ""
    config = of_preset(preset(name), feeds.store().dataset(words))
    return replace(config, dataset=words, batch_size=config.batch_size or RunConfig.batch_size)


def _answer(question: Question, place: DeltaGenerator) -> Finding:
    """The finding, computed once; a search that takes a while says in its place how far it is."""
    begun = time.monotonic()

    def progress(share: float) -> None:
        if time.monotonic() - begun > SILENT:
            place.progress(share, f"Step {theme.steps(round(share * question.steps))} of {theme.steps(question.steps)}")

    def compute() -> Finding:
        at = feeds.store()
        checkpoint = at.checkpoint(question.run, question.step)[1] if question.run else None
        dataset = at.dataset(question.config.dataset)
        return learning_rate.find(
            question.config, dataset, question.low, question.high, question.steps, progress, checkpoint
        )

    return _findings.get((feeds.store().home, question), compute)


def _reading(question: Question, finding: Finding) -> float:
    """The exponent that the user reads off; it starts where the valley does."""
    if session.get(READ_OF) != question:
        session.put(READ_OF, question)
        session.put(READING, min(max(round(finding.start, 1), question.low), question.high))
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
    return (
        f"The smoothed loss is lowest at {_rate(finding.lowest)} and falls most steeply at {_rate(finding.steepest)}; "
        f"the valley, where it is within {DEPTH - 1:.0%} of its lowest, is from {_rate(finding.start)} to "
        f"{_rate(finding.end)}."
    )


def _words(finding: Finding, question: Question) -> list[str]:
    said = [_where(finding), "Dots are single batches."]
    if finding.exploded is not None:
        grown = f"the mean loss of {RECENT} steps was {EXPLODED:g} times its lowest"
        how = grown if math.isfinite(finding.losses[-1]) else "the loss was not a number any more"
        said.append(f"Stopped at a learning rate of {_rate(finding.exploded)}: {how}.")
    if finding.late is not None:
        said.append(
            f"Stopped at a learning rate of {_rate(finding.late)}, after {LIMIT:.0f} seconds: take fewer steps, a "
            "smaller batch or a smaller model."
        )
    elif finding.flat:
        said.append("It hardly falls at any rate, as of a model that has learnt: read off where it begins to rise.")
    elif finding.end >= question.high and finding.lowest > question.high - 0.1:
        said.append("It still falls at the largest rate: raise the upper exponent.")
    if beyond := int((finding.losses > ceiling(finding)).sum()):
        said.append(f"{theme.steps(beyond)} losses above the picture are drawn at its edge.")
    if question.run:
        said.append(f"Started from a copy of {question.run} at step {theme.steps(question.step)}.")
    return said


def _rate(exponent: float) -> str:
    """The learning rate of an exponent: -0.71 -> '0.19'."""
    return theme.number(10**exponent, 2)
