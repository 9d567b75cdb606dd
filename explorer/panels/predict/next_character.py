"""What comes next after a text, and words that the model makes up.

>>> predict_panel(info)
"""

import numpy as np
import streamlit as st

from core.lenses.predict import Word
from core.runs.info import RunInfo
from core.training.sampling import LONGEST
from explorer import session, theme
from explorer.charts.predict import next_character, prediction_tables
from explorer.feeds import models
from explorer.panels.lens import weights_after
from explorer.panels.live_chart import CHECKPOINT_TICK, live_chart
from explorer.panels.predict.embedding import embedding_panel
from explorer.panels.predict.reading import reading_panel
from explorer.panels.run.state import following, nothing_recorded
from explorer.panels.typed_text import LIVE, one_word, understood
from explorer.panels.view_switch import view_switch

TEXT, COUNT, SEED, GOOD = "predict_text", "predict_count", "predict_seed", "predict_good"
VIEW, NAMES, LETTERS, READING = "predict_view", "Names it writes", "Its letters", "What it goes by"
HELP = "What the model makes up, where its embedding puts the letters, or what its predictions depend on."
NOT_HERE = (
    "A watched run keeps no weights, and nobody here knows what its numbers mean: choose a run that was trained here."
)


def predict_panel(info: RunInfo) -> None:
    """Inputs stand outside what ticks, so that nothing happens to them while somebody types."""
    if info.kind == "watched":
        st.info(NOT_HERE, icon=":material/visibility:")
        return
    tick = CHECKPOINT_TICK if following(info) else None
    left, right = st.columns([6, 5], gap="medium")
    with left:
        text = st.text_input(
            "What has been written so far",
            session.get(session.keep(TEXT, "")),
            key=TEXT,
            placeholder="Nothing yet: the model chooses the first letter",
            max_chars=100,
            live=LIVE,
            help="Type the beginning of a name.",
        )
        st.fragment(_next, run_every=tick, key="predict_next")(info, session.moment(), text)
    with right:
        view = view_switch(VIEW, [NAMES, LETTERS, READING], "Beside it", HELP)
        if view == LETTERS:
            embedding_panel(info)
            return
        if view == READING:
            st.fragment(reading_panel, run_every=tick, key="predict_reading")(info, session.moment())
            return
        count, seed = _sample_controls()
        st.fragment(_words, run_every=tick, key="predict_words")(info, session.moment(), count, seed)


def _sample_controls() -> tuple[int, int]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        count = st.number_input("Names", 1, 200, session.get(session.keep(COUNT, 24)), key=COUNT, width=95)
        seed = st.number_input(
            "Seed",
            0,
            10**9,
            session.get(session.keep(SEED, 42)),
            key=SEED,
            width=125,
            help="The same seed and weights give the same names.",
        )
        st.button("New sample", icon=":material/casino:", on_click=lambda: session.put(SEED, (seed + 1) % (10**9 + 1)))
    return count, seed


def _next(info: RunInfo, moment: int | None, text: str) -> None:
    loaded = models.of_run(info.id, moment)
    if loaded is None:
        nothing_recorded(info, None)
        return
    text = understood(text, loaded.dataset, GOOD, one_word)
    probabilities = models.next_character(loaded, text)
    if not np.isfinite(probabilities).all():
        st.warning("The scores of this model are not numbers any more: drag the moment to an earlier step.")
        return
    if info.state == "diverged" and moment is None:
        st.warning(
            f"This run diverged at step {theme.steps(info.step)}: its last weights are of no use. Drag the moment to "
            "an earlier step.",
            icon=":material/trending_up:",
        )
    characters = (".", *loaded.dataset.chars)
    tables = prediction_tables(probabilities, characters, apart=2)
    said = "The probability of each next character, as bars."
    live_chart(next_character, tables, key="next", alt_text=said, symbols=len(characters))
    seen = loaded.dataset.decode(loaded.dataset.window(text, loaded.model.context))
    last = "character" if len(seen) == 1 else f"{len(seen)} characters"
    st.caption(
        f"{weights_after(loaded.step)} The model sees its last {last}: `` {seen} `` "
        "(a dot stands for nothing before the name, and ends it)."
    )


def _words(info: RunInfo, moment: int | None, count: int, seed: int) -> None:
    loaded = models.of_run(info.id, moment)
    if loaded is None or not np.isfinite(models.next_character(loaded, "")).all():
        return
    words = models.words(loaded, count, seed)
    written = [word for word in words if not word.empty]
    new, known = [word for word in written if not word.known], [word for word in written if word.known]
    st.caption(
        f"**New: {len(new)} of {len(written)}**",
        help="Names that the model made up: they are not among those it was trained on.",
    )
    st.code(_listed(new), language=None, wrap_lines=True)
    st.caption(f"**In the training data: {len(known)}**", help="Names that it has seen while training.")
    st.code(_listed(known), language=None, wrap_lines=True)
    if empty := len(words) - len(written):
        st.caption(f"Empty: {empty} of {len(words)}, ended before the first letter.")
    if not all(word.ended for word in words):
        st.caption(f"…: cut off after {LONGEST} characters, the model had not ended the name.")


def _listed(words: list[Word]) -> str:
    return "  ".join(word.text if word.ended else f"{word.text}…" for word in words) or "none"
