"""What a trained model itself says about its receptive field: gradients and outputs, node by node.

All three run a twin of the model, which shares its weights and nothing else: the model's outputs and gradients stay.
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
    BatchNorm mixes the examples of a batch (`examples_reached`). The gradient through a saturated unit is exactly 0
    in float32, so give some tens of contexts. What is measured can only lie inside what is derived.
    """
    layers = _forward(model, contexts)
    rng = np.random.default_rng(0)
    mask = np.zeros((len(tree.nodes), tree.context), bool)
    for node in tree.nodes:
        place = tree.levels[node.level].place
        grad = layers[place].out.grad
        grad[:] = 0
        value = _at(grad, node.position)
        value[:] = rng.standard_normal(value.shape)
        mask[node.id] = _backward(layers, place).any(axis=(0, 2))
    return mask


def activity(tree: Tree, model: Sequential, context: np.ndarray) -> pd.DataFrame:
    """What each node puts out for one context, int64 (context,): id, channels, mean, std, norm (Euclidean).

    A character's output is its vector, the prediction's are the logits.
    """
    layers = _forward(model, context[None])
    rows = []
    for node in tree.nodes:
        value = _at(layers[tree.levels[node.level].place].out.data, node.position)[0].astype(np.float64)
        norm = np.linalg.norm(value)
        rows.append({"id": node.id, "channels": value.size, "mean": value.mean(), "std": value.std(), "norm": norm})
    return pd.DataFrame(rows)


def examples_reached(model: Sequential, contexts: np.ndarray, training: bool) -> int:
    """How many of the batch's N examples the first one's prediction depends on.

    1 in evaluation mode. In training mode BatchNorm takes its statistics from the whole batch, so that all N count.
    """
    layers = _forward(model, contexts, training)
    grad = layers[-1].out.grad
    grad[:] = 0
    grad[0] = np.random.default_rng(0).standard_normal(grad[0].shape)
    return int(_backward(layers, len(layers) - 1, training).any(axis=(1, 2)).sum())


def _forward(model: Sequential, contexts: np.ndarray, training: bool = False) -> list[Layer]:
    """The layers of a twin, run once on contexts (N, context)."""
    twin = model.twin(len(contexts))
    # A twin shares BatchNorm's running statistics, which a pass in training mode moves.
    kept = [(array, array.copy()) for layer in twin.layers for array in layer.buffers().values()]
    twin.forward(contexts, training)
    for array, before in kept:
        array[:] = before
    return twin.layers


def _backward(layers: list[Layer], place: int, training: bool = False) -> np.ndarray:
    """The gradient that reaches the characters' vectors from layers[place].out: (N, context, channels)."""
    for layer in reversed(layers[1 : place + 1]):
        layer.backward(training)
    return layers[0].out.grad


def _at(array: np.ndarray, position: int) -> np.ndarray:
    """One position of an output (N, positions, channels), or all of one that has no positions left."""
    return array[:, position] if array.ndim == 3 else array
