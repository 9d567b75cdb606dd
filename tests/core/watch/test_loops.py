"""Loops of many kinds: what a step is, and which pass and weights its frame shows."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from core.runs.watched import unlogged
from core.watch import watch
from tests.core.watch.conftest import batches, mlp, names, row, train


def test_evaluation_in_between_is_no_step_and_is_not_shown(store):
    model = mlp()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, every=1, store=store) as run:

        def each(loss):
            run.log(loss, val=0.5)
            model.eval()
            with torch.no_grad():
                model(torch.full((99, 6), 100.0))
            model(torch.full((99, 6), 100.0))
            model.train()

        train(model, optimiser, 5, each)
    assert store.run(run.id).step == 5
    assert {t.shape[0] for step in range(1, 6) for t in store.frame(run.id, step).tensors if t.role == "output"} == {16}
    assert [(e.step, e.split, e.loss) for e in store.evaluations(run.id)] == [(s, "val", 0.5) for s in range(1, 6)]


def test_several_passes_a_step_are_one_step(store):
    model = mlp()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, every=1, store=store) as run:
        for i, (x, y) in enumerate(batches(12)):
            (nn.functional.cross_entropy(model(x[: 4 + i % 4]), y[: 4 + i % 4]) / 4).backward()
            if i % 4 == 3:
                gradient = model[5].weight.grad.std().item()
                optimiser.step()
                optimiser.zero_grad()
    assert store.run(run.id).step == 3
    frame = store.frame(run.id, 3)
    assert row(frame, "weight_grad", "5.weight")["std"] == pytest.approx(gradient, rel=1e-5)
    assert row(frame, "output", "5")["count"] == 7 * 3, "the last pass of the step"
    assert len(store.losses(run.id)) == 0
    assert math.isnan(frame.loss)


def test_a_step_that_the_scaler_skips_is_no_step(store):
    model = mlp()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu")
    with watch(model, every=1, store=store) as run:
        for i, (x, y) in enumerate(batches(6)):
            loss = nn.functional.cross_entropy(model(x), y) * (float("inf") if i == 2 else 1.0)
            optimiser.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimiser)
            scaler.update()
    assert store.run(run.id).step == 5


def test_losses_before_the_step_and_gaps(store):
    model = mlp()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    said = {}
    with watch(model, every=2, store=store) as run:
        for i, (x, y) in enumerate(batches(9), 1):
            loss = -nn.functional.cross_entropy(model(x), y)  # losses may be negative
            if i % 3 == 1:
                run.log(loss, lr=0.5)
                said[i] = loss.item()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    losses = store.losses(run.id)
    assert (np.flatnonzero(~unlogged(losses)) + 1).tolist() == [1, 4, 7]
    assert [losses[step - 1] for step in said] == pytest.approx(list(said.values()))
    assert not unlogged(np.array([np.nan], np.float32)).any()
    assert (store.frame(run.id, 4).loss, store.frame(run.id, 4).lr) == (pytest.approx(said[4]), 0.5)


def test_weights_moved_by_hand(store):
    """As the course does it: no optimiser at all; a step ends where the next pass begins."""
    model = mlp()
    with watch(model, every=1, store=store) as run:
        for x, y in batches(6):
            loss = nn.functional.cross_entropy(model(x), y)
            for parameter in model.parameters():
                parameter.grad = None
            loss.backward()
            before = model[5].weight.detach().clone()
            for parameter in model.parameters():
                parameter.data += -0.1 * parameter.grad
            run.log(loss)
    assert store.run(run.id).step == len(store.losses(run.id)) == 6
    assert store.frame_steps(run.id) == [1, 2, 3, 4, 5, 6]
    moved = (model[5].weight - before).std() / before.std()
    seen = row(store.frame(run.id, 6), "weight", "5.weight")["update_data"]
    assert seen == pytest.approx(math.log10(moved.item()), abs=1e-4)
    assert store.watched(run.id).optimiser is None


def test_two_optimisers_on_one_model_are_one_step(store):
    model = mlp()
    first = torch.optim.SGD([p for p in model.parameters() if p.ndim == 2], lr=0.1)
    second = torch.optim.AdamW([p for p in model.parameters() if p.ndim == 1], lr=0.01)
    with watch(model, every=1, store=store) as run:
        for x, y in batches(5):
            loss = nn.functional.cross_entropy(model(x), y)
            model.zero_grad()
            loss.backward()
            before = model[5].bias.detach().clone()
            first.step()
            second.step()
            run.log(loss)
    assert store.run(run.id).step == 5
    frame = store.frame(run.id, 5)
    moved = (model[5].bias - before).std() / before.std()
    assert row(frame, "weight", "5.bias")["update_data"] == pytest.approx(math.log10(moved.item()), abs=1e-4)
    assert math.isfinite(row(frame, "weight", "5.weight")["update_data"])


def test_an_optimiser_that_calls_the_model_itself(store):
    model = mlp()
    optimiser = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)
    with watch(model, every=1, store=store) as run:
        for x, y in batches(3):

            def closure(x=x, y=y):
                optimiser.zero_grad()
                loss = nn.functional.cross_entropy(model(x), y)
                loss.backward()
                return loss

            run.log(optimiser.step(closure))
    assert store.run(run.id).step == 3
    assert row(store.frame(run.id, 1), "weight_grad", "5.weight")["std"] > 0


def test_a_model_that_learns_in_evaluation_mode(store):
    model = mlp().eval()
    with watch(model, every=1, store=store) as run:
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), 3, run.log)
    assert "5" in names(store.frame(run.id, 3), "output")


def test_the_fused_path_of_an_evaluation_stays_fused(store):
    """torch leaves it where it finds hooks in the modules, and then gives other bits."""
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, dropout=0.0)
    x = torch.randn(2, 5, 16)
    layer.eval()
    with torch.no_grad():
        expected = layer(x)
        with watch(layer, every=1, store=store):
            assert torch.equal(layer(x), expected)


def test_two_models_are_watched_at_once_each_with_its_own_steps(store):
    left, right = mlp(), mlp()
    with watch(left, name="left", store=store) as one, watch(right, name="right", store=store) as other:
        train(left, torch.optim.SGD(left.parameters(), lr=0.1), 4, one.log)
        train(right, torch.optim.SGD(right.parameters(), lr=0.1), 2, other.log)
    assert (store.run(one.id).step, store.run(other.id).step) == (4, 2)


def test_of_a_compiled_model_the_weights_are_seen_and_nothing_is_taken_apart(store):
    model, optimiser = mlp(), None
    compiled = torch.compile(model, backend="eager")
    with watch(compiled, every=1, store=store) as run:
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        train(compiled, optimiser, 2, run.log)
    frame = store.frame(run.id, 2)
    assert {t.role for t in frame.tensors} == {"weight", "weight_grad"}
    assert math.isfinite(row(frame, "weight", "5.weight")["update_data"])


def test_a_model_whose_parts_are_called_by_themselves(store):
    class Coder(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = nn.Linear(6, 2), nn.Linear(2, 6)

    model = Coder()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, every=1, store=store) as run:
        for x, _ in batches(4):
            loss = (model.decoder(model.encoder(x)) - x).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    frame = store.frame(run.id, 4)
    assert store.run(run.id).step == 4
    assert names(frame, "output") == names(frame, "output_grad") == ["encoder", "decoder"]
    assert [module.calls for module in store.watched(run.id).modules] == [0, 1, 1]
