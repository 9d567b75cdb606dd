"""A loop is watched: what is recorded is what happened, and nothing else changes."""

import copy
import gc
import math
import pickle
import weakref

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.modules import module as torch_module
from torch.optim import optimizer as torch_optimizer

from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.runs.claims import running
from core.runs.errors import NotResumable, Unreadable
from core.runs.locks import is_held
from core.runs.watched import ROOT
from core.training import moments
from core.training.config import of_preset
from core.watch import WatchError, watch
from tests.core.watch.conftest import batches, mlp, names, row, train


def hooks() -> list[int]:
    """How many hooks of ours are left anywhere in torch."""
    return [
        len(torch_module._global_forward_hooks),
        len(torch_module._global_forward_pre_hooks),
        len(torch_optimizer._global_optimizer_pre_hooks),
        len(torch_optimizer._global_optimizer_post_hooks),
    ]


def test_a_loop_leaves_a_run_with_all_its_losses_and_frames(store):
    model = mlp()
    with watch(model, name="mine", every=7, store=store) as run:
        assert store.run(run.id).state == "running"
        assert is_held(store.home, run.id)
        losses = train(model, torch.optim.AdamW(model.parameters(), lr=0.01), 30, run.log)
    info = store.run(run.id)
    assert (info.kind, info.name, info.state, info.message, info.step, info.steps) == (
        *("watched", "mine", "finished", "", 30, 30),
    )
    assert info.parameters == sum(p.numel() for p in model.parameters())
    assert not info.live
    np.testing.assert_array_equal(store.losses(run.id), np.array(losses, np.float32))
    wanted = {*moments.recorded(30)} - {30} | {7, 14, 21, 28}
    assert store.frame_steps(run.id) == sorted(wanted)
    for step in (1, 7, 20):
        frame = store.frame(run.id, step)
        assert (frame.step, frame.lr) == (step, 0.01)
        assert frame.loss == losses[step - 1]


def test_rows_are_the_outputs_gradients_and_weights_of_that_step(store):
    model, (x, y) = mlp(), batches(1)[0]
    twin = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01)
    with watch(model, store=store) as run:
        train(model, optimiser, 1, run.log)
    outputs = {}
    for name, module in twin.named_modules():
        module.register_forward_hook(lambda m, i, out, name=name: outputs.__setitem__(name or ROOT, out))
    pred = twin(x)
    for out in outputs.values():
        out.retain_grad()
    nn.functional.cross_entropy(pred, y).backward()
    frame = store.frame(run.id, 1)
    assert names(frame, "output") == names(frame, "output_grad") == ["0", "1", "2", "3", "4", "5", ROOT]
    for name, out in outputs.items():
        for role, tensor in (("output", out), ("output_grad", out.grad)):
            seen = row(frame, role, name)
            assert seen["mean"] == pytest.approx(tensor.mean().item(), rel=1e-4, abs=1e-7)
            assert seen["std"] == pytest.approx(tensor.std().item(), rel=1e-5)
            assert seen["count"] == tensor.numel()
    for name, parameter in twin.named_parameters():
        after = dict(model.named_parameters())[name]
        seen, gradient = row(frame, "weight", name), row(frame, "weight_grad", name)
        assert (seen["min"], seen["max"]) == (parameter.min().item(), parameter.max().item())
        assert gradient["std"] == pytest.approx(parameter.grad.std().item(), rel=1e-5)
        if parameter.std() > 0:
            assert seen["grad_data"] == pytest.approx((parameter.grad.std() / parameter.std()).item(), rel=1e-4)
            moved = (after - parameter).std() / parameter.std()
            assert seen["update_data"] == pytest.approx(math.log10(moved.item()), abs=1e-4)
    tanh = outputs["2"]
    assert row(frame, "output", "2")["saturated"] == pytest.approx((tanh.abs() > 0.97).float().mean().item())
    assert row(frame, "output", "4")["dead"] == pytest.approx((outputs["4"] <= 0).all(0).float().mean().item())
    np.testing.assert_allclose(frame.maps["1.batch_mean"][0], outputs["0"].mean(0).detach(), atol=1e-6)
    np.testing.assert_allclose(frame.maps["1.running_var"][0], twin[1].running_var, rtol=1e-6)
    assert frame.maps["2"].shape == (16, 8)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        lambda p: torch.optim.AdamW(p, lr=0.01),
        lambda p: torch.optim.RMSprop(p, lr=0.01),
        lambda p: torch.optim.Adagrad(p, lr=0.01),
    ],
    ids=["sgd", "adamw", "rmsprop", "adagrad"],
)
def test_the_same_bits_with_and_without_watching(store, make):
    plain, watched = mlp(), mlp()
    torch.manual_seed(3)
    expected = train(plain, make(plain.parameters()), 25)
    after = torch.random.get_rng_state()
    torch.manual_seed(3)
    with watch(watched, every=3, store=store) as run:
        losses = train(watched, make(watched.parameters()), 25, run.log)
    assert losses == expected
    assert torch.equal(torch.random.get_rng_state(), after)
    for (name, left), right in zip(plain.state_dict().items(), watched.state_dict().values(), strict=True):
        assert torch.equal(left, right), name


