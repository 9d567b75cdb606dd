"""The model as a whole: gradients against autograd, one buffer, twins, states."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.nn.layers import Linear, Tanh
from core.nn.presets import PRESETS
from core.nn.sequential import Sequential

SMALL = """
Embedding(11, 3)
FlattenConsecutive(2)
Linear(6, 8, bias=False)
BatchNorm1d(8)
Tanh()
FlattenConsecutive(2)
Linear(16, 11)
"""


def model(text: str = SMALL, context: int = 4, batch: int = 16, seed: int = 42) -> Sequential:
    model = Sequential.from_text(text, context, torch.Generator().manual_seed(seed))
    model.connect(batch)
    return model


def batch(model: Sequential, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng, symbols = np.random.default_rng(seed), model.logits.shape[-1]
    return rng.integers(0, symbols, model.contexts.shape), rng.integers(0, symbols, model.logits.shape[:-1])


def by_autograd(model: Sequential, contexts: np.ndarray, targets: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
    """Loss and gradients of the same layers in torch, in float64, written from their definitions."""
    leaves = {p.name: torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in model.parameters()}
    x = torch.tensor(contexts)
    for layer in model.layers:
        own = {name.rpartition(".")[2]: leaf for name, leaf in leaves.items() if name.startswith(f"{layer.name}.")}
        match layer.kind:
            case "Embedding":
                x = own["weight"][x]
            case "FlattenConsecutive":
                x = x.reshape(len(x), x.shape[1] // layer.n, -1)
                x = x.squeeze(1) if x.shape[1] == 1 else x
            case "Linear":
                x = x @ own["weight"] + own.get("bias", 0)
            case "BatchNorm1d":
                over = 0 if layer.dims == 0 else tuple(range(x.ndim - 1))
                var = x.var(over, keepdim=True, unbiased=layer.unbiased)
                x = own["gamma"] * (x - x.mean(over, keepdim=True)) / torch.sqrt(var + layer.eps) + own["beta"]
            case "Tanh":
                x = torch.tanh(x)
    loss = torch.nn.functional.cross_entropy(x, torch.tensor(targets))
    loss.backward()
    return loss.item(), {name: leaf.grad.numpy() for name, leaf in leaves.items()}


def assert_gradients(model: Sequential) -> None:
    contexts, targets = batch(model)
    for parameter in model.parameters():  # a bias or beta of 0, a gamma of 1 would hide a mistake
        parameter.data += 0.1 * np.random.default_rng(1).standard_normal(parameter.shape).astype(np.float32)
    loss = model.loss(contexts, targets)
    model.backward()
    expected_loss, expected = by_autograd(model, contexts, targets)
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    largest = max(np.abs(grad).max() for grad in expected.values())  # BatchNorm makes some gradients all but cancel
    for parameter in model.parameters():
        ours, theirs = parameter.grad, expected[parameter.name]
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4 * largest, err_msg=parameter.name)


@pytest.mark.parametrize("name", ["mlp-2003", "mlp", "deep-mlp", "flat", "wavenet-bug", "wavenet", "wavenet-large"])
def test_gradients_of_the_course_s_presets(name):
    preset = PRESETS[name]
    made = model(preset.text(27), preset.context, 32)
    assert sum(p.data.size for p in made.parameters()) == preset.parameters
    assert_gradients(made)


@pytest.mark.parametrize("name", PRESETS)
def test_the_loss_of_every_preset_falls_along_its_gradient_as_fast_as_it_says(name):
    """Whatever its layers: the slope between two points on either side is the gradient's length."""
    preset = PRESETS[name]
    positions = preset.settings.get("positions", 1)
    made = model(preset.text(27), preset.context, 32)
    made.connect(32, positions)
    contexts, targets = batch(made)
    if not made.parameters():
        pytest.skip("counts are not descended on")
    made.loss(contexts, targets)
    made.backward()
    length = np.sqrt(sum((p.grad.astype(float) ** 2).sum() for p in made.parameters()))
    direction = [p.grad / length for p in made.parameters()]

    def moved(by: float) -> float:
        for parameter, part in zip(made.parameters(), direction, strict=True):
            parameter.data += np.float32(by) * part
        return made.loss(contexts, targets)

    reach = 1e-2
    ahead = moved(reach)
    behind = moved(-2 * reach)
    assert (ahead - behind) / (2 * reach) == pytest.approx(length, rel=0.02)


@given(
    vocab=st.integers(2, 12),
    n_embd=st.integers(1, 6),
    joins=st.sampled_from([(2, 2), (4,), (1, 4), (2, 2, 2), (3, 2)]),
    hidden=st.integers(1, 9),
    norm=st.sampled_from(["", ", dims=0", ", unbiased=False", ", unbiased=False, dims=0"]),
    size=st.integers(5, 40),
)
def test_gradients_of_random_models(vocab, n_embd, joins, hidden, norm, size):
    lines, channels = [f"Embedding({vocab}, {n_embd})"], n_embd
    for n in joins:
        lines += [
            f"FlattenConsecutive({n})",
            f"Linear({channels * n}, {hidden})",
            f"BatchNorm1d({hidden}{norm})",
            "Tanh()",
        ]
        channels = hidden
    assert_gradients(model("\n".join([*lines, f"Linear({hidden}, {vocab})"]), int(np.prod(joins)), size))


def test_names_follow_the_place_and_not_the_line():
    made = model("# a comment\n" + SMALL)
    assert [layer.name for layer in made.layers][:3] == ["1.Embedding", "2.FlattenConsecutive", "3.Linear"]
    assert list(made.state()) == [
        "1.Embedding.weight", "3.Linear.weight", "4.BatchNorm1d.gamma", "4.BatchNorm1d.beta",
        "4.BatchNorm1d.running_mean", "4.BatchNorm1d.running_var", "7.Linear.weight", "7.Linear.bias",
    ]  # fmt: skip


