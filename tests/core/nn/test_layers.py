"""Every layer's output and gradients against torch.nn and autograd, in float64, for random shapes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.nn.layers import BatchNorm1d, Embedding, FlattenConsecutive, Linear, Tanh
from core.nn.variable import Variable
from tests.core.nn.oracles import SEEDS, SHAPES, SIZES, assert_same, normal, oracle, run, variable


class TestLinear:
    @given(SHAPES, SIZES, st.booleans(), SEEDS)
    def test_output_and_gradients(self, shape, fan_out, bias, seed):
        self.check(shape, fan_out, bias, seed)

    @pytest.mark.parametrize("shape", [(32, 2, 130), (300, 130), (1, 130)])
    def test_products_that_are_large_or_cut_into_blocks(self, shape):
        self.check(shape, 70, True, 0)

    def check(self, shape, fan_out, bias, seed):
        layer = Linear(shape[-1], fan_out, bias)
        for i, parameter in enumerate(layer.parameters()):
            parameter.data[:] = normal(seed + i, parameter.shape)
        x, grad = normal(seed + 2, shape), normal(seed + 3, (*shape[:-1], fan_out))
        parameters = {parameter.name: parameter.data for parameter in layer.parameters()}

        def linear(x, weight, bias=None):
            return torch.nn.functional.linear(x, weight.T, bias)

        assert_same(run(layer, x, grad), oracle(linear, x, grad, **parameters))

    def test_starts_as_the_course_does(self):
        layer = Linear(100, 3)
        layer.draw(torch.Generator().manual_seed(1))
        expected = torch.randn((100, 3), generator=torch.Generator().manual_seed(1)) / 10
        np.testing.assert_array_equal(layer.weight.data, expected.numpy())
        assert not layer.bias.data.any()


class TestEmbedding:
    @given(st.integers(2, 30), SIZES, st.integers(1, 20), st.integers(1, 8), SEEDS)
    def test_output_and_gradient(self, vocab, n_embd, batch, length, seed):
        layer = Embedding(vocab, n_embd)
        layer.weight.data[:] = normal(seed, (vocab, n_embd))
        codes = np.random.default_rng(seed).integers(0, vocab, (batch, length))
        out = layer.connect(Variable("contexts", codes, None))
        layer.forward()
        out.grad[:] = grad = normal(seed + 1, out.shape)
        layer.backward()
        theirs = torch.nn.Embedding(vocab, n_embd, _weight=torch.tensor(layer.weight.data, dtype=torch.float64))
        expected = theirs(torch.tensor(codes))
        expected.backward(torch.tensor(grad, dtype=torch.float64))
        np.testing.assert_array_equal(out.data, expected.detach().numpy().astype(np.float32))
        np.testing.assert_allclose(layer.weight.grad, theirs.weight.grad.numpy(), atol=1e-4)

    @pytest.mark.parametrize("code", [-1, 27, 2**40])
    def test_a_code_outside_of_the_table_is_an_error(self, code):
        layer = Embedding(27, 10)
        layer.connect(Variable("contexts", np.array([[0, code]]), None))
        with pytest.raises(IndexError, match="27 symbols: contexts hold codes from 0 to 26"):
            layer.forward()


class TestFlattenConsecutive:
    @given(st.integers(1, 8), st.integers(1, 4), st.integers(1, 4), SIZES, SEEDS)
    def test_output_and_gradient(self, batch, groups, n, channels, seed):
        shape = (batch, groups * n, channels)
        flat = (batch, groups, n * channels) if groups > 1 else (batch, n * channels)
        x, grad = normal(seed, shape), normal(seed + 1, flat)
        ours = run(FlattenConsecutive(n), x, grad)
        assert_same(ours, oracle(lambda x: x.reshape(flat), x, grad))

    def test_two_neighbours_are_the_even_and_the_odd_positions_side_by_side(self):
        x = normal(0, (4, 8, 10))
        out = run(FlattenConsecutive(2), x, normal(1, (4, 4, 20)))["out"]
        np.testing.assert_array_equal(out, np.concatenate([x[:, ::2], x[:, 1::2]], axis=2))

    def test_out_is_the_memory_of_x(self):
        entry = variable(normal(0, (4, 8, 10)))
        out = FlattenConsecutive(2).connect(entry)
        assert np.shares_memory(out.data, entry.data)
        assert np.shares_memory(out.grad, entry.grad)


class TestTanh:
    @given(SHAPES, SEEDS, st.sampled_from([0.01, 1.0, 30.0]))
    def test_output_and_gradient(self, shape, seed, scale):
        x, grad = normal(seed, shape) * np.float32(scale), normal(seed + 1, shape)
        assert_same(run(Tanh(), x, grad), oracle(torch.tanh, x, grad), tolerance=1e-6)

    def test_within_six_float32_steps_everywhere(self):
        positive = np.arange(0, np.float32(20).view(np.int32), 997, np.int32).view(np.float32)  # denormals, too
        x = np.concatenate([-positive, positive])
        out = run(Tanh(), x[None], x[None])["out"][0]
        exact = np.tanh(x.astype(np.float64)).astype(np.float32)
        assert (np.abs(out - exact) <= 6 * np.spacing(np.abs(exact))).all()
        assert np.abs(out).max() == 1

    def test_what_is_not_finite(self):
        x = np.array([[np.nan, np.inf, -np.inf, 9.03, -1e30, 0.0]], np.float32)
        out = run(Tanh(), x, x)["out"]
        np.testing.assert_array_equal(out, np.array([[np.nan, 1, -1, 1, -1, 0]], np.float32))


def batch_norm(x, gamma, beta, *, dims, unbiased, eps=1e-5):
    """The course's definition, written out."""
    over = tuple(range(x.ndim - 1)) if dims is None else dims
    mean, var = x.mean(over, keepdim=True), x.var(over, keepdim=True, unbiased=unbiased)
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


