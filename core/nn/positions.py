"""Layers that know where in a text a character stands.

>>> PositionEmbedding(8, 24).connect(x).shape, LastPosition().connect(x).shape      # x: (32, 8, 24)
((32, 8, 24), (32, 24))
"""

import numpy as np
import torch

from core.nn.layers import Layer
from core.nn.variable import Variable

POSITION_STD = 0.02  # of the weights at the start, as in GPT-2


class PositionEmbedding(Layer):
    """Adds a learned vector to each of t positions: attention alone could not tell their order."""

    parameter_names = ("weight",)

    def __init__(self, t: int, c: int):
        self.weight = Variable.empty("weight", (t, c))

    def draw(self, generator):
        self.weight.data[:] = (torch.randn(self.weight.shape, generator=generator) * POSITION_STD).numpy()

    def forward(self, training=True):
        np.add(self.x.data, self.weight.data, out=self.out.data)

    def backward(self, training=True):
        self.x.grad[:] = self.out.grad
        np.sum(self.out.grad, axis=0, out=self.weight.grad)  # a broadcast forward is a sum backward


class LastPosition(Layer):
    """(B, T, C) -> (B, C): of all positions the last, which has read the whole text."""

    def shape(self, shape):
        b, _, c = shape
        return b, c

    def forward(self, training=True):
        self.out.data[:] = self.x.data[:, -1]

    def backward(self, training=True):
        self.x.grad[:] = 0
        self.x.grad[:, -1] = self.out.grad
