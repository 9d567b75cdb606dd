"""A look at a model: what stands in a frame, and that nothing else changes."""

import numpy as np
import pytest
import torch

from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.nn.sequential import Sequential
from core.training import probe
from core.training.config import RunConfig
from core.training.frame import NAN_INT8, ROLES, SATURATED_INT8, STATS, Frame
from core.training.trainer import Trainer

STAT = {name: i for i, name in enumerate(STATS)}


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """A wavenet after 200 steps and a backward pass."""
    trainer = Trainer(RunConfig(PRESETS["wavenet"].text(27)), Dataset.builtin())
    trainer.advance(200)
    return trainer


def look(trainer: Trainer, lr: float = 0.1) -> Frame:
    return probe.look(trainer.model, trainer.step, trainer.loss, lr)


def arrays(model) -> dict[tuple[str, str], np.ndarray]:
    """Every tensor of the model by role and name."""
    found = {}
    for layer in model.layers:
        found["output", layer.name], found["output_grad", layer.name] = layer.out.data, layer.out.grad
        for parameter in layer.parameters():
            found["weight", parameter.name], found["weight_grad", parameter.name] = parameter.data, parameter.grad
    return found


def test_a_row_for_every_tensor(trainer):
    frame = look(trainer)
    expected = arrays(trainer.model)
    assert {(t.role, t.name): t.shape for t in frame.tensors} == {key: array.shape for key, array in expected.items()}
    assert len(frame.tensors) == 52
    assert list(dict.fromkeys(t.role for t in frame.tensors)) == list(ROLES)
    assert [t.layer for t in frame.tensors if t.role == "output"] == [layer.name for layer in trainer.model.layers]
    assert all(t.name == t.layer or t.name.startswith(f"{t.layer}.") for t in frame.tensors)
    assert (frame.step, frame.loss, frame.lr) == (200, trainer.loss, 0.1)


def test_statistics_are_of_the_tensor_that_the_row_names(trainer):
    frame, tensors = look(trainer), arrays(trainer.model)
    for info, stats, counts in zip(frame.tensors, frame.stats, frame.counts, strict=True):
        array = torch.tensor(tensors[info.role, info.name])
        assert stats[STAT["mean"]] == pytest.approx(array.mean().item(), rel=1e-4, abs=1e-6)
        assert stats[STAT["std"]] == pytest.approx(array.std().item(), rel=1e-4)
        assert stats[STAT["max"]] == array.max().item()
        assert counts.sum() == array.numel()


def test_saturation_only_for_tanh_and_ratios_only_for_weights(trainer):
    frame, tensors = look(trainer, lr=0.25), arrays(trainer.model)
    for info, stats in zip(frame.tensors, frame.stats, strict=True):
        pair, ratios = stats[[STAT["saturated"], STAT["dead"]]], stats[[STAT["grad_data"], STAT["update_data"]]]
        if info.role == "output" and "Tanh" in info.layer:
            beyond = np.abs(tensors[info.role, info.name]) > np.float32(0.97)
            dead = beyond.reshape(-1, info.shape[-1]).all(axis=0).mean()
            np.testing.assert_allclose(pair, [beyond.mean(), dead], rtol=1e-6)
        else:
            assert np.isnan(pair).all()
        if info.role == "weight":
            data = torch.tensor(tensors["weight", info.name], dtype=torch.float64).std()
            grad = torch.tensor(tensors["weight_grad", info.name], dtype=torch.float64).std()
            np.testing.assert_allclose(ratios, [grad / data, torch.log10(0.25 * grad / data)], rtol=1e-4)
        else:
            assert np.isnan(ratios).all()


def test_ratios_that_do_not_exist_are_nan():
    trainer = Trainer(RunConfig(PRESETS["mlp"].text(27), context=3), Dataset.builtin())
    frame = look(trainer)  # before any step: no gradient yet, gammas all 1, betas all 0
    assert np.isnan(frame.stats[:, STAT["update_data"]]).all()
    seen = []
    trainer.advance(1, look=lambda trainer: seen.append(look(trainer)))
    rows = zip(seen[0].tensors, seen[0].stats, strict=True)
    ratios = {t.name: stats[STAT["update_data"]] for t, stats in rows if t.role == "weight"}
    assert np.isnan(ratios["4.BatchNorm1d.gamma"])
    assert np.isfinite(ratios["3.Linear.weight"])


def test_maps(trainer):
    maps, model = look(trainer).maps, trainer.model
    assert maps["5.Tanh"].dtype == np.int8
    assert {name: maps[name].shape for name in ("5.Tanh", "13.Tanh")} == {"5.Tanh": (32, 68), "13.Tanh": (32, 68)}
    last = model.layers[4].out.data[:, -1]
    np.testing.assert_allclose(maps["5.Tanh"] / 127, last, atol=0.0065)
    np.testing.assert_array_equal(np.abs(maps["5.Tanh"]) >= SATURATED_INT8, np.abs(last) > 0.97)
    norm = model.layers[3]
    for name, array in (norm.buffers() | norm.batch_statistics()).items():
        np.testing.assert_array_equal(maps[f"4.BatchNorm1d.{name}"], array)
        assert not np.shares_memory(maps[f"4.BatchNorm1d.{name}"], array)
    x = model.layers[2].out.data
    np.testing.assert_allclose(maps["4.BatchNorm1d.batch_mean"], x.mean((0, 1), keepdims=True), atol=1e-6)


