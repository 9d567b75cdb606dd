"""Figures of the layers: what they put out, the gradients that reach them, the steps of their weights.

>>> saturated(evidence)
Figure(value=0.78, step=1, words={'layer': '4.Tanh', 'share': '78%'})
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from core.lenses.diagnosis.evidence import Evidence
from core.lenses.diagnosis.rule import Figure
from core.spelling import short

SETTLED = 300  # steps after which the last layer, whose weights begin small, has found its size
BEGUN = 100
RECENT = 3  # recorded moments whose median counts: one batch alone may be unusual


def saturated(evidence: Evidence) -> Figure | None:
    """The largest share of a tanh layer's outputs beyond ±0.97."""
    return _worst(evidence, "saturated", rectified=False)


def dead(evidence: Evidence) -> Figure | None:
    """The largest share of a tanh layer's or ReLU's units that pass no gradient for any example of the batch."""
    return _worst(evidence, "dead")


def _worst(evidence: Evidence, name: str, rectified: bool = True) -> Figure | None:
    found = evidence.now("output", name)
    if not rectified:  # half of a healthy ReLU's outputs are 0; it never goes below
        lowest = dict(evidence.now("output", "min"))
        found = [(row, value) for row, value in found if lowest.get(row, 0) < 0]
    if not found:
        return None
    row, share = max(found, key=lambda pair: pair[1])
    return Figure(share, int(evidence.steps[-1]), {"layer": evidence.tensors[row].layer, "share": f"{share:.0%}"})


def vanishing(evidence: Evidence) -> Figure | None:
    """The size of the gradient at the first layer's output, beside that at the scores.

    Further up a layer may rightly get none: of the last Residual only what it hands to its Skip is used.
    """
    return _through_depth(evidence, lambda known: known[0])


def exploding(evidence: Evidence) -> Figure | None:
    """The largest size of the gradient at a layer's output, beside that at the scores."""
    return _through_depth(evidence, max)


def _through_depth(evidence: Evidence, pick: Callable) -> Figure | None:
    rows = evidence.rows("output_grad")
    if len(rows) < 2 or not len(evidence.steps):
        return None
    mean, std = np.moveaxis(evidence.of(rows, "mean", "std")[-1], -1, 0)
    sizes = np.array([math.prod(evidence.tensors[row].shape) for row in rows])
    norms = np.sqrt((mean**2 + std**2) * sizes)
    if not 0 < norms[-1] < math.inf:
        return None
    known = [(float(norm / norms[-1]), row) for norm, row in zip(norms, rows, strict=True) if np.isfinite(norm)]
    share, row = pick(known)
    words = {"layer": evidence.tensors[row].layer, "last": evidence.tensors[rows[-1]].layer}
    return Figure(share, int(evidence.steps[-1]), words | {"share": short(share)})


def update_high(evidence: Evidence) -> Figure | None:
    """The largest update : data of a weight, as log10: the median of the last recorded moments."""
    ratios = _ratios(evidence, SETTLED, np.ones(len(evidence.steps), bool))
    if ratios is None or len(ratios[1]) < RECENT:
        return None
    rows, values = ratios
    medians = _median(values[-RECENT:], axis=0)
    if np.isnan(medians).all():
        return None
    worst = int(np.nanargmax(medians))
    value = float(medians[worst])
    words = {"layer": evidence.tensors[rows[worst]].layer, "ratio": _log(value), "share": short(10**value)}
    return Figure(value, int(evidence.steps[-1]), words)


def update_low(evidence: Evidence) -> Figure | None:
    """The typical update : data of all weights, as log10, over the neighbouring moments where it is largest, before the
    learning rate drops.

    A model that has learnt what it can takes tiny steps at any rate, as its gradients are tiny: it took larger ones.
    """
    ratios = _ratios(evidence, 1, evidence.in_first_rate)
    if ratios is None or not len(evidence.steps) or evidence.steps[-1] < BEGUN:
        return None
    values = _median(ratios[1], axis=1)
    values = values[~np.isnan(values)]
    if len(values) < RECENT:
        return None
    value = float(np.median(sliding_window_view(values, RECENT), axis=1).max())
    return Figure(value, int(evidence.steps[-1]), {"ratio": _log(value), "share": short(10**value)})


def _ratios(evidence: Evidence, start: int, when: np.ndarray) -> tuple[list[int], np.ndarray] | None:
    """update : data of the weights with two dimensions, from a step on: rows and float64 (moments, weights)."""
    rows = evidence.rows("weight", dimensions=2)
    return (rows, evidence.of(rows, "update_data")[(evidence.steps >= start) & when]) if rows else None


def _median(values: np.ndarray, axis: int) -> np.ndarray:
    """Of what is a number; NaN where nothing is."""
    known = np.where(np.isnan(values).all(axis=axis, keepdims=True), 0, values)
    return np.where(np.isnan(values).all(axis=axis), np.nan, np.nanmedian(known, axis=axis))


def _log(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")