def test_nothing_is_left_behind_even_after_an_exception(store):
    model, before = mlp(), hooks()
    attributes = {name: sorted(vars(module)) for name, module in model.named_modules()}
    run, inside = watch(model, store=store), []

    def loop():
        with run:
            train(model, torch.optim.SGD(model.parameters(), lr=0.1), 4, run.log)
            inside.extend([copy.deepcopy(model), pickle.dumps(model)])
            raise ZeroDivisionError("once\nand for all")

    with pytest.raises(ZeroDivisionError):
        loop()
    copied, saved = inside
    assert hooks() == before
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
    assert {name: sorted(vars(module)) for name, module in model.named_modules()} == attributes
    assert b"watch" not in saved
    copied(batches(1)[0][0])  # knows nothing of the block it comes from
    info = store.run(run.id)
    assert (info.state, info.step) == ("failed", 4)
    assert info.message == "After step 4, ZeroDivisionError: once"
    assert not info.resumable
    with pytest.raises(NotResumable, match="start the program that trained it again"):
        store.resume(run.id)


def test_interrupted_by_hand_is_stopped(store):
    with pytest.raises(KeyboardInterrupt), watch(mlp(), store=store) as run:
        raise KeyboardInterrupt
    assert (store.run(run.id).state, store.run(run.id).message) == ("stopped", "Interrupted after step 0.")


def test_one_that_was_killed_is_found_and_marked(store):
    model = mlp()
    with watch(model, store=store) as run:
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), 2, run.log)
    with store.database.write() as connection:  # as it is left by a process that ends without a word
        connection.execute("UPDATE runs SET state = 'running' WHERE id = ?", (run.id,))
    assert store.reconcile() == [run.id]
    info = store.run(run.id)
    assert (info.state, info.message) == ("failed", "The run was cut off: its process ended without a word.")
    with pytest.raises(Unreadable, match="was watched"):
        store.config(run.id)


def test_what_cannot_be_watched_is_said_in_one_sentence(store, tmp_path):
    model = mlp()
    for wrong, sentence in (
        (nn.Linear, "the class Linear, not a model made of it"),
        ("a model", "of type str"),
        (nn.ReLU(), "has no parameters"),
    ):
        with pytest.raises(WatchError, match=sentence):
            watch(wrong, store=store)
    for every in (0, -1, 1.5, True, None):
        with pytest.raises(WatchError, match="whole number of steps"):
            watch(model, every=every, store=store)
    for name in ("", "x" * 100, None):
        with pytest.raises(WatchError, match="one line of 1 to 60"):
            watch(model, name=name, store=store)
    with pytest.raises(WatchError, match="in a folder that is there"):
        watch(model, file=tmp_path / "nowhere" / "x.run")
    with watch(model, store=store) as run:
        for again in (model, model[0], nn.Sequential(model)):
            with pytest.raises(WatchError, match="is being watched already"), watch(again, store=store):
                pass
        with pytest.raises(WatchError, match=r"shape \(2,\)"):
            run.log(torch.zeros(2))
        with pytest.raises(WatchError, match="loss is of type str"):
            run.log("low")
    with pytest.raises(WatchError, match="has ended"):
        run.log(1.0)
    with pytest.raises(WatchError, match="has been used"), run:
        pass
    with watch(model, store=store):
        pass
    assert len(store.runs()) == 2


def test_a_watched_run_takes_no_worker_away_from_the_others(store):
    with watch(mlp(), store=store) as run:
        assert store.run(run.id).live
        assert running(store) == 0
        store.wish(run.id, "pause")  # nobody there obeys, and nothing breaks
    assert store.run(run.id).state == "finished"


def test_a_run_that_was_trained_here_is_none_that_was_watched(store):
    words = Dataset.from_text("emma\nolivia\nava\n" * 20, "three names")
    trained = store.create(of_preset(PRESETS["mlp"], words, steps=10), words, paused=True)
    with pytest.raises(Unreadable, match="was trained here, not watched"):
        store.watched(trained)


def test_the_model_is_let_go_of(store):
    model = mlp()
    with watch(model, every=1, store=store) as run:
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), 3, run.log)
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
    assert run.id


def test_the_update_of_a_large_weight_is_measured_on_a_part_of_it(store, monkeypatch):
    monkeypatch.setattr("core.watch.look.SAMPLE", 1000)
    torch.manual_seed(0)
    model = nn.Linear(300, 100)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, every=1, store=store) as run:
        before = model.weight.detach().clone()
        model(torch.randn(64, 300)).square().mean().backward()
        optimiser.step()
    moved = (model.weight - before).std() / before.std()
    seen = row(store.frame(run.id, 1), "weight", "weight")["update_data"]
    assert seen == pytest.approx(math.log10(moved.item()), abs=0.05)
