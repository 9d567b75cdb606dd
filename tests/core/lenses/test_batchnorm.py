"""The experiments on BatchNorm against torch.nn.BatchNorm1d, the engine's own model, and what statistics promises."""

import math

import numpy as np
import pytest
import torch

from core.dataset import Dataset, DatasetError
from core.lenses.batchnorm import bug, company, convergence, mistakes, network, useless_bias, variance
from core.nn.loss import cross_entropy

NAMES = Dataset.builtin()


@pytest.fixture(scope="module")
def trained():
    return mistakes.train(NAMES, seed=42, steps=300)


def test_the_network_is_the_course_s_mlp():
    model, _ = network.network(NAMES, 42)
    assert sum(p.data.size for p in model.parameters()) == 12_097


def test_normalised_is_what_torch_does():
    batch = company.a_batch(NAMES, 8, 42)
    for by in (0.0, 5.0):
        x = batch.moved(0, by)
        layer = torch.nn.BatchNorm1d(1, dtype=torch.float64)
        column = torch.tensor(x, dtype=torch.float64)[:, None]
        biased = layer(column).detach().numpy()[:, 0]
        # torch divides by n, the course by n - 1
        assert np.allclose(company.normalised(batch, x, True), biased * (7 / 8) ** 0.5, atol=1e-4)
        layer.running_mean[:], layer.running_var[:] = batch.mean, batch.var
        assert np.allclose(company.normalised(batch, x, False), layer.eval()(column).detach().numpy()[:, 0], atol=1e-5)


def test_one_that_moves_takes_all_along_in_training_mode_alone():
    batch = company.a_batch(NAMES, 8, 42)
    assert len(set(batch.names)) == 8
    moved = batch.moved(0, 5.0)
    assert (moved != batch.x).tolist() == [True] + [False] * 7
    training = company.normalised(batch, moved, True) - company.normalised(batch, batch.x, True)
    evaluation = company.normalised(batch, moved, False) - company.normalised(batch, batch.x, False)
    assert (np.abs(training) > 1e-3).all()
    assert (evaluation[1:] == 0).all()
    assert evaluation[0] == pytest.approx(5 / batch.var**0.5, rel=1e-4)


def test_two_examples_always_stand_at_the_same_places():
    batch = company.a_batch(NAMES, 2, 42)
    for by in (-5.0, 3.0):
        assert np.allclose(np.abs(company.normalised(batch, batch.moved(0, by), True)), 0.5**0.5, atol=1e-3)


def test_losses_by_hand_are_those_of_the_engine(trained):
    contexts, targets = network.held_out(NAMES, 320)
    x, running = network.sums(trained, contexts), network.norm(trained).buffers()
    found = network.loss_with(trained, x, targets, running["running_mean"][0], running["running_var"][0])
    assert found == pytest.approx(cross_entropy(trained.evaluate(contexts), targets), rel=1e-5)
    twin, losses = trained.twin(32), []
    kept = {name: array.copy() for name, array in running.items()}
    for start in range(0, 320, 32):
        losses.append(twin.loss(contexts[start : start + 32], targets[start : start + 32]))
    for name, array in kept.items():
        running[name][:] = array
    assert network.loss_by_batch(trained, x, targets, 32) == pytest.approx(np.mean(losses), rel=1e-5)


def test_running_statistics_follow_the_batches_as_in_torch():
    """torch's running statistics with the same momentum, over the same batches."""
    model, generator = network.network(NAMES, 42, momentum=0.03)
    layer = torch.nn.BatchNorm1d(network.N_HIDDEN, momentum=0.03)
    for contexts, targets in network.batches(NAMES, generator, 60):
        layer(torch.tensor(network.sums(model, contexts)))
        model.loss(contexts, targets)
        model.backward()
        model.update(network.LR)
    found = convergence.converge(NAMES, 42, 60, 0.03)
    assert found.steps[-1] == 60
    assert np.allclose(found.mean["running"][-1], layer.running_mean.numpy(), atol=1e-4)
    assert np.allclose(found.var["running"][-1], layer.running_var.numpy(), atol=1e-4)


def test_statistics_converge_and_calibrated_ones_are_there_from_the_start():
    told = []
    found = convergence.converge(NAMES, 42, 300, 0.1, told.append)
    off = {way: np.abs(found.mean[way] - found.mean["calibrated"]).mean(axis=1) for way in convergence.WAYS}
    assert off["running"][0] > 5 * off["running"][-1]
    assert off["running"][-1] < off["batch"][-1]  # the average of many batches strays less than one of them
    assert abs(found.loss["running"][-1] - found.loss["calibrated"][-1]) < 0.02
    assert told[-1] == 1
    assert told == sorted(told)


