"""The bias before BatchNorm never learns: whatever it adds, the norm takes out with the mean.

>>> history = follow(names, seed=42, steps=500)
>>> history.query("parameter == 'bias before the norm'").gradient.max() < 1e-7
True
"""

import numpy as np
import pandas as pd

from core.dataset import Dataset
from core.lenses.batchnorm.network import LR, batches, hidden, network, norm

BIAS, WEIGHT, BETA = "bias before the norm", "weight before the norm", "bias of the norm (beta)"


def follow(dataset: Dataset, seed: int, steps: int) -> pd.DataFrame:
    """Trains the network with such a bias, started at N(0, 1). One row a step and parameter: step, parameter,
    gradient (root mean square, before the step's update), moved (root mean square of the distance from the start)."""
    model, generator = network(dataset, seed, bias=True)
    followed = {WEIGHT: hidden(model).weight, BETA: norm(model).beta, BIAS: hidden(model).bias}
    start = {name: parameter.data.copy() for name, parameter in followed.items()}
    rows = []
    for step, (contexts, targets) in enumerate(batches(dataset, generator, steps), 1):
        model.loss(contexts, targets)
        model.backward()
        for name, parameter in followed.items():
            rows.append((step, name, _size(parameter.grad), _size(parameter.data - start[name])))
        model.update(LR)
    return pd.DataFrame(rows, columns=["step", "parameter", "gradient", "moved"])


def _size(array: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(array.astype(np.float64) ** 2)))
