"""What the views of the Bigram page share: the counts of the chosen words, and the strengths of smoothing.

>>> of(dataset).counts.shape, of(dataset).loss(smoothing=1)
((27, 27), 2.4549...)
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.dataset import Dataset
from core.lenses.bigram import counts, nll, probabilities, smoothing_curve
from explorer import session, theme
from explorer.shared import Shared

SMOOTHING, ROW = "bigram_smoothing", "bigram_row"
STRENGTHS = (0.0, *(float(f"{10 ** (tenth / 10):.3g}") for tenth in range(-20, 61)))  # ten a decade, 0.01 to a million
_bigrams = Shared(seconds=3600, size=16)
_curves = Shared(seconds=3600, size=16)


@dataclass(frozen=True)
class Bigram:
    """The counts of a list of words."""

    dataset: Dataset
    counts: np.ndarray  # (V, V)

    @property
    def symbols(self) -> str:
        return "." + self.dataset.chars

    def probabilities(self, smoothing: float) -> np.ndarray:
        return probabilities(self.counts, smoothing)

    def loss(self, smoothing: float) -> float:
        """Mean negative log-likelihood over all words."""
        return nll(self.counts, self.probabilities(smoothing))

    @property
    def guessing(self) -> float:
        """The loss of a model that holds all characters for equally likely."""
        return float(np.log(len(self.counts)))

    def curve(self) -> pd.DataFrame:
        """Losses for all STRENGTHS above 0: see `core.lenses.bigram.smoothing_curve`."""
        return _curves.get(self.dataset.sha256, lambda: smoothing_curve(self.dataset, STRENGTHS[1:]))


def of(dataset: Dataset) -> Bigram:
    return _bigrams.get(dataset.sha256, lambda: Bigram(dataset, counts(dataset)))


def smoothing_slider(key: str = SMOOTHING, disabled: bool = False) -> float:
    """The slider of a key; views that give none share theirs."""
    return st.select_slider(
        "Smoothing: added to every count",
        STRENGTHS,
        value=session.get(session.keep(key, 1.0)),
        key=key,
        format_func=theme.number,
        disabled=disabled,
        help="With 1 added no pair is impossible. The more is added, the more alike all characters become.",
    )


def row_picker(bigram: Bigram, label: str = "After", said: str = "", **options) -> int:
    """Which character's row is looked at: its code. `said` stands before each character in the menu."""
    symbols = bigram.symbols
    chosen = session.get(session.keep_choice(ROW, symbols))
    chosen = st.selectbox(
        label,
        list(symbols),
        index=symbols.index(chosen),
        key=ROW,
        format_func=lambda symbol: said + ("beginning ( . )" if symbol == "." else symbol),
        **options,
    )
    return symbols.index(chosen)