def test_in_training_mode_the_answer_depends_on_the_company(trained):
    before = trained.state()
    spread, alone = mistakes.in_company(trained, NAMES, "emm", 40), mistakes.alone(trained, NAMES, "emm")
    assert np.ptp(spread, axis=0).max() > 0.02
    engine = trained.evaluate(NAMES.window("emm", 3)[None])[0].astype(np.float64)
    assert np.allclose(alone, np.exp(engine) / np.exp(engine).sum(), atol=1e-5)
    assert np.allclose(spread.sum(axis=1), 1)
    assert np.abs(spread.mean(axis=0) - alone).max() < 0.05  # on average they agree
    assert np.array_equal(mistakes.alone(trained, NAMES, "emm"), alone)
    assert all(np.array_equal(array, before[name]) for name, array in trained.state().items())
    with pytest.raises(DatasetError, match="does not occur"):
        mistakes.in_company(trained, NAMES, "é", 2)


def test_one_context_in_company_is_one_row_of_the_engine_s_batch(trained):
    contexts = NAMES.examples("train", 3)[0][:32].copy()
    x = network.sums(trained, contexts)
    twin = trained.twin(32)
    kept = {name: array.copy() for name, array in network.norm(trained).buffers().items()}
    scores = twin.forward(contexts).copy()
    for name, array in kept.items():
        network.norm(trained).buffers()[name][:] = array
    assert np.allclose(network.logits(trained, x, x.mean(0), x.var(0, ddof=1)), scores, atol=1e-4)


def test_small_batches_in_training_mode_cost_most(trained):
    losses, evaluation = mistakes.losses_by_size(trained, NAMES)
    assert list(losses) == list(mistakes.SIZES)
    assert losses[2] > losses[8] > losses[64] > evaluation - 0.02
    assert losses[2] > evaluation + 0.1


def test_a_batch_of_one_is_nan_or_says_nothing_or_is_refused(trained):
    over_n1, over_n, by_torch, by_engine, fine = (a.outcome for a in mistakes.batch_of_one(trained, NAMES, "emm"))
    assert over_n1 == "NaN for every character"
    assert over_n.endswith("whatever you type")
    assert by_torch.startswith("ValueError: Expected more than 1 value per channel when training")
    assert by_engine.startswith("ValueError: BatchNorm1d needs at least two examples")
    assert fine.startswith("“")


def test_the_bug_s_statistics_have_a_position_too_many():
    x = bug.hidden_sums(NAMES, 42)
    assert x.shape == (bug.EXAMPLES, 4, 68)
    means = bug.one_batch(x, 32, seed=0)
    assert {way: array.shape for way, array in means.items()} == {"bug": (1, 4, 68), "right": (1, 1, 68)}
    assert np.allclose(means["bug"].mean(axis=1, keepdims=True), means["right"], atol=1e-5)
    layer = torch.nn.BatchNorm1d(68, momentum=1.0)  # torch wants (B, C, T)
    rows = np.random.default_rng(0).integers(0, len(x), 32)
    layer(torch.tensor(x[rows]).transpose(1, 2))
    assert np.allclose(means["right"].ravel(), layer.running_mean.numpy(), atol=1e-5)


def test_noise_falls_with_the_root_of_the_count():
    """A standard error from 200 draws of 68 channels (272 means with the bug) is itself good to some percent."""
    table = bug.noise(bug.hidden_sums(NAMES, 42), sizes=(8, 32)).set_index(["way", "size"])
    for way in ("bug", "independent"):
        assert np.allclose(table.loc[way, "measured"], table.loc[way, "theory"], rtol=0.08)
    assert table.loc[("bug", 32), "count"] == 32
    assert table.loc[("right", 32), "count"] == 128
    # neighbours are alike: a little more than 1 / sqrt(128), far less than 1 / sqrt(32)
    assert 128**-0.5 < table.loc[("right", 32), "measured"] < 0.75 * 32**-0.5


def test_the_bias_of_the_variance_is_what_theory_says():
    table = variance.shrinking(NAMES, 42)
    off = (table["measured"] - table["theory"]) / table["error"]
    assert off.abs().max() < 4
    for size in variance.SIZES:
        n, n1 = table[table["size"] == size]["measured"]
        assert n / n1 == pytest.approx((size - 1) / size)
    assert table[table["divisor"] == "n"]["theory"].tolist() == [(n - 1) / n for n in variance.SIZES]


def test_the_bias_before_the_norm_never_learns():
    history = useless_bias.follow(NAMES, 42, 100)
    gradients = history.groupby("parameter")["gradient"]
    assert gradients.max()[useless_bias.BIAS] < 1e-7
    assert gradients.min()[useless_bias.WEIGHT] > 1e-4
    last = history.groupby("parameter").last()["moved"]
    assert last[useless_bias.BIAS] < 1e-7
    assert last[useless_bias.BETA] > 1e-3


def test_the_useless_bias_changes_nothing():
    """With it and without it the losses are the same: the norm takes it out."""
    losses = []
    for bias in (False, True):
        model, _ = network.network(NAMES, 42, bias=bias)
        contexts, targets = network.held_out(NAMES, 32)
        losses.append(model.loss(contexts, targets))
    assert math.isclose(*losses, rel_tol=1e-5)
