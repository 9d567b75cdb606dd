"""The course's bug: BatchNorm1d that averages over dimension 0 alone, on 3-D input.

>>> x = hidden_sums(names, seed=42)             # (4096, 4, 68): what the first BatchNorm of wavenet reads
>>> one_batch(x, 32, seed=0)["bug"].shape, one_batch(x, 32, seed=0)["right"].shape
((1, 4, 68), (1, 1, 68))
>>> noise(x, sizes=(32,)).loc[0, "count"]
32
"""

import numpy as np
import pandas as pd
import torch

from core.dataset import Dataset
from core.nn.layers import BatchNorm1d
from core.nn.presets import preset
from core.nn.sequential import Sequential
from core.nn.variable import Variable

EXAMPLES = 4_096
SIZES = (4, 8, 16, 32, 64, 128, 256)
DRAWS = 200  # batches of each size
DIMS = {"bug": 0, "right": None}


def hidden_sums(dataset: Dataset, seed: int) -> np.ndarray:
    """The outputs of the first Linear of the untrained wavenet for training examples: float32 (N, 4, 68)."""
    chosen = preset("wavenet")
    generator = torch.Generator().manual_seed(seed)
    model = Sequential.from_text(chosen.text(dataset.vocab_size), chosen.context, generator)
    contexts = dataset.examples("train", chosen.context)[0]
    rows = np.random.default_rng(seed).permutation(len(contexts))[:EXAMPLES]
    model.connect(len(rows))
    model.forward(contexts[rows])
    return model.layers[2].out.data.copy()


def one_batch(x: np.ndarray, size: int, seed: int) -> dict[str, np.ndarray]:
    """The means that the engine's two BatchNorm1d take from one random batch: (1, T, C) "bug", (1, 1, C) "right"."""
    batch = x[np.random.default_rng(seed).integers(0, len(x), size)]
    means = {}
    for name, dims in DIMS.items():
        layer, read = BatchNorm1d(x.shape[-1], dims=dims), Variable.empty("x", batch.shape)
        read.data[:] = batch
        layer.connect(read)
        layer.forward()
        means[name] = layer.batch_statistics()["batch_mean"].copy()
    return means


def noise(x: np.ndarray, sizes: tuple[int, ...] = SIZES, seed: int = 0) -> pd.DataFrame:
    """How far a batch's mean strays from the mean over all examples, in standard deviations of what it averages.

    Columns: way ("bug", "right", "independent"), size (examples), count (numbers in each mean), measured, theory
    (1 / sqrt(count)). The standard deviation is within a position, which is what a draw of examples changes. In
    "independent" the positions come from examples of their own: what (0, 1) would give were neighbours not alike.
    """
    examples, positions, _ = x.shape
    rng = np.random.default_rng(seed)
    middle = x.mean(0)  # (T, C)
    spread = x.std(0)
    pooled = np.sqrt((spread**2).mean(0))
    alive = spread > 1e-6 * spread.max()  # short words: a position that holds nothing but dots never varies
    rows = []
    for size in sizes:
        picks = rng.integers(0, examples, (DRAWS, size))
        apart = rng.integers(0, examples, (DRAWS, positions, size))
        off = np.stack([x[pick].mean(0) - middle for pick in picks])  # (DRAWS, T, C)
        loose = np.stack([[x[p, t].mean(0) for t, p in enumerate(pick)] for pick in apart]) - middle
        for way, count, errors in (
            ("bug", size, off[:, alive] / spread[alive]),
            ("right", size * positions, off.mean(1) / pooled),
            ("independent", size * positions, loose.mean(1) / pooled),
        ):
            rows.append((way, size, count, float(np.sqrt((errors**2).mean())), count**-0.5))
    return pd.DataFrame(rows, columns=["way", "size", "count", "measured", "theory"])