def test_weights_are_drawn_in_order_and_the_last_linear_is_not_confident():
    made, generator = model(), torch.Generator().manual_seed(42)
    embedding = torch.randn((11, 3), generator=generator)
    hidden = torch.randn((6, 8), generator=generator) / 6**0.5
    last = torch.randn((16, 11), generator=generator) / 16**0.5 * 0.1
    drawn = [made.layers[i].weight.data for i in (0, 2, 6)]
    for ours, theirs in zip(drawn, (embedding, hidden, last), strict=True):
        np.testing.assert_array_equal(ours, theirs.numpy())


def test_parameters_start_on_cache_lines_of_one_buffer_and_the_gaps_stay_zero():
    made = model()
    contexts, targets = batch(made)
    made.loss(contexts, targets)
    made.backward()
    made.update(0.1)
    for attribute, flat in (("data", made._data), ("grad", made._grad)):
        arrays = [getattr(p, attribute) for p in made.parameters()]
        assert all(array.ctypes.data % 64 == 0 and np.shares_memory(array, flat) for array in arrays)
        assert np.count_nonzero(flat) == sum(map(np.count_nonzero, arrays))


def test_update_is_plain_gradient_descent():
    made = model()
    made.loss(*batch(made))
    made.backward()
    expected = {p.name: p.data - np.float32(0.3) * p.grad for p in made.parameters()}
    made.update(0.3)
    for parameter in made.parameters():
        np.testing.assert_allclose(parameter.data, expected[parameter.name], rtol=1e-6, atol=1e-7)


def test_a_twin_shares_weights_and_disturbs_nothing():
    made = model()
    contexts, targets = batch(made)
    made.loss(contexts, targets)
    made.backward()
    arrays = [a for v in (*made.activations(), *made.parameters()) for a in (v.data, v.grad)]
    before = [array.copy() for array in arrays]
    twin = made.twin(5)
    twin.forward(contexts[:5], training=False)
    for layer in twin.layers:
        layer.out.grad[:] = 1
    for layer in reversed(twin.layers):
        layer.backward(training=False)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    made.update(0.1)
    for ours, shared in zip(made.parameters(), twin.parameters(), strict=True):
        assert np.shares_memory(ours.data, shared.data)
        assert not np.shares_memory(ours.grad, shared.grad)


@pytest.mark.parametrize("n", [1, 31, 32, 33, 256, 600])
def test_evaluate_takes_any_number_of_contexts(n):
    made = model()
    for seed in range(3):
        made.loss(*batch(made, seed))
    before, state = [v.data.copy() for v in made.activations()], made.state()
    contexts = np.random.default_rng(7).integers(0, 11, (n, 4))
    logits = made.evaluate(contexts)
    assert logits.shape == (n, 11)
    whole = made.twin(n)
    np.testing.assert_allclose(logits, whole.forward(contexts, training=False), rtol=1e-5, atol=1e-6)
    for activation, copy in zip(made.activations(), before, strict=True):
        np.testing.assert_array_equal(activation.data, copy)
    for name, array in made.state().items():
        np.testing.assert_array_equal(array, state[name])


def test_evaluate_follows_training():
    made = model()
    contexts, targets = batch(made)
    before = made.evaluate(contexts)
    made.loss(contexts, targets)
    made.backward()
    made.update(0.5)
    after = made.evaluate(contexts)
    assert np.abs(after - before).max() > 1e-3
    other = model(seed=1)
    other.load_state(made.state())
    np.testing.assert_array_equal(other.evaluate(contexts), after)


def test_a_state_is_a_copy():
    made = model()
    state = made.state()
    made.loss(*batch(made))
    made.backward()
    made.update(1.0)
    assert any((state[name] != array).any() for name, array in made.state().items())
    made.load_state(state)
    assert all((state[name] == array).all() for name, array in made.state().items())


def test_a_state_of_another_model_is_refused_and_changes_nothing():
    made, before = model(), model().state()
    state = model().state()
    wrong = state | {"7.Linear.bias": np.zeros(3, np.float32), "1.Embedding.weight": np.zeros((11, 3), np.float32)}
    with pytest.raises(ValueError, match=r"7\.Linear\.bias is \(3,\), not \(11,\)"):
        made.load_state(wrong)
    del state["3.Linear.weight"]
    with pytest.raises(ValueError, match=r"it has no 3\.Linear\.weight"):
        made.load_state(state)
    assert all((before[name] == array).all() for name, array in made.state().items())


def test_contexts_of_another_shape_are_refused():
    made = model()
    with pytest.raises(ValueError, match=r"\(16, 4\), these are \(1, 4\)"):
        made.forward(np.zeros((1, 4), np.int64))


def test_first_nonfinite_goes_down_the_outputs_then_up_the_gradients():
    made = model()
    made.loss(*batch(made))
    made.backward()
    assert made.first_nonfinite() is None
    made.layers[2].out.grad[0] = np.nan
    made.layers[3].out.grad[0] = np.inf
    assert made.first_nonfinite() == "4.BatchNorm1d"
    made.layers[6].out.data[0] = np.inf
    assert made.first_nonfinite() == "7.Linear"
    made.layers[2].out.data[0] = np.nan
    assert made.first_nonfinite() == "3.Linear"


def test_any_list_of_layers_is_a_model():
    made = Sequential(
        [*model().layers[:2], Linear(6, 5), Tanh(), *Sequential.from_text(SMALL).layers[5:6], Linear(10, 11)]
    )
    made.context = 4
    made.connect(3)
    assert made.forward(np.zeros((3, 4), np.int64)).shape == (3, 11)
