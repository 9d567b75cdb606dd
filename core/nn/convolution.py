"""Convolution over a text's positions: one small Linear that slides along, and never sees what comes later.

>>> layer = CausalConv1d(10, 68, kernel=2, dilation=1, bias=False)
>>> layer.connect(x).shape      # x: (32, 15, 10)
(32, 14, 68)

Position t of the output mixes the positions t, t + dilation, ... of the input: as a FlattenConsecutive(kernel) and a
Linear do at every kernel-th position only, with the same weight. So a stack of dilations 1, 2, 4 is the hierarchical
network at every position of a text at once. There is no padding: the first (kernel - 1) * dilation positions have no
full past and drop out; the data puts dots in front.
"""

import numpy as np
import torch

from core.nn import kernels
from core.nn.layers import Layer
from core.nn.variable import Variable, aligned_zeros


class CausalConv1d(Layer):
    """(B, T, C) -> (B, T - (kernel - 1) * dilation, C'); weight (kernel * fan_in, fan_out), oldest position first."""

    parameter_names = ("weight", "bias")

    def __init__(self, fan_in: int, fan_out: int, kernel: int = 2, dilation: int = 1, bias: bool = True):
        self.kernel, self.dilation = kernel, dilation
        self.weight = Variable.empty("weight", (kernel * fan_in, fan_out))
        self.bias = Variable.empty("bias", (fan_out,)) if bias else None

    def draw(self, generator):
        fan_in = self.weight.shape[0]
        self.weight.data[:] = (torch.randn(self.weight.shape, generator=generator) / fan_in**0.5).numpy()

    def shape(self, shape):
        b, t, _ = shape
        return b, t - (self.kernel - 1) * self.dilation, self.weight.shape[1]

    def connect(self, x):
        out = super().connect(x)
        b, t, _ = out.shape
        c = x.shape[-1]
        joined, joined_grad = aligned_zeros((b, t, self.kernel, c)), aligned_zeros((b, t, self.kernel, c))
        windows = [slice(k * self.dilation, k * self.dilation + t) for k in range(self.kernel)]
        self._reads = [(x.data[:, window], joined[:, :, k]) for k, window in enumerate(windows)]
        self._shares = [(x.grad[:, window], joined_grad[:, :, k]) for k, window in enumerate(windows)]
        self._joined, self._joined_grad = (a.reshape(b * t, -1) for a in (joined, joined_grad))
        self._out, self._out_grad = (a.reshape(b * t, -1) for a in (out.data, out.grad))
        return out

    def forward(self, training=True):
        for x, joined in self._reads:
            joined[:] = x
        np.dot(self._joined, self.weight.data, out=self._out)  # (B*T, kernel*C) @ (kernel*C, C')
        if self.bias is not None:
            kernels.add_bias(self._out, self.bias.data)

    def backward(self, training=True):
        np.dot(self._joined.T, self._out_grad, out=self.weight.grad)
        np.dot(self._out_grad, self.weight.data.T, out=self._joined_grad)
        self.x.grad[:] = 0
        for x_grad, share in self._shares:  # a position is read by several windows: their gradients add up
            x_grad += share
        if self.bias is not None:
            kernels.column_sums(self._out_grad, self.bias.grad)
