"""Where the current run's embedding puts the letters, at the current moment.

>>> embedding_panel(info)
"""

import numpy as np
import streamlit as st

from core.lenses.embedding import Letters
from core.nn.notation import parse
from core.runs.info import RunInfo
from explorer import session, theme
from explorer.charts.embedding import embedding_chart, letter_tables
from explorer.feeds import embedding, recorded
from explorer.panels.lens import weights_after
from explorer.panels.live_chart import CHECKPOINT_TICK, live_chart
from explorer.panels.run.state import following, nothing_recorded

LEGEND = "Circles: vowels. Squares: consonants. Diamond: the end."
HIDDEN = 0.06  # of the axes' reach: a shorter line lies behind its mark, or almost


def embedding_panel(info: RunInfo) -> None:
    tick = CHECKPOINT_TICK if following(info) else None
    st.fragment(_letters, run_every=tick, key="predict_letters")(info, session.moment())


def _letters(info: RunInfo, moment: int | None) -> None:
    if not any(spec.kind == "Embedding" for spec in parse(recorded.config(info.id).model)):
        st.info("This model has no embedding: its letters are one-hot rows, each as far from every other.")
        return
    letters = embedding.letters(info.id, moment)
    if letters is None:
        nothing_recorded(info, None)
        return
    said = "The characters as marks where the embedding puts them: vowels as circles, consonants as squares."
    live_chart(embedding_chart, letter_tables(letters), key="embedding", alt_text=said)
    st.caption(f"{weights_after(letters.step)} {_plane(letters)} {LEGEND} {_lines(letters)}{_lost(letters)}")


def _plane(letters: Letters) -> str:
    if letters.channels <= 2:
        count = "own two dimensions" if letters.channels == 2 else "only dimension"
        return f"The axes are the embedding's {count}."
    return (
        f"Of its {letters.channels} dimensions the picture shows the plane of two principal components, the "
        f"same at every step: {letters.share:.0%} of the variance here."
    )


def _lines(letters: Letters) -> str:
    moved = np.linalg.norm(letters.places - letters.first, axis=1)[letters.finite]
    if moved.size and np.median(moved) > HIDDEN * letters.reach:
        return "Lines: from where they began."
    return "Few have moved far from where they began: groups take thousands of steps."


def _lost(letters: Letters) -> str:
    lost = int((~letters.finite).sum())
    return f" {theme.steps(lost)} are not drawn: their numbers are not finite." if lost else ""
