"""The course's layers, each with a forward and a hand-written backward over preallocated arrays.

>>> layer = Linear(20, 68, bias=False)
>>> layer.draw(torch.Generator().manual_seed(42))
>>> out = layer.connect(x)     # x: Variable of shape (32, 4, 20); out: Variable of shape (32, 4, 68)
>>> layer.forward()            # reads x.data, writes out.data
>>> layer.backward()           # reads out.grad, writes x.grad and the parameters' grad

Arrays are float32, (B, C) or (B, T, C): batch, positions, channels. `backward` writes x.grad, it does not add to it: a
container that feeds one Variable to several layers does the sum. The arrays of a Variable are never replaced once a
layer is connected, only filled: layers keep views of them.
"""

import copy
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch

from core.nn import kernels
from core.nn.products import Product, turn
from core.nn.variable import Variable, aligned_zeros


class Layer:
    """What all layers share. A subclass says its output's shape and how to run forward and backward."""

    parameter_names: ClassVar[tuple[str, ...]] = ()
    name = ""
    x: Variable | None = None  # what it reads, once connected
    out: Variable | None = None  # what it writes

    @property
    def kind(self) -> str:
        return type(self).__name__

    def flat(self) -> Iterator["Layer"]:
        """This layer; of a container, the layers inside before it: the order in which they are computed."""
        yield self

    def place(self, path: str) -> None:
        """Names the layer by its place in the model, and its parameters after it."""
        self.name = f"{path}{self.kind}"
        for parameter, name in zip(self.parameters(), self._own_names(), strict=True):
            parameter.name = f"{self.name}.{name}"

    def parameters(self) -> list[Variable]:
        return [p for name in self.parameter_names if (p := getattr(self, name)) is not None]

    def buffers(self) -> dict[str, np.ndarray]:
        """What the layer remembers besides its parameters, once connected."""
        return {}

    def draw(self, generator: torch.Generator) -> None:
        """Fills the parameters with their random initial values."""

    def connect(self, x: Variable) -> Variable:
        """Allocates the output for input x. A layer may be connected again, to an input of another batch size."""
        self.x, self.out = x, Variable.empty(self.name, self.shape(x.shape))
        return self.out

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The output's shape for an input's."""
        return shape

    def forward(self, training: bool = True) -> None:
        raise NotImplementedError

    def backward(self, training: bool = True) -> None:
        raise NotImplementedError

    def twin(self) -> "Layer":
        """A layer to connect elsewhere: it shares weights and buffers with this one and has gradients of its own."""
        other = copy.copy(self)
        other.x = other.out = None
        for parameter, name in zip(self.parameters(), self._own_names(), strict=True):
            setattr(other, name, Variable(parameter.name, parameter.data, aligned_zeros(parameter.shape)))
        return other

    def _own_names(self) -> list[str]:
        return [name for name in self.parameter_names if getattr(self, name) is not None]


class Embedding(Layer):
    """One vector a character: (B, T) int64 -> (B, T, C)."""

    parameter_names = ("weight",)

    def __init__(self, vocab: int, n_embd: int):
        self.weight = Variable.empty("weight", (vocab, n_embd))

    def draw(self, generator):
        self.weight.data[:] = torch.randn(self.weight.shape, generator=generator).numpy()

    def shape(self, shape):
        return (*shape, self.weight.shape[1])  # (B, T) -> (B, T, C)

    def connect(self, x):
        out = super().connect(x)
        self._index = x.data.reshape(-1)
        self._out, self._out_grad = _rows(out.data), _rows(out.grad)
        return out

    def forward(self, training=True):
        if not kernels.embed(self.weight.data, self._index, self._out):
            symbols = self.weight.shape[0]
            raise IndexError(f"Embedding has {symbols} symbols: contexts hold codes from 0 to {symbols - 1} only.")

    def backward(self, training=True):
        kernels.embed_backward(self._index, self._out_grad, self.weight.grad)


class FlattenConsecutive(Layer):
    """Joins n neighbouring positions: (B, T, C) -> (B, T/n, C*n), or (B, C*n) where one position is left.

    Only a reshape: out is the memory of x, gradients too, so that running it is nothing.
    """

    def __init__(self, n: int):
        self.n = n

    def shape(self, shape):
        b, t, c = shape
        return (b, t // self.n, c * self.n) if t > self.n else (b, c * self.n)

    def connect(self, x):
        shape = self.shape(x.shape)
        self.x, self.out = x, Variable(self.name, x.data.reshape(shape), x.grad.reshape(shape))
        return self.out

    def forward(self, training=True):
        pass

    def backward(self, training=True):
        pass


class Linear(Layer):
    """out = x @ weight + bias over the last dimension; weight (fan_in, fan_out) starts as randn / sqrt(fan_in).

    >>> Linear(30, 200, std=0.2, bias_std=0.01)     # starts as randn * 0.2, and its bias as randn * 0.01 in place of 0
    """

    parameter_names = ("weight", "bias")

    def __init__(self, fan_in: int, fan_out: int, bias: bool = True, std: float | None = None, bias_std: float = 0.0):
        self.weight = Variable.empty("weight", (fan_in, fan_out))
        self.bias = Variable.empty("bias", (fan_out,)) if bias else None
        self.std, self.bias_std = std, bias_std

    def draw(self, generator):
        drawn = torch.randn(self.weight.shape, generator=generator)
        fan_in = self.weight.shape[0]
        self.weight.data[:] = (drawn / fan_in**0.5 if self.std is None else drawn * self.std).numpy()
        if self.bias is not None and self.bias_std:
            self.bias.data[:] = (torch.randn(self.bias.shape, generator=generator) * self.bias_std).numpy()

    def shape(self, shape):
        return (*shape[:-1], self.weight.shape[1])

    def connect(self, x):
        out = super().connect(x)
        self._out, self._out_grad = _rows(out.data), _rows(out.grad)
        self._turned = aligned_zeros(self._out_grad.shape[::-1])  # out.grad as (fan_out, N)
        rows, weight = _rows(x.data), self.weight
        self._multiply = Product(rows, weight.data, self._out)  # (N, fan_in) @ (fan_in, fan_out)
        self._multiply_back = Product(rows.T, self._out_grad, weight.grad)
        self._multiply_down = Product(self._turned.T, weight.data.T, _rows(x.grad))
        return out

    def forward(self, training=True):
        self._multiply()
        if self.bias is not None:
            kernels.add_bias(self._out, self.bias.data)

    def backward(self, training=True):
        self.backward_to_weights()
        self.backward_to_input()

    def backward_to_weights(self) -> None:
        """Writes the gradients of weight and bias only."""
        self._multiply_back()
        if self.bias is not None:
            kernels.column_sums(self._out_grad, self.bias.grad)

    def backward_to_input(self) -> None:
        """Writes x.grad only."""
        turn(self._out_grad, self._turned)
        self._multiply_down()


class BatchNorm1d(Layer):
    """Brings each channel to mean 0 and variance 1 over the batch, then to a learned mean beta and scale gamma.

    >>> BatchNorm1d(68)                     # as in the course: normalises with the unbiased variance
    >>> BatchNorm1d(68, unbiased=False)     # as torch.nn.BatchNorm1d: normalises with the biased variance
    >>> BatchNorm1d(68, dims=0)             # the course's bug: on (B, T, C), statistics of their own for each position

    The running statistics, constants in evaluation mode, follow with `momentum`; the variance kept is the unbiased one.
    They have the shape of the reduction: (1, C), (1, 1, C), or (1, T, C) with the bug.
    """

    parameter_names = ("gamma", "beta")
    by_batch = False  # a bug to plant: the batch's own statistics in evaluation mode as well

    def __init__(
        self, n: int, eps: float = 1e-5, momentum: float = 0.1, unbiased: bool = True, dims: int | None = None
    ):
        if dims not in (None, 0):
            raise ValueError(f"BatchNorm1d: dims is {dims!r}, it must be None (all but the last) or 0.")
        self.eps, self.momentum, self.unbiased, self.dims = eps, momentum, unbiased, dims
        self.gamma, self.beta = Variable.empty("gamma", (n,)), Variable.empty("beta", (n,))
        self.gamma.data[:] = 1
        self._running = None  # (2, F): mean and variance, F channels (or, with the bug, positions * channels)

    def connect(self, x):
        out = super().connect(x)
        channels = x.shape[-1] if self.dims is None else int(np.prod(x.shape[1:]))
        self._statistics_shape = (1,) * (len(x.shape) - 1) + x.shape[-1:] if self.dims is None else (1, *x.shape[1:])
        self._x, self._x_grad = x.data.reshape(-1, channels), x.grad.reshape(-1, channels)
        self._out, self._out_grad = out.data.reshape(-1, channels), out.grad.reshape(-1, channels)
        self.rows = len(self._x)  # how many numbers each statistic is made from
        self._batch, self._work = aligned_zeros((2, channels)), aligned_zeros((4, channels))
        if self._running is None or self._running.shape[1] != channels:
            self._running = aligned_zeros((2, channels))
            self._running[1] = 1
        return out

    def buffers(self):
        """running_mean and running_var: views, to fill or to read."""
        return dict(zip(("running_mean", "running_var"), self._shaped(self._running), strict=True))

    def batch_statistics(self) -> dict[str, np.ndarray]:
        """batch_mean and batch_var of the last forward pass in training mode, the variance as it was used."""
        return dict(zip(("batch_mean", "batch_var"), self._shaped(self._batch), strict=True))

    def _shaped(self, statistics: np.ndarray) -> np.ndarray:
        return statistics.reshape(2, *self._statistics_shape)

    def forward(self, training=True):
        gamma, beta = self.gamma.data, self.beta.data
        if not (training or self._mixes()):
            kernels.norm_evaluate(self._x, gamma, beta, self._running, self._work, self._out, self.eps)
            return
        if self.rows == 1:
            raise ValueError("BatchNorm1d needs at least two examples to normalise: use a batch size of 2 or more.")
        running = self._running if training else self._running.copy()  # evaluation leaves the model as it is
        kernels.norm_forward(
            self._x, gamma, beta, self._batch, running, self._work, self._out,
            self.eps, self.momentum, self.unbiased,
        )  # fmt: skip

    def _mixes(self) -> bool:
        return self.by_batch and self.rows > 1

    def backward(self, training=True):
        training = training or self._mixes()
        kernels.norm_backward(
            self._x, self._out_grad, self._batch if training else self._running, self._work,
            self.gamma.grad, self.beta.grad, self._x_grad, self.eps, self.unbiased, not training,
        )  # fmt: skip


class Tanh(Layer):
    """Squashes every number into -1 to 1."""

    def connect(self, x):
        out = super().connect(x)
        self._x, self._x_grad = x.data.reshape(-1), x.grad.reshape(-1)
        self._out, self._out_grad = out.data.reshape(-1), out.grad.reshape(-1)
        return out

    def forward(self, training=True):
        kernels.tanh_forward(self._x, self._out)

    def backward(self, training=True):
        kernels.tanh_backward(self._out, self._out_grad, self._x_grad)


class ReLU(Layer):
    """Replaces numbers below 0 by 0; NaN stays."""

    def forward(self, training=True):
        np.maximum(self.x.data, 0, out=self.out.data)

    def backward(self, training=True):
        np.multiply(self.out.grad, self.out.data > 0, out=self.x.grad)


def _rows(array: np.ndarray) -> np.ndarray:
    """(..., C) as (N, C): a view."""
    return array.reshape(-1, array.shape[-1])
