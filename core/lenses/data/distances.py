"""Distances between random points: the more dimensions, the more alike they all are.

>>> distances = Distances.between(points=200, seed=42)
>>> [round(row.spread, 2) for row in distances.table().itertuples() if row.dimensions in (1, 10, 1000)]
[0.75, 0.22, 0.02]
"""

from dataclasses import dataclass
from math import exp, lgamma, sqrt

import numpy as np
import pandas as pd

DIMENSIONS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Distances:
    """All distances between points whose coordinates are drawn from the normal distribution, as an embedding is."""

    by_dimension: dict[int, np.ndarray]  # dimensions -> (points * (points - 1) / 2,)

    @classmethod
    def between(cls, points: int, seed: int) -> "Distances":
        """One draw of 1,000 coordinates a point; fewer dimensions are the first of them."""
        drawn = np.random.default_rng(seed).standard_normal((points, max(DIMENSIONS)))
        return cls({d: _pairs(drawn[:, :d]) for d in DIMENSIONS})

    def table(self) -> pd.DataFrame:
        """One row for each of DIMENSIONS: `mean`, `nearest`, `farthest`, `spread` (std / mean), `contrast`
        ((farthest - nearest) / mean) and `theory`, what `spread` is for infinitely many points."""
        rows = [
            {
                "dimensions": d,
                "mean": pairs.mean(),
                "nearest": pairs.min(),
                "farthest": pairs.max(),
                "spread": pairs.std() / pairs.mean(),
                "contrast": (pairs.max() - pairs.min()) / pairs.mean(),
                "theory": spread_of(d),
            }
            for d, pairs in self.by_dimension.items()
        ]
        return pd.DataFrame(rows)


def spread_of(dimensions: int) -> float:
    """std / mean of the distance between two points of the normal distribution, close to 1 / sqrt(2 d) for many.

    The distance is sqrt(2) times a chi variable: E[chi] = sqrt(2) Γ((d + 1) / 2) / Γ(d / 2), E[chi**2] = d.
    """
    mean = sqrt(2) * exp(lgamma((dimensions + 1) / 2) - lgamma(dimensions / 2))
    return sqrt(dimensions - mean**2) / mean


def _pairs(points: np.ndarray) -> np.ndarray:
    """(points, d) -> every distance once, (points * (points - 1) / 2,)."""
    squares = (points**2).sum(axis=1)
    both = squares[:, None] + squares[None, :] - 2 * points @ points.T
    return np.sqrt(np.maximum(both[np.triu_indices(len(points), 1)], 0))
