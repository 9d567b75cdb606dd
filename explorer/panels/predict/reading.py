"""What a model goes by, in four losses and a sentence: `core/lenses/reading.py` measures it.

>>> st.fragment(reading_panel, run_every=1.0)(info, moment)
"""

import math

import streamlit as st

from core.lenses.reading import EXAMPLES, Reading
from core.runs.info import RunInfo
from core.spelling import loss
from explorer.feeds import models

COUNTED = (
    f"Inside words, up to {EXAMPLES:,} contexts: how a word ends is not asked, so this is not Train's validation loss. "
    "The first row should be the lowest; the nearer to guessing, the less the model knows."
)
SAME = 5e-4  # of the probability: less is what rounding moves


def reading_panel(info: RunInfo, moment: int | None) -> None:
    loaded = models.of_run(info.id, moment)
    if loaded is None:
        return
    found = models.reading(loaded)
    st.markdown(_table(found, math.log(loaded.dataset.vocab_size)))
    st.caption(COUNTED)
    st.caption(_company(found.moved))


def _table(found: Reading, guessing: float) -> str:
    rows = {
        "The next letter": found.loss,
        "The same, its text turned round": found.turned,
        "The letter after the next": found.after,
        "Guessing, for comparison": guessing,
    }
    lines = [f"| {name} | {loss(value)} |" for name, value in rows.items()]
    return "\n".join(["| Loss inside validation words | |", "| :-- | --: |", *lines])


def _company(moved: float) -> str:
    if not math.isfinite(moved):
        return "Its scores are not numbers any more."
    if moved < SAME:
        return "Predicted alone or among others, a text gets the same probabilities."
    return (
        f"Predicted alone, a text gets other probabilities than among others: **{moved:.1%}** of the probability moves."
    )
