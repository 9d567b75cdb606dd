"""Residual, gated and skip connections: whole models against autograd, in float64."""

import numpy as np
import pytest
import torch
from torch.nn.functional import conv1d, cross_entropy

from core.nn.containers import Gated, Residual
from core.nn.convolution import CausalConv1d
from core.nn.layers import BatchNorm1d, Linear, Tanh
from core.nn.sequential import Sequential
from tests.core.nn.oracles import assert_same, normal, oracle, run

PAPER = """Embedding(27, 6)
Residual(Gated(CausalConv1d(6, 6), CausalConv1d(6, 6)), Skip(6, 9), Linear(6, 6))
Residual(Gated(CausalConv1d(6, 6, dilation=2), CausalConv1d(6, 6, dilation=2)), Skip(6, 9), Linear(6, 6))
SkipSum()
ReLU()
Linear(9, 5)
ReLU()
Linear(5, 27)"""


def conv(x, weight, bias, dilation):
    turned = weight.reshape(2, -1, weight.shape[1]).permute(2, 1, 0)
    return conv1d(x.transpose(1, 2), turned, bias, dilation=dilation).transpose(1, 2)


def paper(w: dict[str, torch.Tensor], contexts: torch.Tensor) -> torch.Tensor:
    """The same model in plain torch, from the same weights."""
    x, skips = w["1.Embedding.weight"][contexts], []
    for place, dilation in ((2, 1), (3, 2)):

        def branch(i, x=x, place=place, dilation=dilation):
            name = f"{place}.1.{i}.CausalConv1d"
            return conv(x, w[f"{name}.weight"], w[f"{name}.bias"], dilation)

        z = torch.tanh(branch(1)) * torch.sigmoid(branch(2))
        skips.append(z @ w[f"{place}.2.Skip.weight"] + w[f"{place}.2.Skip.bias"])
        x = x[:, -z.shape[1] :] + z @ w[f"{place}.3.Linear.weight"] + w[f"{place}.3.Linear.bias"]
    total = sum(skip[:, -x.shape[1] :] for skip in skips)
    hidden = torch.relu(torch.relu(total) @ w["6.Linear.weight"] + w["6.Linear.bias"])
    return hidden @ w["8.Linear.weight"] + w["8.Linear.bias"]


@pytest.mark.parametrize("positions", [1, 5])
def test_the_paper_s_blocks_and_head_have_autograd_s_loss_and_gradients(positions):
    model = Sequential.from_text(PAPER, context=4, generator=torch.Generator().manual_seed(3))
    model.connect(8, positions)
    rng = np.random.default_rng(0)
    contexts = rng.integers(0, 27, (8, 4 + positions - 1))
    targets = rng.integers(0, 27, (8, positions) if positions > 1 else 8)
    loss = model.loss(contexts, targets)
    model.backward()
    weights = {p.name: torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in model.parameters()}
    expected = cross_entropy(paper(weights, torch.tensor(contexts)).reshape(-1, 27), torch.tensor(targets).reshape(-1))
    expected.backward()
    assert loss == pytest.approx(expected.item(), abs=1e-6)
    for parameter in model.parameters():
        grad = weights[parameter.name].grad
        theirs = np.zeros(parameter.shape) if grad is None else grad.numpy()  # the last residual feeds nothing
        np.testing.assert_allclose(
            parameter.grad, theirs, atol=1e-6 + 1e-5 * np.abs(theirs).max(), err_msg=parameter.name
        )


def test_layers_inside_are_listed_in_the_order_in_which_they_are_computed():
    model = Sequential.from_text(PAPER, context=4)
    assert [layer.name for layer in model.layers][:6] == [
        "1.Embedding",
        "2.1.1.CausalConv1d",
        "2.1.2.CausalConv1d",
        "2.1.Gated",
        "2.2.Skip",
        "2.3.Linear",
    ]


def test_a_residual_connection_keeps_the_shape_or_cuts_its_input():
    for layers, shape in (([Linear(6, 6), Tanh()], (4, 6)), ([CausalConv1d(6, 6, dilation=2)], (4, 5, 6))):
        residual = Residual(*layers)
        generator = torch.Generator().manual_seed(1)
        layers[0].draw(generator)
        out_shape = layers[0].shape(shape)
        x, grad = normal(1, shape), normal(2, out_shape)
        weight, bias = layers[0].weight.data, layers[0].bias.data

        def function(x, weight, bias):
            return x[:, -3:] + conv(x, weight, bias, 2) if x.ndim == 3 else x + torch.tanh(x @ weight + bias)

        ours = run(residual, x, grad) | {"weight": layers[0].weight.grad, "bias": layers[0].bias.grad}
        assert_same(ours, oracle(function, x, grad, weight=weight, bias=bias))


def test_both_branches_of_a_gate_send_gradients_back():
    first, second = Linear(5, 7), Linear(5, 7)
    for i, layer in enumerate((first, second)):
        layer.weight.data[:], layer.bias.data[:] = normal(i, (5, 7)), normal(i + 2, (7,))
    x, grad = normal(5, (6, 5)), normal(6, (6, 7))
    names = ("w1", "b1", "w2", "b2")
    variables = [first.weight, first.bias, second.weight, second.bias]

    def gated(x, w1, b1, w2, b2):
        return torch.tanh(x @ w1 + b1) * torch.sigmoid(x @ w2 + b2)

    ours = run(Gated(first, second), x, grad)
    ours |= {name: variable.grad for name, variable in zip(names, variables, strict=True)}
    parameters = {name: variable.data for name, variable in zip(names, variables, strict=True)}
    assert_same(ours, oracle(gated, x, grad, **parameters))


def test_a_twin_shares_weights_inside_containers_and_computes_the_same():
    model = Sequential.from_text(PAPER, context=4, generator=torch.Generator().manual_seed(3))
    model.connect(8)
    contexts = np.random.default_rng(1).integers(0, 27, (40, 4))
    before = model.evaluate(contexts)
    model.layers[1].weight.data[:] += 0.1
    after = model.evaluate(contexts)
    assert np.abs(after - before).max() > 1e-4
    state = model.state()
    other = Sequential.from_text(PAPER, context=4)
    other.connect(3)
    other.load_state(state)
    np.testing.assert_array_equal(other.evaluate(contexts), after)


def test_batch_norm_inside_a_container_keeps_its_running_statistics():
    text = "Embedding(27, 6)\nResidual(BatchNorm1d(6), Linear(6, 6))\nFlattenConsecutive(2)\nLinear(12, 27)"
    model = Sequential.from_text(text, context=2, generator=torch.Generator().manual_seed(3))
    model.connect(8)
    rng = np.random.default_rng(1)
    model.loss(rng.integers(0, 27, (8, 2)), rng.integers(0, 27, 8))
    assert isinstance(model.layers[1], BatchNorm1d)
    assert np.abs(model.state()["2.1.BatchNorm1d.running_mean"]).max() > 0


def test_a_skip_in_one_branch_learns_from_a_sum_in_the_other():
    text = "Embedding(27, 8)\nGated(Skip(8, 8), SkipSum())\nFlattenConsecutive(2)\nLinear(16, 27)"
    model = Sequential.from_text(text, context=2, generator=torch.Generator().manual_seed(3))
    model.connect(8)
    rng = np.random.default_rng(1)
    model.loss(rng.integers(0, 27, (8, 2)), rng.integers(0, 27, 8))
    model.backward()
    first = model.layers[1].weight.grad.copy()
    model.backward()  # nothing of the pass before is left over
    assert first.any()
    np.testing.assert_array_equal(model.layers[1].weight.grad, first)
