"""Smoothing of counts beside L2 on weights: two sliders, one effect.

>>> smoothing_and_l2(of(dataset))
"""

import numpy as np
import streamlit as st

from core.dataset import SPLITS
from core.lenses.bigram import nll, smoothing_curve, softmax
from core.lenses.bigram_l2 import distance, matching_smoothing, optimum
from explorer import session, theme
from explorer.charts.bigram import row_tables, smoothing_chart, smoothing_tables, two_rows
from explorer.labs.bigram.counts import STRENGTHS, Bigram, row_picker, smoothing_slider
from explorer.panels.live_chart import live_chart
from explorer.shared import Shared

STRENGTH, TIED, BESIDE = "bigram_l2", "bigram_tied", "bigram_beside"  # BESIDE: the smoothing beside L2
L2S = (0.0, *(float(f"{10 ** (tenth / 10):.3g}") for tenth in range(-40, 41)))  # ten a decade, 0.0001 to 10,000
_optima = Shared(seconds=3600, size=128)


def smoothing_and_l2(bigram: Bigram) -> None:
    first, second, third, fourth = st.columns([8, 8, 3, 5], gap="medium", vertical_alignment="bottom")
    with second:
        l2 = st.select_slider(
            "L2: times the mean of W²",
            L2S,
            value=session.get(session.keep(STRENGTH, 0.01)),
            key=STRENGTH,
            format_func=theme.number,
            help="Added to the network's loss. Its distribution is the one at which the gradient is 0, where training "
            "with this L2 ends.",
        )
    with third:
        tied = st.toggle(
            "Tied",
            value=session.get(session.keep(TIED, True)),
            key=TIED,
            help="Smoothing follows L2. Theory: where both are strong, L2 does what 2 · L2 · N / V² more in every "
            "count does.",
        )
    if tied:
        session.put(BESIDE, _nearest(matching_smoothing(bigram.counts, l2)))
    with first:
        smoothing = smoothing_slider(BESIDE, disabled=tied)
    with fourth:
        row = row_picker(bigram)
    smoothed, learnt = bigram.probabilities(smoothing), _learnt(bigram, l2)
    left, right = st.columns(2, gap="medium")
    with left:
        tables = smoothing_tables(bigram.curve(), smoothing, len(bigram.counts))
        said = "Lines: the loss over all words and over each split against smoothing, up to that of a uniform guess."
        live_chart(smoothing_chart, tables, key="smoothing", alt_text=said)
        _losses(bigram, smoothing)
    with right:
        characters = tuple(bigram.symbols)
        said = f"The distribution after {characters[row]!r}: bars with smoothing, strokes with L2."
        tables = row_tables(smoothed[row], learnt[row], characters)
        live_chart(two_rows, tables, key="two_rows", alt_text=said, symbols=characters)
        _numbers(bigram, l2, smoothed, learnt)


def _losses(bigram: Bigram, smoothing: float) -> None:
    row = smoothing_curve(bigram.dataset, [smoothing]).iloc[0]
    splits = ", ".join(f"{split} {_loss(row[split])}" for split in SPLITS)
    st.caption(
        f"With {theme.number(smoothing)} added to every count the loss over all words is **{_loss(row['all'])}**; "
        f"{splits} (these three counted on train alone). A smoothing of 0 is drawn at the left end."
    )


def _numbers(bigram: Bigram, l2: float, smoothed: np.ndarray, learnt: np.ndarray) -> None:
    counts, pairs = bigram.counts, theme.steps(int(bigram.counts.sum()))
    matching = theme.number(matching_smoothing(counts, l2), 2)  # what the slider can show is near
    uniform = np.full(counts.shape, 1 / len(counts))
    apart, *far = (distance(p, q, counts) for p, q in ((smoothed, learnt), (smoothed, uniform), (learnt, uniform)))
    st.caption(
        f"The two are **{apart:.2%}** apart (the probability that would have to be moved). From guessing evenly, "
        f"smoothing is {far[0]:.1%} apart and L2 {far[1]:.1%}. With this L2 the loss is {nll(counts, learnt):.4f}. It "
        f"goes with a smoothing of 2 · {l2:g} · {pairs} / {len(counts)}² ≈ {matching}."
    )


def _loss(value: float) -> str:
    return f"{value:.4f}" if np.isfinite(value) else "∞"


def _nearest(smoothing: float) -> float:
    """The slider's place for a smoothing."""
    return min(STRENGTHS[1:], key=lambda strength: abs(np.log(strength / smoothing))) if smoothing else 0.0


def _learnt(bigram: Bigram, l2: float) -> np.ndarray:
    """Where training ends; without L2 it is the counts' own distribution, which it approaches for ever."""
    if l2 == 0:
        return bigram.probabilities(0)
    return _optima.get((bigram.dataset.sha256, l2), lambda: softmax(optimum(bigram.counts, l2)))
