"""A text that somebody types for a model, as the model's words spell it.

>>> fitted("Emma", Dataset.builtin())
'emma'
>>> understood("Emma", Dataset.builtin(), "predict_good")      # of what cannot be read it says why
'emma'
"""

from collections.abc import Callable

import streamlit as st

from core.dataset import END, Dataset, DatasetError
from explorer import session
from explorer.markdown import plain

LIVE = "350ms"  # a rest in typing after which a single line counts, as in `as_you_type` for text areas


def fitted(text: str, dataset: Dataset) -> str:
    """`text` with each capital in lower case where the words know only that; all else stays, known or not."""
    known = {END, *dataset.chars}
    return "".join(char.lower() if char not in known and char.lower() in known else char for char in text)


def one_word(text: str, dataset: Dataset) -> str:
    """`text` as the words spell it, without the spaces and dots around it. Raises DatasetError."""
    word = fitted(text.strip().strip(END), dataset)
    dataset.encode(word)
    if END in word:
        raise DatasetError("A dot ends a word: write one word without dots.")
    return word


def understood(text: str, dataset: Dataset, good: str, spelling: Callable[[str, Dataset], str] = fitted) -> str:
    """`text` as the words spell it; while they cannot, a warning, and what was understood before.

    `good`: the session's key for that. `spelling`: `fitted` or `one_word`.
    """
    try:
        word = spelling(text, dataset)
        dataset.encode(word)
    except DatasetError as error:
        word = known_only(session.get(good, ""), dataset)
        st.warning(refusal(error, word), icon=":material/rule:")
    session.put(good, word)
    return word


def refusal(error: Exception, shown: str) -> str:
    """Why what was typed is not shown, and what still is, as Markdown: the last that could be read.

    >>> refusal(DatasetError("'4' does not occur in these words."), "emma")
    "'4' does not occur in these words. Still showing: **emma**."
    """
    return f"{plain(str(error))} Still showing: **{plain(shown) or 'no letters'}**."


def known_only(text: str, dataset: Dataset) -> str:
    """`text` without the characters that the words have not (another run's text may still stand there)."""
    known = {END, *dataset.chars}
    return "".join(char for char in text if char in known)
