"""Biased against unbiased: the variance of a small batch is too small on average.

>>> table = shrinking(names, seed=42)
>>> table.loc[0, ["size", "divisor", "theory"]].tolist()
[2, 'n', 0.5]
"""

import numpy as np
import pandas as pd

from core.dataset import Dataset
from core.lenses.batchnorm.network import CONTEXT, network, sums

SIZES = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
DRAWS = 4_000  # batches of each size
EXAMPLES = 16_384
DIVISORS = {"n": 0, "n − 1": 1}


def shrinking(dataset: Dataset, seed: int, unit: int = 0) -> pd.DataFrame:
    """The mean of many batches' variances of one unit, over the variance of all examples they are drawn from.

    Columns: size, divisor ("n" or "n − 1"), measured, error (the standard error of `measured`), theory ((n - 1) / n,
    or 1).
    """
    model, _ = network(dataset, seed)
    x = sums(model, dataset.examples("train", CONTEXT)[0][:EXAMPLES])[:, unit].astype(np.float64)
    rng = np.random.default_rng(seed)
    rows = []
    for size in SIZES:
        drawn = x[rng.integers(0, len(x), (DRAWS, size))]
        for divisor, ddof in DIVISORS.items():
            ratio = drawn.var(axis=1, ddof=ddof) / x.var()
            theory = 1.0 if ddof else (size - 1) / size
            rows.append((size, divisor, float(ratio.mean()), float(ratio.std() / DRAWS**0.5), theory))
    return pd.DataFrame(rows, columns=["size", "divisor", "measured", "error", "theory"])
