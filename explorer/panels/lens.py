"""What every lens page has: a question, what to look for, and more to read below the picture.

>>> head("What does each layer put out?", "Look for histograms that fill the range without piling up at its ends.")
>>> more("A Tanh ...", page="activations", try_this="Train wavenet-bug and compare.")
"""

import streamlit as st

from core.training.frame import Frame
from explorer import theme
from explorer.chapters import CHAPTERS
from explorer.charts.frame_rows import kind_of
from explorer.panels.diagnosis_cards import diagnosis_cards


def head(question: str, look_for: str, help: str | None = None, findings: bool = False) -> None:
    """`help` explains the terms of the sentence; with `findings` what is wrong with the run stands beside the title."""
    if findings:
        title, beside = st.columns([4, 1], vertical_alignment="center")
        with title:
            st.title(question)
        with beside:
            diagnosis_cards()
    else:
        st.title(question)
    st.caption(look_for, help=help)


def more(words: str, page: str, try_this: str) -> None:
    """`page` names its chapter of the course. Folded away, so that the picture keeps the screen."""
    with st.expander("More on this picture, and something to try", icon=":material/menu_book:"):
        st.markdown(words)
        st.markdown(f"**Try this:** {try_this}")
        st.caption(f"In the course: {CHAPTERS[page]}.")


def weights_after(updates: int) -> str:
    """Which weights a picture shows: "Weights after 200,000 updates."."""
    return f"Weights after {theme.steps(updates)} update{'' if updates == 1 else 's'}."


def at_moment(frame: Frame, moment: int | None) -> str:
    """Which moment a picture shows: "Step 1,000, batch loss 2.31, learning rate 0.1."; a model that counts has none."""
    asked = f" (the nearest recorded before {theme.steps(moment)})" if moment not in (None, frame.step) else ""
    how = f"Step {theme.steps(frame.step)}{asked}, batch loss {theme.loss(frame.loss)}"
    if any(kind_of(tensor.layer) == "Counts" for tensor in frame.tensors):
        return f"{how}, before this batch was counted."
    return f"{how}, learning rate {frame.lr:g}."
