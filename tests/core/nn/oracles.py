"""What a layer gives beside what autograd gives, in float64, for random shapes."""

import numpy as np
import torch
from hypothesis import strategies as st

from core.nn.layers import Layer
from core.nn.variable import Variable

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 40)
SHAPES = st.one_of(  # (B, C) and (B, T, C)
    st.tuples(st.integers(4, 70), SIZES), st.tuples(st.integers(4, 24), st.integers(1, 8), SIZES)
)


def normal(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def variable(data: np.ndarray) -> Variable:
    """With rubbish as its gradient: backward must write, not add."""
    return Variable("x", data, np.full(data.shape, 7, np.float32))


def run(layer: Layer, x: np.ndarray, grad: np.ndarray, training: bool = True) -> dict[str, np.ndarray]:
    """The layer's output, and the gradients that follow from `grad` at it."""
    entry = variable(x.copy())
    out = layer.connect(entry)
    for parameter in layer.parameters():
        parameter.grad[:] = 7
    layer.forward(training)
    result = {"out": out.data.copy()}
    out.grad[:] = grad.reshape(out.shape)
    layer.backward(training)
    np.testing.assert_array_equal(entry.data, x)
    np.testing.assert_array_equal(out.data, result["out"])
    return result | {"x": entry.grad} | {parameter.name: parameter.grad for parameter in layer.parameters()}


def oracle(function, x: np.ndarray, grad: np.ndarray, **parameters: np.ndarray) -> dict[str, np.ndarray]:
    """The same from autograd, in float64."""
    leaves = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in parameters.items()}
    entry = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    out = function(entry, **leaves)
    out.backward(torch.tensor(grad, dtype=torch.float64).reshape(out.shape))
    gradients = {name: leaf.grad for name, leaf in leaves.items()} | {"x": entry.grad}
    return {"out": out.detach().numpy()} | {name: value.numpy() for name, value in gradients.items()}


def assert_same(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray], tolerance: float = 1e-5) -> None:
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        assert ours[name].shape == expected.shape
        np.testing.assert_allclose(
            ours[name], expected, rtol=0, atol=tolerance * (1 + np.abs(expected).max()), err_msg=name
        )
