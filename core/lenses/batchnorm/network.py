"""The small network with BatchNorm that most of these experiments train: the course's mlp, 200 tanh units.

>>> model, generator = network(names, seed=42)
>>> for contexts, targets in batches(names, generator, steps=100):
...     loss = model.loss(contexts, targets)
"""

from collections.abc import Iterator

import numpy as np
import torch

from core.dataset import Dataset
from core.nn.layers import BatchNorm1d, Linear
from core.nn.loss import cross_entropy
from core.nn.sequential import Sequential

CONTEXT, N_EMBD, N_HIDDEN, BATCH = 3, 10, 200, 32
LR = 0.1


def network(
    dataset: Dataset, seed: int, momentum: float = 0.1, bias: bool = False
) -> tuple[Sequential, torch.Generator]:
    """Connected for batches of 32, and the generator that goes on with the batches. With `bias` the Linear before the
    norm has one after all, drawn from N(0, 1) and not 0, so that one sees whether it moves."""
    vocab = dataset.vocab_size
    layers = (
        f"Embedding({vocab}, {N_EMBD})",
        f"FlattenConsecutive({CONTEXT})",
        f"Linear({CONTEXT * N_EMBD}, {N_HIDDEN}, bias={bias})",
        f"BatchNorm1d({N_HIDDEN}, momentum={momentum})",
        "Tanh()",
        f"Linear({N_HIDDEN}, {vocab})",
    )
    generator = torch.Generator().manual_seed(seed)
    model = Sequential.from_text("\n".join(layers), CONTEXT, generator)
    model.connect(BATCH)
    if bias:
        hidden(model).bias.data[:] = torch.randn(N_HIDDEN, generator=torch.Generator().manual_seed(seed)).numpy()
    return model, generator


def hidden(model: Sequential) -> Linear:
    """The layer whose outputs are normalised."""
    return model.layers[2]


def norm(model: Sequential) -> BatchNorm1d:
    return model.layers[3]


def batches(dataset: Dataset, generator: torch.Generator, steps: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Random batches of 32 training examples: contexts (32, 3), targets (32,)."""
    contexts, targets = dataset.examples("train", CONTEXT)
    for _ in range(steps):
        rows = torch.randint(0, len(targets), (BATCH,), generator=generator).numpy()
        yield contexts[rows], targets[rows]


def held_out(dataset: Dataset, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Some validation examples in random order: as they stand, the letters of one word are neighbours, and in a batch
    that is normalised by itself they would tell of each other."""
    contexts, targets = dataset.examples("val", CONTEXT)
    rows = np.random.default_rng(0).permutation(len(targets))[:limit]
    return contexts[rows], targets[rows]


def sums(model: Sequential, contexts: np.ndarray) -> np.ndarray:
    """What BatchNorm reads, for any number of contexts (N, 3): float32 (N, 200)."""
    vectors = model.layers[0].weight.data[contexts].reshape(len(contexts), -1)  # (N, 3, 10) -> (N, 30)
    out = vectors @ hidden(model).weight.data
    return out if hidden(model).bias is None else out + hidden(model).bias.data


def logits(model: Sequential, x: np.ndarray, mean: np.ndarray, var: np.ndarray) -> np.ndarray:
    """The rest of the network over sums x (..., 200), normalised with a mean and variance of your choice: (..., V)."""
    layer, last = norm(model), model.layers[-1]
    normal = (x - mean) / np.sqrt(var + np.float32(layer.eps))
    return np.tanh(layer.gamma.data * normal + layer.beta.data) @ last.weight.data + last.bias.data


def loss_with(model: Sequential, x: np.ndarray, targets: np.ndarray, mean: np.ndarray, var: np.ndarray) -> float:
    """Cross-entropy of examples (N, 200) and their targets (N,), normalised with a given mean and variance."""
    return cross_entropy(logits(model, x, mean, var), targets)


def loss_by_batch(model: Sequential, x: np.ndarray, targets: np.ndarray, size: int) -> float:
    """Cross-entropy in training mode: each `size` examples (or all, where there are fewer) are normalised by their own
    mean and variance."""
    size = min(size, len(x))
    whole = len(x) // size * size
    grouped = x[:whole].reshape(-1, size, x.shape[1])  # (N, 200) -> (N/size, size, 200)
    out = logits(model, grouped, grouped.mean(1, keepdims=True), grouped.var(1, ddof=1, keepdims=True))
    return cross_entropy(out.reshape(whole, -1), targets[:whole])
