"""The learning-rate finder for the current run's model or a preset, and the rate read off it put into the setup form.

>>> learning_rate_lab()
"""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import streamlit as st

from core.dataset import DatasetError
from core.lenses import learning_rate
from core.lenses.learning_rate import FinderError, Finding
from core.nn.notation import ModelTextError
from core.training.config import ConfigError
from explorer import session, theme
from explorer.charts.learning_rate import finder_chart, finder_tables, growing_tables
from explorer.feeds import recorded
from explorer.labs.learning_rate.question import Question, ask
from explorer.labs.learning_rate.words import words
from explorer.markdown import plain
from explorer.navigation import go
from explorer.panels.live_chart import live_chart
from explorer.panels.run.setup import prefill
from explorer.shared import Shared

READING, READ_OF = "finder_reading", "finder_read_of"
CUT_SHORT = "finder_cut_short"
DROP = 10  # the rate after the drop is so many times smaller, as in the course
_findings = Shared(seconds=float("inf"), size=32)


def learning_rate_lab() -> None:
    question = ask()
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
        st.caption(" ".join(words(finding, question)))
        if finding.late is not None:
            st.button("Search again", icon=":material/refresh:", on_click=session.put, args=(CUT_SHORT, None))
    reading = _reading(question, finding)
    draw(finder_tables(finding, reading, question.low, question.high))


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