RELU = "Embedding(27, 3)\nFlattenConsecutive(2)\nLinear(6, 40)\nReLU()\nLinear(40, 27)"


def test_a_relu_is_silent_where_it_is_zero():
    trainer = Trainer(RunConfig(RELU, context=2), Dataset.builtin())
    trainer.advance(1)
    weight = trainer.model.state()["3.Linear.bias"]
    weight[:4] = -1e3  # four units that never pass anything on
    trainer.model.load_state(trainer.model.state() | {"3.Linear.bias": weight})
    trainer.advance(1)
    frame, out = look(trainer), trainer.model.layers[3].out.data
    row = [t.name for t in frame.tensors].index("4.ReLU")
    assert frame.stats[row, STAT["saturated"]] == pytest.approx((out == 0).mean())
    dead = (out == 0).all(axis=0)
    assert dead[:4].all()
    assert frame.stats[row, STAT["dead"]] == pytest.approx(dead.mean())
    picture = frame.maps["4.ReLU"]
    np.testing.assert_array_equal(picture == 0, out == 0)
    np.testing.assert_allclose(picture / 127, out / out.max(), atol=1 / 127)


@pytest.mark.filterwarnings("error")
def test_a_relu_that_is_not_finite_has_a_picture_too():
    model = Trainer(RunConfig(RELU, context=2), Dataset.builtin()).model
    model.layers[3].out.data[0], model.layers[3].out.data[1], model.layers[3].out.data[2] = np.nan, np.inf, 2
    picture = probe.look(model, 1, 1.0, 0.1).maps["4.ReLU"]
    assert [set(picture[i].tolist()) for i in range(4)] == [{NAN_INT8}, {127}, {127}, {0}]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_looked_at(name):
    model = Sequential.from_text(PRESETS[name].text(27), PRESETS[name].context, torch.Generator().manual_seed(0))
    model.connect(8)
    contexts = np.random.default_rng(0).integers(0, 27, (8, PRESETS[name].context))
    loss = model.loss(contexts, contexts[:, :1] if model.logits.data.ndim == 3 else contexts[:, 0])
    model.backward()
    frame = probe.look(model, 1, loss, 0.1)
    assert frame.tensors == Frame.from_bytes(frame.to_bytes()).tensors
    roles = [t.role for t in frame.tensors]
    assert roles.count("output") == len(model.layers)
    assert roles.count("weight") == roles.count("weight_grad") == len(model.parameters())
    assert roles.count("output_grad") == (0 if name == "bigram" else len(model.layers))


def test_a_map_shows_at_most_32_examples_and_256_units():
    text = "Embedding(27, 3)\nFlattenConsecutive(2)\nLinear(6, 300)\nTanh()\nLinear(300, 27)"
    trainer = Trainer(RunConfig(text, context=2, batch_size=50), Dataset.builtin())
    trainer.advance(1)
    assert look(trainer).maps["4.Tanh"].shape == (32, 256)


def test_the_bug_shows_in_the_shape_of_the_statistics():
    trainer = Trainer(RunConfig(PRESETS["wavenet-bug"].text(27)), Dataset.builtin())
    trainer.advance(1)
    assert look(trainer).maps["4.BatchNorm1d.running_mean"].shape == (1, 4, 68)


def test_looking_writes_nothing_that_the_model_reads(trainer):
    before = {key: array.copy() for key, array in arrays(trainer.model).items()} | trainer.checkpoint()
    look(trainer)
    after = arrays(trainer.model) | trainer.checkpoint()
    for key, array in before.items():
        np.testing.assert_array_equal(array, after[key], err_msg=str(key))


def test_a_frame_keeps_what_it_saw_while_training_goes_on(trainer):
    frame = look(trainer)
    data = frame.to_bytes()
    trainer.advance(3)
    assert frame.to_bytes() == data
    back = Frame.from_bytes(data)
    np.testing.assert_array_equal(back.stats, frame.stats)
    assert back.tensors == frame.tensors
    assert look(trainer).to_bytes() != data


@pytest.mark.filterwarnings("error")
def test_tensors_that_are_not_finite_can_be_looked_at(trainer):
    model = trainer.model.twin(32)
    model.layers[4].out.data[:] = np.nan
    model.layers[8].out.data[0] = np.inf
    frame = probe.look(model, 1, float("nan"), 0.1)
    row = [t.name for t in frame.tensors].index("5.Tanh")
    assert frame.stats[row, STAT["nan"]] == 32 * 4 * 68
    assert (frame.maps["5.Tanh"] == NAN_INT8).all()
    assert (frame.maps["9.Tanh"][0] == 127).all()
    assert np.isnan(Frame.from_bytes(frame.to_bytes()).loss)


def test_a_model_connected_again_is_looked_at_anew(trainer):
    model = trainer.model.twin(8)
    assert probe.look(model, 1, 1.0, 0.1).tensors[0].shape == (8, 8, 10)
    model.connect(3)
    assert probe.look(model, 1, 1.0, 0.1).tensors[0].shape == (3, 8, 10)
