"""The negative log-likelihood of a typed word, as the course works it out.

>>> word_loss(of(dataset))
"""

import numpy as np
import pandas as pd
import streamlit as st

from core.lenses.bigram import steps_of
from explorer import session, theme
from explorer.charts.bigram import cost_tables, pair_costs
from explorer.labs.bigram.counts import Bigram, smoothing_slider
from explorer.markdown import plain
from explorer.panels.live_chart import live_chart
from explorer.panels.typed_text import LIVE, one_word, understood
from explorer.panels.word_choice import suggest

WORD, GOOD = "bigram_word", "bigram_good"
LONGEST = 20


def word_loss(bigram: Bigram) -> None:
    suggest(WORD, bigram.dataset.words[0][:LONGEST])
    typed, strength = st.columns([3, 4], gap="medium")
    with typed:
        text = st.text_input("A word", session.get(WORD), key=WORD, max_chars=LONGEST, live=LIVE)
    with strength:
        smoothing = smoothing_slider()
    word = understood(text, bigram.dataset, GOOD, one_word)
    steps = steps_of(word, bigram.dataset, bigram.counts, bigram.probabilities(smoothing))
    usual = bigram.loss(smoothing)
    left, right = st.columns([7, 6], gap="medium")
    with left:
        _table(steps)
    with right:
        said = "Bars: what each pair of the word adds to its loss; lines: the mean of this word, of all words, uniform."
        tables = cost_tables(steps, usual, len(bigram.counts))
        live_chart(pair_costs, tables, key="pair_costs", alt_text=said, pairs=tuple(steps["pair"]))
    loss = -steps["log_probability"].mean()
    if np.isinf(loss):
        never = steps["pair"][steps["probability"] == 0].unique()
        st.warning(
            f"{', '.join(map(plain, never))} never occur{'s' if len(never) == 1 else ''} in the words: probability 0, "
            "its log −∞, the loss endless. Add some smoothing.",
            icon=":material/all_inclusive:",
        )
    else:
        compared = "less" if loss > usual else "more"
        st.caption(
            f"**{plain(word) or 'The end alone'}**: a loss of {loss:.4f} means that its pairs have a probability of "
            f"{_probability(np.exp(-loss))} on the (geometric) average. Over all words the loss is {usual:.4f}, so "
            f"this word's pairs are {compared} likely than usual. Guessing evenly costs log {len(bigram.counts)} = "
            f"{bigram.guessing:.4f}."
        )


def _table(steps: pd.DataFrame) -> None:
    """Pair by pair, then sum, negative and mean, as the course prints them."""
    total = steps["log_probability"].sum()
    mean = -total / len(steps)
    rows = [
        {
            "pair": f"`{row.pair}`",
            "counted": f"{theme.steps(row.times)} of {theme.steps(row.total)}",
            "probability": _probability(row.probability),
            "log probability": _four(row.log_probability),
        }
        for row in steps.rename(columns={"count": "times"}).itertuples()
    ]
    ends = (("**sum**", "log-likelihood", total), ("**× −1**", "negative log-likelihood", -total))
    mean_row = ("**mean**", f"the loss: over {len(steps)} pair{'' if len(steps) == 1 else 's'}", mean)
    for name, what, value in (*ends, mean_row):
        bold = f"**{_four(value)}**" if name == "**mean**" else _four(value)
        rows.append({"pair": name, "counted": what, "probability": "", "log probability": bold})
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True)


def _probability(value: float) -> str:
    """Four decimals, as in the course; where they would hide it, its digits: 0.0476, 3.10e-5."""
    return f"{value:.4f}" if value >= 0.001 else theme.number(value)


def _four(value: float) -> str:
    return (f"{value:.4f}" if np.isfinite(value) else "∞" if value > 0 else "−∞").replace("-", "−")
