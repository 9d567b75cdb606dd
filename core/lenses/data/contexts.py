"""How many contexts there could be, and how few of them any data shows: the curse of dimensionality.

>>> from core.dataset import Dataset
>>> contexts_seen(Dataset.builtin(), longest=3)[["n", "possible", "seen"]].values.tolist()
[[1, 27, 27], [2, 729, 602], [3, 19683, 5702]]
"""

import numpy as np
import pandas as pd

from core.dataset import SPLITS, Dataset


def contexts_seen(dataset: Dataset, longest: int = 8) -> pd.DataFrame:
    """One row for each context length n from 1 to `longest`, counted over all words:

    `possible` (vocab_size**n), `seen` (distinct contexts in all three splits), `share` (of the possible), `examples`
    (as many contexts as there are, equal ones counted), and `new_val`: the share of validation examples whose context
    no training example has.
    """
    vocab = dataset.vocab_size
    if vocab**longest > np.iinfo(np.int64).max:
        raise ValueError(f"{vocab} symbols in contexts of {longest} cannot be numbered: use a shorter context.")
    targets = {split: dataset.examples(split, 1)[1] for split in SPLITS}
    places = {split: _places(codes) for split, codes in targets.items()}
    numbers = {split: np.zeros(len(codes), np.int64) for split, codes in targets.items()}
    total = sum(map(len, targets.values()))
    rows = []
    for n in range(1, longest + 1):
        for split, codes in targets.items():  # the character n places before, 0 before the word begins
            earlier = np.where(places[split][n:] >= n, codes[:-n], 0)
            numbers[split][n:] += earlier * vocab ** (n - 1)
        distinct = {split: _distinct(number) for split, number in numbers.items()}
        seen = len(_distinct(np.concatenate(list(distinct.values()))))
        new = ~pd.Series(numbers["val"]).isin(distinct["train"]).to_numpy()
        rows.append(
            {
                "n": n,
                "possible": vocab**n,
                "seen": seen,
                "share": seen / vocab**n,
                "examples": total,
                "new_val": float(new.mean()),
            }
        )
    return pd.DataFrame(rows)


def _distinct(numbers: np.ndarray) -> np.ndarray:
    """Each number once, in order; of millions ten times as fast as np.unique, which hashes them first."""
    ordered = np.sort(numbers)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]


def _places(targets: np.ndarray) -> np.ndarray:
    """Of each target within its own word, from 0: a word ends where the target is 0."""
    ends = np.flatnonzero(targets == 0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    return np.arange(len(targets)) - np.repeat(starts, ends - starts + 1)
