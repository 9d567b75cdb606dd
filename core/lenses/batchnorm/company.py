"""One example of a batch is moved by hand: what becomes of the others?

>>> company = a_batch(names, size=8, seed=42)
>>> before, after = normalised(company, company.x, True), normalised(company, company.moved(0, 5.0), True)
>>> np.abs(after - before)[1:].min() > 0         # nobody stays where they were
True
"""

from dataclasses import dataclass

import numpy as np

from core.dataset import Dataset
from core.lenses.batchnorm.network import CONTEXT, network, sums
from core.nn.layers import BatchNorm1d
from core.nn.variable import Variable

UNIT = 0  # of the 200
CALIBRATION = 8_192  # examples that the mean and variance for evaluation mode come from


@dataclass(frozen=True)
class Company:
    """Some examples, and what one hidden unit of the untrained network computes of each before the norm."""

    names: tuple[str, ...]  # "..e": the characters seen
    x: np.ndarray  # float32 (n,)
    mean: float  # over many training examples: what evaluation mode takes away
    var: float

    def moved(self, example: int, by: float) -> np.ndarray:
        """x with one of its numbers moved."""
        x = self.x.copy()
        x[example] += np.float32(by)
        return x


def a_batch(dataset: Dataset, size: int, seed: int) -> Company:
    """`size` training examples with contexts that differ, and the constants for evaluation mode."""
    model, _ = network(dataset, seed)
    contexts, _ = dataset.examples("train", CONTEXT)
    many = sums(model, contexts[:CALIBRATION])[:, UNIT].astype(np.float64)
    rng = np.random.default_rng(seed)
    chosen: dict[str, np.ndarray] = {}
    for row in rng.permutation(len(contexts)):
        chosen.setdefault(dataset.decode(contexts[row]), contexts[row])
        if len(chosen) == size:
            break
    x = sums(model, np.stack(list(chosen.values())))[:, UNIT]
    return Company(tuple(chosen), x, float(many.mean()), float(many.var(ddof=1)))


def normalised(company: Company, x: np.ndarray, training: bool) -> np.ndarray:
    """The engine's BatchNorm1d over x (n,): by the batch itself (training), or by constants (evaluation)."""
    layer = BatchNorm1d(1)
    read = Variable.empty("x", (len(x), 1))
    read.data[:, 0] = x
    layer.connect(read)
    layer.buffers()["running_mean"][:] = company.mean
    layer.buffers()["running_var"][:] = company.var
    layer.forward(training)
    return layer.out.data[:, 0].copy()
