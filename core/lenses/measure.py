"""What a trained model itself says about its receptive field: gradients and outputs, node by node.

Both run a twin of the model, which shares its weights and nothing else: the model's outputs and gradients stay.
"""

import numpy as np
import pandas as pd

from core.lenses.receptive_field import Tree
from core.nn.layers import Layer
from core.nn.sequential import Sequential


def measure(tree: Tree, model: Sequential, contexts: np.ndarray) -> np.ndarray:
    """Which characters each node depends on, from gradients: bool (nodes, context), to hold against `tree.mask`.

    >>> np.array_equal(measure(tree, model, contexts), tree.mask)
    True

    For each node, a random gradient at its output goes back to the characters' vectors; a character counts where any
    of the `contexts`, int64 (N, context), gives it a gradient other than 0. This is evaluation mode: in training mode
    BatchNorm mixes the examples of a batch. The gradient through a saturated unit is exactly 0 in float32, so give
    some tens of contexts. What is measured can only lie inside what is derived.
    Without gradients (`has_gradients`), other characters are tried, and those count that change the node's output.
    """
    if not has_gradients(model):
        return _tried(tree, model, contexts)
    layers = _forward(model, contexts)
    rng = np.random.default_rng(0)
    mask = np.zeros((len(tree.nodes), tree.context), bool)
    for node in tree.nodes:
        place = tree.levels[node.level].place
        if place is None:  # a character without a vector
            mask[node.id] = tree.mask[node.id]
            continue
        for layer in layers:  # Skips below may hold what an earlier node has put there
            layer.out.grad[:] = 0
        value = _at(layers[place].out.grad, node.position)
        value[:] = rng.standard_normal(value.shape)
        mask[node.id] = _backward(layers, place).any(axis=(0, 2))
    return mask


def has_gradients(model: Sequential) -> bool:
    """Counts has none: it learns without."""
    return all(layer.out.grad is not None for layer in model.layers)


def activity(tree: Tree, model: Sequential, context: np.ndarray) -> pd.DataFrame:
    """What each node puts out for one context, int64 (context,): id, channels, mean, std, norm (Euclidean).

    A character's output is its vector, the prediction's are the logits. A character without a vector has 0 channels.
    """
    layers = _forward(model, context[None])
    rows = []
    for node in tree.nodes:
        place = tree.levels[node.level].place
        if place is None:
            rows.append({"id": node.id, "channels": 0, "mean": 0.0, "std": 0.0, "norm": 0.0})
            continue
        value = _at(layers[place].out.data, node.position)[0].astype(np.float64)
        norm = np.linalg.norm(value)
        rows.append({"id": node.id, "channels": value.size, "mean": value.mean(), "std": value.std(), "norm": norm})
    return pd.DataFrame(rows)


def _forward(model: Sequential, contexts: np.ndarray) -> list[Layer]:
    """The layers of a twin, run once on contexts (N, context)."""
    twin = model.twin(len(contexts))
    twin.forward(contexts, training=False)
    return twin.layers


def _backward(layers: list[Layer], place: int) -> np.ndarray:
    """The gradient that reaches the characters' vectors from layers[place].out: (N, context, channels)."""
    for layer in reversed(layers[1 : place + 1]):
        if layer.name.count(".") == 1:  # a container goes back through its own layers
            layer.backward(training=False)
    return layers[0].out.grad


def _tried(tree: Tree, model: Sequential, contexts: np.ndarray) -> np.ndarray:
    """The mask of a model without gradients: each character in turn exchanged for the next symbol's code."""
    before = _outputs(tree, model, contexts)
    symbols = model.logits.shape[-1]
    mask = tree.mask.copy()
    for place in range(tree.context):
        changed = contexts.copy()
        changed[:, place] = (changed[:, place] + 1) % symbols
        for node, old, new in zip(tree.nodes, before, _outputs(tree, model, changed), strict=True):
            if old is not None:
                mask[node.id, place] = not np.array_equal(old, new, equal_nan=True)
    return mask


def _outputs(tree: Tree, model: Sequential, contexts: np.ndarray) -> list[np.ndarray | None]:
    """Each node's numbers, (N, channels); None for a character without a vector."""
    layers = _forward(model, contexts)
    places = [tree.levels[node.level].place for node in tree.nodes]
    return [
        None if place is None else _at(layers[place].out.data, node.position).copy()
        for node, place in zip(tree.nodes, places, strict=True)
    ]


def _at(array: np.ndarray, position: int) -> np.ndarray:
    """One position of an output (N, positions, channels), or all of one that has no positions left."""
    return array[:, position] if array.ndim == 3 else array
