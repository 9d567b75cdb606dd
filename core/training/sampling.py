"""What a model says comes next, and the words it makes up."""

import numpy as np

from core.dataset import Dataset
from core.nn.loss import softmax
from core.nn.sequential import Sequential

SEED = 2147483647  # the course's
LONGEST = 30  # characters: early models do not know yet where a word ends


def next_character_distribution(model: Sequential, dataset: Dataset, prefix: str) -> np.ndarray:
    """Probabilities of what follows `prefix`, float64 (vocabulary,), by code: 0 is the end of the word.

    >>> p = next_character_distribution(model, names, "emm")
    >>> names.decode([p.argmax()])     # of a model that is trained
    'a'

    Evaluation mode; training goes on as if nobody had asked. Raises DatasetError for a character not in the dataset.
    """
    return softmax(model.evaluate(dataset.window(prefix, model.context)[None]))[0]


def sample(model: Sequential, dataset: Dataset, n: int = 10, seed: int = SEED, longest: int = LONGEST) -> list[str]:
    """n words that the model makes up, character by character; cut off after `longest`.

    >>> sample(model, names)[:3]       # of a model that is trained
    ['carmah', 'amela', 'khyria']

    The i-th character of the k-th word always takes the same random number, so that what differs from one moment of a
    run to the next is the model.
    """
    uniform = np.random.default_rng(seed).random((n, longest))
    contexts = np.zeros((n, model.context), np.int64)
    codes = np.zeros((n, longest), np.int64)
    going = np.ones(n, bool)
    for i in range(longest):
        next_codes = drawn(model.evaluate(contexts), uniform[:, i])
        going &= next_codes != 0
        if not going.any():
            break
        codes[:, i] = next_codes * going
        contexts = np.concatenate([contexts[:, 1:], next_codes[:, None]], axis=1)
    return [dataset.decode(word[: np.argmin(word) if word.min() == 0 else longest]) for word in codes]


def drawn(logits: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """One code a row, (N,), drawn from the softmax of logits (N, V) by a random number in 0 to 1 each, (N,)."""
    reached = np.cumsum(softmax(logits), axis=1)
    return (reached[:, :-1] <= uniform[:, None] * reached[:, -1:]).sum(axis=1)
