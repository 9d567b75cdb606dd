"""Figures of BatchNorm: do its running statistics stand in for the batch's, and does evaluation use them?

>>> running(evidence)
Figure(value=12.6, step=1000, words={'layer': '4.BatchNorm1d', ...})
"""

import math

import numpy as np

from core.lenses.diagnosis.evidence import Evidence
from core.lenses.diagnosis.rule import Figure
from core.spelling import loss as spelt

FOLLOWED = 100  # steps in which running statistics have come to those of the batch, at a momentum of 0.1
BEST_KNOWN = 0.1  # of a very large batch: statistics also lag behind weights that move


def running(evidence: Evidence) -> Figure | None:
    """How far running statistics are from the batch's, beside how far a batch's own are from those of another.

    Of each BatchNorm the median channel: its mean in standard deviations, or the logarithm of its variance, divided by
    1 / sqrt(B). The largest of all layers.
    """
    frame, batch = evidence.frame, evidence.batch
    if frame is None or frame.step < FOLLOWED or batch is None:
        return None
    found = []
    for key in frame.maps:
        if key.endswith(".running_mean"):
            layer = key.removesuffix(".running_mean")
            found.append((*_distance(frame.maps, layer), layer))
    if not found:
        return None
    mean, var, layer = max(found, key=lambda known: max(known[:2]))
    words = {"layer": layer, "mean": f"{mean:.2f}", "var": f"{math.exp(min(var, 50)):.2g}"}
    return Figure(max(mean, var) / max(1 / batch**0.5, BEST_KNOWN), frame.step, words)


def _distance(maps: dict[str, np.ndarray], layer: str) -> tuple[float, float]:
    """Of the median channel: |mean - mean| in standard deviations, |log(variance / variance)|."""
    mean, var, running_mean, running_var = (
        maps[f"{layer}.{name}"].astype(np.float64)
        for name in ("batch_mean", "batch_var", "running_mean", "running_var")
    )
    known = (var > 0) & (running_var > 0) & np.isfinite(mean) & np.isfinite(running_mean)
    if not known.any():
        return 0.0, 0.0
    apart = np.abs(running_mean - mean)[known] / np.sqrt(var[known])
    return float(np.median(apart)), float(np.median(np.abs(np.log(running_var[known] / var[known]))))


def training_mode(evidence: Evidence) -> Figure | None:
    """How far a recorded validation loss is from what the same weights give with the running statistics, in nats."""
    again = evidence.again
    if again is None:
        return None
    words = {"recorded": spelt(again.recorded, 4), "again": spelt(again.again, 4)}
    return Figure(abs(again.recorded - again.again), again.step, words)
