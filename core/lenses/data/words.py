"""What a list of words is made of: examples of a word, symbols, splits and what they share.

>>> from core.dataset import Dataset
>>> contexts, targets = examples_of("emma", Dataset.builtin(), context=3)
>>> contexts.tolist(), targets.tolist()
([[0, 0, 0], [0, 0, 5], [0, 5, 13], [5, 13, 13], [13, 13, 1]], [5, 13, 13, 1, 0])
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.dataset import END, SPLITS, Dataset

RARE = 1_000  # a symbol that is one in so many, or fewer, may be a slip


@dataclass(frozen=True)
class Summary:
    """A list of words in five numbers."""

    words: int
    distinct: int
    symbols: int  # with "."
    examples: int  # one per character and one per end of a word
    shortest: int  # characters
    longest: int

    @property
    def repeated(self) -> int:
        """How many words are there only because an equal one stands elsewhere."""
        return self.words - self.distinct


def examples_of(word: str, dataset: Dataset, context: int) -> tuple[np.ndarray, np.ndarray]:
    """Contexts int64 (N, context) and targets int64 (N,) of one word and its end: N is its length + 1.

    Raises DatasetError for a character that does not occur in the words.
    """
    targets = np.array([*dataset.encode(word), 0], np.int64)
    contexts = [dataset.window(word[:place], context) for place in range(len(targets))]
    return np.array(contexts, np.int64), targets


def summary(dataset: Dataset) -> Summary:
    characters = sum(map(len, dataset.words))
    return Summary(
        words=len(dataset.words),
        distinct=len(set(dataset.words)),
        symbols=dataset.vocab_size,
        examples=characters + len(dataset.words),
        shortest=min(map(len, dataset.words)),
        longest=max(map(len, dataset.words)),
    )


def symbols(dataset: Dataset) -> pd.DataFrame:
    """Columns `symbol`, `code`, `count` (how often it is a target) and `share`, in the order of the codes."""
    counts = Counter("".join(dataset.words))
    counts[END] = len(dataset.words)
    every = END + dataset.chars
    count = np.array([counts[symbol] for symbol in every], np.int64)
    return pd.DataFrame(
        {"symbol": list(every), "code": np.arange(len(every)), "count": count, "share": count / count.sum()}
    )


def unusual(dataset: Dataset) -> dict[str, int]:
    """Symbols that may not be meant, and how often they occur, the rarest first.

    What is no letter, a capital whose small letter occurs too, and what is at most one in RARE: each of them is a class
    that a model has to learn.

    >>> unusual(Dataset.from_text("\\n".join(["emma", "ava", "mia"] * 9 + ["Eve", "m1a"]), "few.txt"))
    {'1': 1, 'E': 1}
    """
    counts = Counter("".join(dataset.words))
    total = counts.total()
    odd = [
        (times, char)
        for char, times in counts.items()
        if not char.isalpha() or (char.lower() != char and char.lower() in counts) or times * RARE <= total
    ]
    return {char: times for times, char in sorted(odd)}


def splits(dataset: Dataset) -> pd.DataFrame:
    """One row a split: `split`, `words`, `distinct`, `examples`, and how many of its distinct words also stand in each
    split: `in_train`, `in_val`, `in_test` (its own column is `distinct`)."""
    sets = {split: set(words) for split, words in dataset.splits.items()}
    rows = [
        {
            "split": split,
            "words": len(dataset.splits[split]),
            "distinct": len(sets[split]),
            "examples": sum(map(len, dataset.splits[split])) + len(dataset.splits[split]),
            **{f"in_{other}": len(sets[split] & sets[other]) for other in SPLITS},
        }
        for split in SPLITS
    ]
    return pd.DataFrame(rows)
