"""Three ways to say what a channel's mean and variance are: of this batch, running, calibrated.

>>> found = converge(names, seed=42, steps=1_000, momentum=0.1)
>>> found.steps[:5], found.mean["running"].shape
(array([1, 2, 3, 4, 5]), (31, 200))
>>> found.loss["running"][0] > found.loss["calibrated"][0]       # running statistics start at 0 and 1
True
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.dataset import Dataset
from core.lenses.batchnorm.network import (
    BATCH,
    CONTEXT,
    LR,
    batches,
    held_out,
    loss_by_batch,
    loss_with,
    network,
    norm,
    sums,
)
from core.training.moments import recorded

CALIBRATION = 4_096  # training examples
VALIDATION = 2_048  # examples
WAYS = ("batch", "running", "calibrated")


@dataclass(frozen=True)
class Convergence:
    """At some steps: statistics of each channel, and the validation loss with each of them.

    `mean` and `var` hold float32 (moments, channels) by WAYS; `loss` float64 (moments,). All are with the weights
    before the step's update; "calibrated" is the mean and variance over many training examples with just these weights.
    In `loss` "batch" is training mode, batches of 32.
    """

    steps: np.ndarray
    mean: dict[str, np.ndarray]
    var: dict[str, np.ndarray]
    loss: dict[str, np.ndarray]


def converge(
    dataset: Dataset, seed: int, steps: int, momentum: float, told: Callable[[float], None] = lambda share: None
) -> Convergence:
    """Trains the network and looks at it about ten times a decade of steps. `told(share)` hears how much is done."""
    model, generator = network(dataset, seed, momentum)
    seen, (held, targets) = dataset.examples("train", CONTEXT)[0][:CALIBRATION], held_out(dataset, VALIDATION)
    at = recorded(steps)
    mean, var, loss = ({way: [] for way in WAYS} for _ in range(3))
    for step, (contexts, wanted) in enumerate(batches(dataset, generator, steps), 1):
        model.loss(contexts, wanted)
        model.backward()
        if step in at:
            told(step / steps)
            statistics = _statistics(model, sums(model, seen))
            x = sums(model, held)
            for way, (its_mean, its_var) in statistics.items():
                mean[way].append(its_mean)
                var[way].append(its_var)
                loss[way].append(
                    loss_by_batch(model, x, targets, BATCH)
                    if way == "batch"
                    else loss_with(model, x, targets, its_mean, its_var)
                )
        model.update(LR)
    tables = ({way: np.array(rows) for way, rows in table.items()} for table in (mean, var, loss))
    return Convergence(np.array(at), *tables)


def _statistics(model, x: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    layer = norm(model)
    batch, running = layer.batch_statistics(), layer.buffers()
    return {
        "batch": (batch["batch_mean"][0].copy(), batch["batch_var"][0].copy()),
        "running": (running["running_mean"][0].copy(), running["running_var"][0].copy()),
        "calibrated": (x.mean(0), x.var(0, ddof=1)),
    }
