"""What models learn from, one picture at a time: a word's examples, the list, contexts, distances, files of one's own.

>>> data_lab()
"""

import streamlit as st

from core.dataset import Dataset
from core.lenses.data.words import examples_of
from explorer import session, theme
from explorer.charts.data_words import example_tables, examples_chart
from explorer.labs.data.dimensions import contexts, distances
from explorer.labs.data.word_list import word_list
from explorer.markdown import plain
from explorer.panels.live_chart import live_chart
from explorer.panels.typed_text import LIVE, one_word, understood
from explorer.panels.view_switch import chosen_view, view_switch
from explorer.panels.word_choice import CHOSEN, choose_words, suggest
from explorer.panels.word_loader import kept_lists, load_words

VIEW, WORD, CONTEXT, GOOD = "data_view", "data_word", "data_context", "data_good"
EXAMPLES, LIST, CONTEXTS, DISTANCES, OWN = "One word", "The list", "Contexts", "Distances", "Your own file"
LOOK_FOR = {
    EXAMPLES: "Look how one word becomes many examples: what a model can see, and the character that comes next.",
    LIST: "Look how many words stand in more than one split: a model that knows them by heart looks better than it is.",
    CONTEXTS: "Look where the two lines part: from a few characters on, hardly any possible context is ever seen.",
    DISTANCES: "Look how distances between random points become alike: in many dimensions no point is near another.",
    OWN: "Load words of your own: each line is checked, and what is kept can be chosen here and where you train.",
}
LONGEST_WORD, LONGEST_CONTEXT = 20, 16  # what a projector's screen can show


def look_for() -> str:
    """What to look for in the picture that is chosen."""
    return LOOK_FOR[chosen_view(VIEW, LOOK_FOR)]


def data_lab() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", gap="medium"):
        view = view_switch(VIEW, LOOK_FOR)
        dataset = choose_words()
    if view == DISTANCES:
        distances()
    elif view == OWN:
        _own_file()
    else:
        draw = {EXAMPLES: _one_word, LIST: word_list, CONTEXTS: contexts}[view]
        draw(dataset)


def _one_word(dataset: Dataset) -> None:
    suggest(WORD, dataset.words[0][:LONGEST_WORD])
    typed, window = st.columns([3, 2], gap="medium")
    with typed:
        text = st.text_input(
            "A word",
            session.get(WORD),
            key=WORD,
            max_chars=LONGEST_WORD,
            live=LIVE,
            placeholder="Nothing yet: even no letters have an end",
        )
    with window:
        context = st.slider(
            "Context length",
            1,
            LONGEST_CONTEXT,
            session.get(session.keep(CONTEXT, 3)),
            key=CONTEXT,
            help="How many characters a model sees: T. The course begins with 3 and ends with 8.",
        )
    word = understood(text, dataset, GOOD, one_word)
    X, Y = examples_of(word, dataset, context)
    symbols = "." + dataset.chars
    said = (
        f"{len(Y)} rows, one an example of the word {word!r}: {context} characters of context and the one to predict."
    )
    tables = example_tables(X, Y, symbols)
    live_chart(examples_chart, tables, key="examples", alt_text=said, rows=len(Y), context=context)
    st.caption(
        f"{_made(word)} A dot (code 0) fills the context before the word "
        f"begins, and is the target that ends it. {theme.steps(dataset.vocab_size)} symbols have codes."
    )


def _made(word: str) -> str:
    """ "emma: 4 letters and the end make 5 examples." """
    if not word:
        return "No letters: the end alone makes 1 example."
    letters = "1 letter" if len(word) == 1 else f"{len(word)} letters"
    return f"**{plain(word)}**: {letters} and the end make {len(word) + 1} examples."


def _own_file() -> None:
    load_words("data", on_use=lambda option: session.put(CHOSEN, option))
    kept_lists()
