"""Layers that torch computes: the same numbers as the module alone, in the engine's arrays."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from core.nn.sequential import Sequential
from core.nn.torch_layers import GRU, LSTM, RNN, TransformerEncoderLayer
from tests.core.nn.oracles import normal, run, variable

LAYERS = {"RNN": lambda: RNN(6, 5), "GRU": lambda: GRU(6, 5), "LSTM": lambda: LSTM(6, 5)}
MODULES = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}


def load(module: nn.Module, layer) -> nn.Module:
    named = dict(module.named_parameters())
    assert list(named) == list(layer.parameter_names)
    with torch.no_grad():
        for name, parameter in named.items():
            parameter.copy_(torch.from_numpy(getattr(layer, name).data))
    return module


@pytest.mark.parametrize("kind", LAYERS)
def test_a_recurrent_layer_is_torch_s(kind):
    layer = LAYERS[kind]()
    layer.draw(torch.Generator().manual_seed(1))
    module = load(MODULES[kind](6, 5, batch_first=True), layer)
    x, grad = normal(1, (3, 7, 6)), normal(2, (3, 7, 5))
    ours = run(layer, x, grad)
    entry = torch.tensor(x, requires_grad=True)
    out, _ = module(entry)
    out.backward(torch.tensor(grad))
    np.testing.assert_allclose(ours["out"], out.detach().numpy(), atol=1e-6)
    np.testing.assert_allclose(ours["x"], entry.grad.numpy(), atol=1e-5)
    for name, parameter in module.named_parameters():
        np.testing.assert_allclose(ours[name], parameter.grad.numpy(), atol=1e-5, err_msg=name)


def test_attention_looks_back_only():
    layer = TransformerEncoderLayer(8, 2, 16)
    layer.draw(torch.Generator().manual_seed(1))
    x = normal(3, (1, 6, 8))
    entry = variable(x)
    out = layer.connect(entry)
    layer.forward()
    out.grad[:] = 0
    out.grad[:, 2] = normal(4, (8,))
    layer.backward()
    assert (np.abs(entry.grad).max(axis=(0, 2)) > 0).tolist() == [True] * 3 + [False] * 3


def test_the_initial_weights_follow_the_seed_and_leave_torch_s_own_generator_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    first, second, other = GRU(6, 5), GRU(6, 5), GRU(6, 5)
    torch.manual_seed(7)
    for layer, seed in ((first, 1), (second, 1), (other, 2)):
        layer.draw(torch.Generator().manual_seed(seed))
    assert torch.equal(torch.rand(3), expected)
    np.testing.assert_array_equal(first.weight_ih_l0.data, second.weight_ih_l0.data)
    assert not np.array_equal(first.weight_ih_l0.data, other.weight_ih_l0.data)


def test_models_made_in_several_threads_start_from_the_weights_of_their_seed():
    def weights(_):
        generator = torch.Generator().manual_seed(42)
        model = Sequential.from_text("Embedding(27, 6)\nGRU(6, 5)\nLastPosition()\nLinear(5, 27)", 8, generator)
        return np.concatenate([p.data.reshape(-1) for p in model.parameters()])

    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(weights, range(60)))
    assert all(np.array_equal(drawn[0], other) for other in drawn)


def test_twins_in_two_threads_do_not_mix_their_inputs():
    generator = torch.Generator().manual_seed(1)
    model = Sequential.from_text("Embedding(27, 6)\nGRU(6, 5)\nLastPosition()\nLinear(5, 27)", 8, generator)
    model.connect(4)
    contexts = np.random.default_rng(0).integers(0, 27, (100, 4, 8))
    expected = [model.forward(batch, training=False).copy() for batch in contexts]

    def logits(twin):
        return [twin.forward(batch, training=False).copy() for batch in contexts]

    with ThreadPoolExecutor(2) as pool:
        for given in pool.map(logits, [model.twin(4), model.twin(4)]):
            np.testing.assert_array_equal(given, expected)


def test_descent_moves_the_weights_that_torch_reads():
    text = "Embedding(27, 6)\nGRU(6, 5)\nLastPosition()\nLinear(5, 27)"
    model = Sequential.from_text(text, context=8, generator=torch.Generator().manual_seed(1))
    model.connect(16)
    rng = np.random.default_rng(0)
    contexts, targets = rng.integers(0, 27, (16, 8)), rng.integers(0, 27, 16)
    losses = []
    for _ in range(60):
        losses.append(model.loss(contexts, targets))
        model.backward()
        model.update(0.5)
    assert losses[-1] < 0.5 * losses[0]
    np.testing.assert_allclose(model.evaluate(contexts), model.forward(contexts, training=False), atol=1e-6)
