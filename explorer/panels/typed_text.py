"""A text that somebody types for a model, as the model's words spell it.

>>> fitted("Emma", Dataset.builtin())
'emma'
"""

from core.dataset import END, Dataset

LIVE = "350ms"  # a rest in typing after which a single line counts, as in `as_you_type` for text areas


def fitted(text: str, dataset: Dataset) -> str:
    """`text` with each capital in lower case where the words know only that; all else stays, known or not."""
    known = {END, *dataset.chars}
    return "".join(char.lower() if char not in known and char.lower() in known else char for char in text)


def known_only(text: str, dataset: Dataset) -> str:
    """`text` without the characters that the words have not (another run's text may still stand there)."""
    known = {END, *dataset.chars}
    return "".join(char for char in text if char in known)
