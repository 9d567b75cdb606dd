"""CausalConv1d against torch.nn.Conv1d, and against the hierarchy whose loop it hides."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.nn.convolution import CausalConv1d
from core.nn.layers import FlattenConsecutive, Linear
from tests.core.nn.oracles import SEEDS, SIZES, assert_same, normal, oracle, run, variable


@given(st.integers(1, 6), st.integers(1, 9), SIZES, SIZES, st.integers(1, 4), st.integers(1, 4), st.booleans(), SEEDS)
def test_output_and_gradients_are_those_of_torch(batch, left, fan_in, fan_out, kernel, dilation, bias, seed):
    layer = CausalConv1d(fan_in, fan_out, kernel, dilation, bias)
    for i, parameter in enumerate(layer.parameters()):
        parameter.data[:] = normal(seed + i, parameter.shape)
    x = normal(seed + 2, (batch, left + (kernel - 1) * dilation, fan_in))
    grad = normal(seed + 3, (batch, left, fan_out))

    def conv(x, weight, bias=None):
        turned = weight.reshape(kernel, fan_in, fan_out).permute(2, 1, 0)
        return torch.nn.functional.conv1d(x.transpose(1, 2), turned, bias, dilation=dilation).transpose(1, 2)

    parameters = {parameter.name: parameter.data for parameter in layer.parameters()}
    assert_same(run(layer, x, grad), oracle(conv, x, grad, **parameters))


def test_an_output_sees_nothing_that_comes_later():
    layer = CausalConv1d(3, 4, kernel=2, dilation=3)
    layer.draw(torch.Generator().manual_seed(1))
    x = normal(0, (1, 9, 3))
    x[:, 6] = np.nan
    out = layer.connect(variable(x))
    layer.forward()
    seen = np.isnan(out.data).any(axis=(0, 2))
    assert seen.tolist() == [False, False, False, True, False, False]  # 3..8: position 6 itself; 9 is not there


def test_every_second_position_is_what_joining_neighbours_gives():
    conv, linear, join = CausalConv1d(5, 7, kernel=2), Linear(10, 7), FlattenConsecutive(2)
    conv.draw(torch.Generator().manual_seed(2))
    linear.draw(torch.Generator().manual_seed(2))
    x = variable(normal(1, (4, 8, 5)))
    slid, joined = conv.connect(x), linear.connect(join.connect(x))
    for layer in (conv, join, linear):
        layer.forward()
    np.testing.assert_allclose(slid.data[:, ::2], joined.data, atol=1e-6)
