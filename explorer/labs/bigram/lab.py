"""The bigram model in four pictures: counts, the loss of a word, smoothing beside L2, and the network.

>>> bigram_lab()
"""

import streamlit as st

from core.lenses.bigram import words_from
from explorer import session, theme
from explorer.charts.bigram import PICK, map_tables, pair_map
from explorer.charts.predict import next_character, prediction_tables
from explorer.labs.bigram.counts import ROW, SMOOTHING, Bigram, of, row_picker, smoothing_slider
from explorer.labs.bigram.network import network
from explorer.labs.bigram.smoothing import smoothing_and_l2
from explorer.labs.bigram.word import word_loss
from explorer.panels.live_chart import live_chart
from explorer.panels.view_switch import chosen_view, switch, view_switch
from explorer.panels.word_choice import choose_words

VIEW, SHOWN, MAP = "bigram_view", "bigram_shown", "bigram_map"
COUNTS, WORD, SMOOTH, NETWORK = "Counts", "The loss of a word", "Smoothing and L2", "The network"
LOOK_FOR = {
    COUNTS: "Look for dark cells: pairs of letters that names are full of. Click a row to see it as a distribution.",
    WORD: "Look which pair makes a word unlikely: its loss is the mean of −log probability over all its pairs.",
    SMOOTH: "Look how bars and strokes move together: L2 does to the weights what smoothing does to the counts.",
    NETWORK: "Press Play: the network starts from random weights and comes to the counts' picture by gradients alone.",
}
NAMES, LONGEST = 10, 16


def look_for() -> str:
    """What to look for in the picture that is chosen."""
    return LOOK_FOR[chosen_view(VIEW, LOOK_FOR)]


def bigram_lab() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", gap="medium"):
        view = view_switch(VIEW, LOOK_FOR)
        bigram = of(choose_words())
    draw = {COUNTS: _counts, WORD: word_loss, SMOOTH: smoothing_and_l2, NETWORK: network}[view]
    draw(bigram)


def _counts(bigram: Bigram) -> None:
    loss = bigram.loss(session.get(session.keep(SMOOTHING, 1.0)))
    st.caption(
        f"Loss **{theme.loss(loss)}**; guessing evenly costs log {len(bigram.counts)} = "
        f"**{theme.loss(bigram.guessing)}**. Of {theme.steps(int(bigram.counts.sum()))} pairs, rows are the character "
        "before, columns the one after; a dot is beginning and end."
    )
    picture, beside = st.columns([7, 5], gap="medium")
    with beside:
        with st.container(horizontal=True, wrap=False, vertical_alignment="bottom", gap="small"):
            names = {"count": "Counts", "probability": "Probabilities"}
            what = switch(SHOWN, list(names), "Shades", format_func=names.get)
            row = row_picker(bigram, said="after ", label_visibility="collapsed", width=158)
        smoothing = smoothing_slider()
        fitted = bigram.probabilities(smoothing)
        characters = tuple(bigram.symbols)
        said = f"Bars: how probable each character is after {characters[row]!r}."
        live_chart(
            next_character,
            prediction_tables(fitted[row], characters, apart=2),
            key="bigram_row_chart",
            alt_text=said,
            symbols=len(characters),
            height=160,
        )
        st.caption(f"{NAMES} words drawn from these probabilities")
        st.code("  ".join(map(_cut, words_from(fitted, bigram.dataset, NAMES))), language=None, wrap_lines=True)
    with picture:
        shown = bigram.counts if what == "count" else fitted
        live_chart(
            pair_map,
            map_tables(bigram.counts, shown, fitted, bigram.symbols, row),
            key=MAP,
            alt_text="A map of pairs: rows are the character before, columns the one after, shades how often it comes.",
            on_select=lambda: _pick(bigram),
            selection_mode=[PICK],
            symbols=characters,
            what=what,
        )


def _pick(bigram: Bigram) -> None:
    """A click on the map chooses the row, as the menu does."""
    rows = (session.get(MAP) or {}).get("selection", {}).get(PICK, [])
    row = int(rows[0].get("row", -1)) if rows else -1
    if 0 <= row < len(bigram.symbols):
        session.put(ROW, bigram.symbols[row])


def _cut(word: str) -> str:
    return (word if len(word) <= LONGEST else f"{word[:LONGEST]}…") or "(empty)"
