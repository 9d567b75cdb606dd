"""Figures of BatchNorm: do its running statistics stand in for the batch's, and does evaluation use them?

>>> running(evidence)
Figure(value=12.6, step=1000, words={'layer': '4.BatchNorm1d', ...})
"""

import math

import numpy as np

from core.dataset import Dataset
from core.lenses.diagnosis.evidence import Evidence, MeasuredAgain
from core.lenses.diagnosis.rule import Figure
from core.nn.loss import cross_entropy
from core.nn.notation import parse
from core.nn.sequential import Sequential
from core.runs.info import Evaluation
from core.spelling import loss as spelt
from core.training.config import RunConfig

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


def measure_again(
    config: RunConfig, dataset: Dataset, state: dict[str, np.ndarray], recorded: Evaluation
) -> MeasuredAgain | None:
    """The validation loss of a checkpoint, with running statistics, whatever the run itself did.

    None of a model without a BatchNorm, for which both modes are one, and of a state that does not fit the model.
    """
    specs = parse(config.model)
    if not any(inside.kind == "BatchNorm1d" for spec in specs for inside in spec.flat()):
        return None
    model = Sequential.build(specs, config.context)
    model.connect(2)
    try:
        model.load_state(state)
    except ValueError:  # a planted bug that keeps statistics of another shape
        return None
    contexts, targets = (array[: recorded.examples] for array in dataset.examples(recorded.split, config.context))
    again = cross_entropy(model.evaluate(contexts), targets)
    return MeasuredAgain(recorded.step, recorded.loss, again)
