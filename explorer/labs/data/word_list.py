"""A list of words in numbers: how long, which symbols, which splits, and what the splits share.

>>> word_list(dataset)
"""

import pandas as pd
import streamlit as st

from core.dataset import Dataset
from core.lenses.data.words import Summary, splits, summary, symbols
from explorer import theme
from explorer.charts.data_words import symbol_table, symbols_chart
from explorer.charts.word_lengths import length_table, word_lengths
from explorer.feeds import recorded
from explorer.panels.live_chart import live_chart
from explorer.shared import Shared

CONTEXT = 8  # of the course's last models
HEIGHT = 190
_facts = Shared(seconds=3600, size=16)


def word_list(dataset: Dataset) -> None:
    with st.spinner("Counting words"):
        facts, parts, letters, lengths = _facts.get(
            dataset.sha256,
            lambda: (summary(dataset), splits(dataset), symbol_table(symbols(dataset)), length_table(dataset.words)),
        )
    _numbers(facts)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        said = f"Bars: how many words have each length, from {facts.shortest} to {facts.longest} letters."
        live_chart(word_lengths, lengths, key="lengths", alt_text=said, context=CONTEXT, height=HEIGHT)
        if facts.longest > CONTEXT:
            st.caption(f"Grey: longer than the course's context, {CONTEXT}.")
    with right:
        said = f"Bars: how often each of the {facts.symbols} symbols is the one to predict."
        every = (".", *dataset.chars)
        live_chart(symbols_chart, letters, key="symbols", alt_text=said, symbols=every, height=HEIGHT)
    _splits(facts, parts, builtin=dataset.sha256 == recorded.store().dataset("").sha256)


def _numbers(facts: Summary) -> None:
    columns = st.columns(5)
    columns[0].metric("Words", theme.steps(facts.words))
    columns[1].metric("Distinct", theme.steps(facts.distinct), help="Words that are not equal.")
    columns[2].metric("Symbols", facts.symbols, help="Letters, and the dot that ends a word.")
    columns[3].metric("Examples", theme.steps(facts.examples), help="One per letter and one per end of a word.")
    columns[4].metric("Letters a word", f"{facts.shortest} to {facts.longest}")


def _splits(facts: Summary, parts: pd.DataFrame, builtin: bool) -> None:
    table = pd.DataFrame(
        {
            "split": ["train, to learn from", "val, to choose by", "test, for the end"],
            "words": parts["words"].map(theme.steps),
            "examples": parts["examples"].map(theme.steps),
            "distinct words": parts["distinct"].map(theme.steps),
            **{
                f"also in {other}": [
                    "–" if row["split"] == other else _part(row[f"in_{other}"], row["distinct"])
                    for _, row in parts.iterrows()
                ]
                for other in parts["split"]
            },
        }
    )
    st.table(table, border="horizontal", hide_index=True)
    girls_and_boys = " (the built-in list has a name twice that is given to girls and boys)" if builtin else ""
    shared = int(parts.set_index("split").loc["val", "in_train"])
    repeat = "1 word repeats" if facts.repeated == 1 else f"{theme.steps(facts.repeated)} words repeat"
    also = "1 word of val also stands" if shared == 1 else f"{theme.steps(shared)} words of val also stand"
    if facts.repeated:
        said = f"{repeat} an earlier one{girls_and_boys}, so {also} in train: a model can know those by heart."
    else:
        said = "No word repeats an earlier one, so no split shares a word with another."
    st.caption(f"Words are shuffled with seed 42 and split 80 / 10 / 10. {said}")


def _part(shared: int, distinct: int) -> str:
    return f"{theme.steps(shared)} ({shared / max(distinct, 1):.1%})"
