"""What a model predicts after a text, and the words it makes up."""

from dataclasses import dataclass

import numpy as np

from core.dataset import Dataset
from core.nn.sequential import Sequential

LONGEST = 40  # characters: a model that never ends a word is stopped here


@dataclass(frozen=True)
class Word:
    """A word that a model made up: `Word("emma", known=True, ended=True)`."""

    text: str
    known: bool  # it stands in the words that the model is trained on
    ended: bool  # by the model itself, within LONGEST characters


def next_character(model: Sequential, dataset: Dataset, text: str) -> np.ndarray:
    """The probability of each symbol to come after `text`: float64 (V,), symbol 0 is the word's end.

    >>> next_character(model, dataset, "emm").argmax()
    1

    The model sees the last `model.context` characters. Raises DatasetError for a character that it has never seen.
    """
    return _probabilities(model.evaluate(dataset.window(text, model.context)[None]))[0]


def sample_words(model: Sequential, dataset: Dataset, count: int, seed: int) -> list[Word]:
    """`count` words, drawn character by character from the model's own distribution (temperature 1).

    Every word has random numbers of its own, from the seed and its place: asking for more words leaves the first ones
    as they are. A model whose scores are not finite makes words of no letters that have not `ended`.
    """
    dice = np.array([np.random.default_rng([seed, i]).random(LONGEST) for i in range(count)])  # (count, LONGEST)
    contexts = np.zeros((count, model.context), np.int64)
    codes: list[list[int]] = [[] for _ in range(count)]
    ended = np.zeros(count, bool)
    for place in range(LONGEST):
        going = np.flatnonzero(~ended)
        if not len(going):
            break
        cumulative = _probabilities(model.evaluate(contexts[going])).cumsum(axis=1)
        if not np.isfinite(cumulative).all():
            break
        # the first symbol whose cumulated probability exceeds the die; the last one where rounding left a gap
        drawn = np.minimum((cumulative <= dice[going, place, None]).sum(axis=1), dataset.vocab_size - 1)
        contexts[going] = np.concatenate([contexts[going, 1:], drawn[:, None]], axis=1)
        ended[going] = drawn == 0
        for i, code in zip(going, drawn, strict=True):
            if code:
                codes[i].append(int(code))
    known = set(dataset.splits["train"])
    texts = [dataset.decode(word) for word in codes]
    return [Word(text, text in known, bool(end)) for text, end in zip(texts, ended, strict=True)]


def _probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax of each row, in float64; a row of scores that are not finite gives NaN."""
    with np.errstate(invalid="ignore"):
        scores = logits.astype(np.float64)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
