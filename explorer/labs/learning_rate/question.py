"""What is asked of the learning-rate finder: which model, which rates, how many steps, from which weights.

>>> question = ask()        # draws the controls
"""

from dataclasses import dataclass, replace

import streamlit as st

from core.dataset import DatasetError
from core.lenses import learning_rate
from core.lenses.learning_rate import FEWEST, HIGHEST, LOWEST, MOST, USUAL
from core.nn.notation import ModelTextError
from core.nn.presets import preset
from core.training.config import ConfigError, RunConfig, of_preset
from explorer import session
from explorer.feeds import recorded
from explorer.panels.model_source import Source, choose_model, known_run
from explorer.shared import Shared

MODEL, EXPONENTS, STEPS, GOES_ON = "finder_model", "finder_exponents", "finder_steps", "finder_goes_on"
STEPS_OF = "finder_steps_of"
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


def ask() -> Question:
    """Draws the controls, and returns what they ask."""
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
        session.put(STEPS, fitting(config))


def fitting(config: RunConfig) -> int:
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
