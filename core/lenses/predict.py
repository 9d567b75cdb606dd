"""The words a model makes up, held against those it was trained on."""

from dataclasses import dataclass

from core.dataset import Dataset
from core.nn.sequential import Sequential
from core.training.sampling import LONGEST, sample


@dataclass(frozen=True)
class Word:
    """A word that a model made up."""

    text: str
    known: bool  # it stands in the words that the model is trained on
    ended: bool  # by the model itself, within LONGEST characters

    @property
    def empty(self) -> bool:
        """Ended before its first letter: no word, neither known nor new."""
        return not self.text


def made_up(model: Sequential, dataset: Dataset, count: int, seed: int) -> list[Word]:
    """`count` words drawn from the model's own distribution (temperature 1).

    >>> made_up(model, names, count=2, seed=42)
    [Word(text='emma', known=True, ended=True), Word(text='jorlin', known=False, ended=True)]

    Asking for more words leaves the first ones as they are.
    """
    known = set(dataset.splits["train"])
    return [Word(text, text in known, len(text) < LONGEST) for text in sample(model, dataset, count, seed)]