def norm(shape, seed, **options) -> BatchNorm1d:
    layer = BatchNorm1d(shape[-1], **options)
    layer.gamma.data[:], layer.beta.data[:] = normal(seed, shape[-1:]), normal(seed + 1, shape[-1:])
    return layer


class TestBatchNorm1d:
    @given(SHAPES, st.booleans(), st.sampled_from([None, 0]), SEEDS)
    def test_training(self, shape, unbiased, dims, seed):
        layer = norm(shape, seed, unbiased=unbiased, dims=dims)
        x, grad = normal(seed + 2, shape) + 3, normal(seed + 3, shape)

        def definition(x, gamma, beta):
            return batch_norm(x, gamma, beta, dims=dims, unbiased=unbiased)

        expected = oracle(definition, x, grad, gamma=layer.gamma.data, beta=layer.beta.data)
        assert_same(run(layer, x, grad), expected, tolerance=1e-4)

    @given(SHAPES, st.booleans(), SEEDS)
    def test_biased_is_torch_nn(self, shape, training, seed):
        """Output, gradients and running statistics, over several batches, in both modes."""
        layer = norm(shape, seed, unbiased=False, momentum=0.3, eps=1e-3)
        theirs = torch.nn.BatchNorm1d(shape[-1], momentum=0.3, eps=1e-3, dtype=torch.float64)
        theirs.load_state_dict(theirs.state_dict() | {"weight": torch.tensor(layer.gamma.data)})
        theirs.load_state_dict(theirs.state_dict() | {"bias": torch.tensor(layer.beta.data)})
        for batch in range(3):
            x = normal(seed + batch, shape) * (batch + 1)
            run(layer, x, x)
            theirs(torch.tensor(x, dtype=torch.float64).reshape(-1, shape[-1]))
        theirs.train(training)
        theirs.zero_grad()
        x, grad = normal(seed + 5, shape), normal(seed + 6, shape)
        expected = oracle(lambda x: theirs(x.reshape(-1, shape[-1])).reshape(shape), x, grad)
        expected |= {"gamma": theirs.weight.grad.numpy(), "beta": theirs.bias.grad.numpy()}
        assert_same(run(layer, x, grad, training), expected, tolerance=1e-4)
        for name, buffer in layer.buffers().items():
            np.testing.assert_allclose(buffer.ravel(), getattr(theirs, name).numpy(), rtol=1e-5, atol=1e-5)

    @given(SHAPES, st.booleans(), st.sampled_from([None, 0]), SEEDS)
    def test_evaluation(self, shape, unbiased, dims, seed):
        """The running statistics are constants: they neither move nor have a gradient."""
        layer = norm(shape, seed, unbiased=unbiased, dims=dims)
        run(layer, normal(seed + 2, shape) + 1, normal(seed + 3, shape))
        before = {name: buffer.copy() for name, buffer in layer.buffers().items()}
        mean, var = (torch.tensor(buffer, dtype=torch.float64) for buffer in before.values())
        x, grad = normal(seed + 4, shape), normal(seed + 5, shape)

        def definition(x, gamma, beta):
            return gamma * (x - mean) / torch.sqrt(var + 1e-5) + beta

        expected = oracle(definition, x, grad, gamma=layer.gamma.data, beta=layer.beta.data)
        assert_same(run(layer, x, grad, training=False), expected, tolerance=1e-4)
        for name, buffer in layer.buffers().items():
            np.testing.assert_array_equal(buffer, before[name])

    @pytest.mark.parametrize(
        ("shape", "dims", "statistics", "numbers"),
        [((32, 68), None, (1, 68), 32), ((32, 4, 68), None, (1, 1, 68), 128), ((32, 4, 68), 0, (1, 4, 68), 32)],
    )
    def test_shape_of_the_statistics(self, shape, dims, statistics, numbers):
        layer = BatchNorm1d(68, dims=dims)
        x = normal(0, shape)
        run(layer, x, x)
        assert layer.rows == numbers
        over = tuple(range(len(shape) - 1)) if dims is None else 0
        found = layer.buffers() | layer.batch_statistics()
        assert {array.shape for array in found.values()} == {statistics}
        np.testing.assert_allclose(found["batch_mean"], x.mean(over, keepdims=True), atol=1e-6)
        np.testing.assert_allclose(found["batch_var"], x.var(over, keepdims=True, ddof=1), rtol=1e-5)
        np.testing.assert_allclose(found["running_mean"], 0.1 * found["batch_mean"], rtol=1e-5)
        np.testing.assert_allclose(found["running_var"], 0.9 + 0.1 * found["batch_var"], rtol=1e-5)

    def test_a_constant_channel_becomes_beta(self):
        layer = BatchNorm1d(2)
        layer.beta.data[:] = [5, -5]
        result = run(layer, np.full((32, 2), 1e4, np.float32), normal(0, (32, 2)))
        np.testing.assert_allclose(result["out"], np.tile(layer.beta.data, (32, 1)), atol=1e-3)
        assert all(np.isfinite(value).all() for value in result.values())

    def test_a_mean_far_from_zero_costs_no_accuracy(self):
        x = normal(0, (128, 8)) + 1000
        expected = oracle(lambda x: batch_norm(x, 1.0, 0.0, dims=None, unbiased=True), x, np.ones_like(x))["out"]
        np.testing.assert_allclose(run(BatchNorm1d(8), x, x)["out"], expected, atol=1e-3)

    def test_nan_and_inf_stay_in_their_channel(self):
        x = normal(0, (8, 3))
        x[2, 0], x[3, 1] = np.nan, np.inf
        out = run(BatchNorm1d(3), x, x)["out"]
        assert np.isnan(out[:, 0]).all()
        assert not np.isfinite(out[:, 1]).all()
        assert np.isfinite(out[:, 2]).all()

    def test_one_example_has_no_variance(self):
        layer = BatchNorm1d(3)
        layer.connect(variable(normal(0, (1, 3))))
        with pytest.raises(ValueError, match="at least two examples"):
            layer.forward()
        layer.forward(training=False)

    def test_dims_other_than_the_two_are_refused(self):
        with pytest.raises(ValueError, match="dims is 1"):
            BatchNorm1d(3, dims=1)


def test_a_layer_connected_again_keeps_what_it_learned():
    layer = BatchNorm1d(5)
    run(layer, normal(0, (32, 5)), normal(1, (32, 5)))
    before = layer.buffers()["running_mean"].copy()
    layer.connect(variable(normal(2, (7, 5))))
    layer.forward(training=False)
    np.testing.assert_array_equal(layer.buffers()["running_mean"], before)


def test_a_twin_shares_weights_and_buffers_but_not_gradients():
    layer = norm((16, 5), 0)
    run(layer, normal(0, (16, 5)), normal(1, (16, 5)))
    twin = layer.twin()
    grad = layer.gamma.grad.copy()
    run(twin, normal(2, (4, 5)), normal(3, (4, 5)), training=False)
    np.testing.assert_array_equal(layer.gamma.grad, grad)
    assert np.shares_memory(layer.gamma.data, twin.gamma.data)
    assert np.shares_memory(layer.buffers()["running_mean"], twin.buffers()["running_mean"])
    assert layer.out.shape == (16, 5)
