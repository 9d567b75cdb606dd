"""L2: weights cost something, so that they stay small."""

import numpy as np

from core.nn.convolution import CausalConv1d
from core.nn.layers import Linear
from core.nn.sequential import Sequential


class Penalty:
    """l2 times the sum, over the weights of all Linear, Skip and CausalConv1d layers, of the mean of their squares.

    >>> penalty = Penalty(model, l2=0.01)
    >>> loss = model.loss(contexts, targets) + penalty.loss()
    >>> model.backward(); penalty.backward()      # adds its own gradient to that of the weights

    As in the course, which adds 0.01 * (W**2).mean() to the loss of its one-layer network. Biases are free, and so
    are the weights of Embedding, of BatchNorm1d, of recurrent layers and of attention.
    """

    def __init__(self, model: Sequential, l2: float):
        weights = [layer.weight for layer in model.layers if isinstance(layer, Linear | CausalConv1d)]
        self._terms = [(weight, l2 / weight.data.size) for weight in weights]

    def loss(self) -> float:
        return sum(share * float(np.vdot(weight.data, weight.data)) for weight, share in self._terms)

    def backward(self) -> None:
        for weight, share in self._terms:
            weight.grad += np.float32(2 * share) * weight.data
