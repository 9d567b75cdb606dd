"""Layers that hold layers: residual and gated connections, and skips that meet again further down.

The block of the WaveNet paper (arXiv 1609.03499), once for each dilation, and what comes after them:

>>> block = Residual(Gated(CausalConv1d(32, 32), CausalConv1d(32, 32)), Skip(32, 64), Linear(32, 32))
>>> head = [SkipSum(), ReLU(), Linear(64, 64), ReLU(), Linear(64, 27)]

Convolutions shorten a text at its start, so whatever is added to their output is cut to its last positions.
"""

import copy

import numpy as np

from core.nn.layers import Layer, Linear
from core.nn.variable import Variable, aligned_zeros


class Container(Layer):
    """A layer with layers of its own, in `inside`. Parameters and buffers stay theirs."""

    def __init__(self, *inside: Layer):
        self.inside = inside

    def flat(self):
        for layer in self.inside:
            yield from layer.flat()
        yield self

    def place(self, path):
        super().place(path)
        for i, layer in enumerate(self.inside, 1):
            layer.place(f"{path}{i}.")

    def twin(self):
        other = copy.copy(self)
        other.x = other.out = None
        other.inside = tuple(layer.twin() for layer in self.inside)
        return other


class Residual(Container):
    """out = x + layers(x): what the layers learn is a correction."""

    def connect(self, x):
        self.x = inner = x
        for layer in self.inside:
            inner = layer.connect(inner)
        self._inner = inner
        self.out = Variable.empty(self.name, inner.shape)
        self._x, self._x_grad = _last(x.data, inner.shape), _last(x.grad, inner.shape)
        return self.out

    def forward(self, training=True):
        for layer in self.inside:
            layer.forward(training)
        np.add(self._x, self._inner.data, out=self.out.data)

    def backward(self, training=True):
        self._inner.grad[:] = self.out.grad
        for layer in reversed(self.inside):
            layer.backward(training)
        self._x_grad += self.out.grad  # x is used twice: gradients add up


class Gated(Container):
    """out = tanh(filter(x)) * sigmoid(gate(x)): one branch says what, the other how much of it."""

    def __init__(self, filter: Layer, gate: Layer):
        super().__init__(filter, gate)

    def connect(self, x):
        self.x = x
        self._gate_x = Variable(x.name, x.data, aligned_zeros(x.shape))  # a gradient of its own, to be added
        self._filter, self._gate = (layer.connect(v) for layer, v in zip(self.inside, (x, self._gate_x), strict=True))
        self.out = Variable.empty(self.name, self._filter.shape)
        self._tanh, self._sigmoid = aligned_zeros(self.out.shape), aligned_zeros(self.out.shape)
        return self.out

    def forward(self, training=True):
        for layer in self.inside:
            layer.forward(training)
        np.tanh(self._filter.data, out=self._tanh)
        np.multiply(self._gate.data, np.float32(0.5), out=self._sigmoid)  # sigmoid(x) = (1 + tanh(x / 2)) / 2
        np.tanh(self._sigmoid, out=self._sigmoid)
        self._sigmoid += np.float32(1)
        self._sigmoid *= np.float32(0.5)
        np.multiply(self._tanh, self._sigmoid, out=self.out.data)

    def backward(self, training=True):
        grad, tanh, sigmoid = self.out.grad, self._tanh, self._sigmoid
        self._filter.grad[:] = grad * sigmoid * (1 - tanh * tanh)
        self._gate.grad[:] = grad * tanh * sigmoid * (1 - sigmoid)
        for layer in reversed(self.inside):  # a SkipSum in one branch fills the gradient of a Skip in the other
            layer.backward(training)
        self.x.grad += self._gate_x.grad


class Skip(Linear):
    """Puts x @ weight + bias aside for SkipSum, as its `out`, and passes x on unchanged."""

    def __init__(self, fan_in: int, fan_out: int, bias: bool = True):
        super().__init__(fan_in, fan_out, bias)

    def connect(self, x):
        super().connect(x)
        self._downstream = aligned_zeros(x.shape)
        return x

    def backward(self, training=True):
        self._downstream[:] = self.x.grad  # what the layers that x was passed on to have put there
        super().backward(training)
        self.x.grad += self._downstream


class SkipSum(Layer):
    """The sum of what Skips above it put aside, in place of x, at the last positions. `Sequential` fills `skips`."""

    skips: tuple[Skip, ...] = ()

    def connect(self, x):
        self.x = x
        self.out = Variable.empty(self.name, self.skips[-1].out.shape)
        self._data = [_last(skip.out.data, self.out.shape) for skip in self.skips]
        return self.out

    def forward(self, training=True):
        self.out.data[:] = 0
        for data in self._data:
            self.out.data += data

    def backward(self, training=True):
        self.x.grad[:] = 0
        for skip in self.skips:
            skip.out.grad[:] = 0  # also at the positions that were cut
            _last(skip.out.grad, self.out.shape)[:] = self.out.grad


def _last(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The last positions of (B, T, C), as many as a shape has; all of (B, C)."""
    return array[:, array.shape[1] - shape[1] :] if array.ndim == 3 else array
