"""Forks: a run that goes on from another's checkpoint, with the same bits where nothing was changed."""

from dataclasses import replace

import numpy as np
import pytest

from core.dataset import Dataset
from core.nn.notation import ModelTextError
from core.nn.presets import PRESETS
from core.runs import forks, room
from core.runs.claims import hold, take_queued
from core.runs.errors import NoSuchRun, NotForkable
from core.runs.forks import changed
from core.runs.schema import LOSS_BLOCK
from core.runs.worker import Worker
from core.training import moments
from core.training.config import ConfigError, RunConfig, of_preset
from core.training.grafting import graft
from core.training.trainer import Trainer, weights_sha256


@pytest.fixture
def train(store):
    """`train(run_id)`: a worker takes the run to its end in this thread; returns its last checkpoint."""

    def work(run_id):
        with hold(store, run_id) as held:
            assert held
            assert take_queued(store, run_id, limit=99)
            Worker(store, run_id).run()
        return store.checkpoint(run_id)[1]

    return work


@pytest.fixture
def parent(store, words, small, train):
    """`parent(steps=300)`: id of a finished run of the small model."""

    def make(**settings):
        run_id = store.create(small(**{"steps": 300} | settings), words)
        train(run_id)
        return run_id

    return make


def by_hand(store, run_id, at, config, words):
    """Losses from step `at` on, and the trainer, of a trainer that goes on from the parent's checkpoint by itself."""
    found, checkpoint = store.checkpoint(run_id, at)
    assert found == at
    trainer, losses = Trainer(config, words), np.empty(config.steps - at, np.float32)
    trainer.restore(checkpoint)
    trainer.advance(len(losses), losses)
    return losses, trainer


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
@pytest.mark.parametrize("at", [0, 1, 100, 250])
def test_an_unchanged_fork_ends_with_the_bits_of_its_parent(store, parent, train, at, optimiser):
    run_id = parent(optimiser=optimiser)
    fork = store.fork(run_id, at)
    assert store.losses(fork).tobytes() == store.losses(run_id)[:at].tobytes()
    ended = train(fork)
    assert weights_sha256(ended) == weights_sha256(store.checkpoint(run_id)[1])
    assert ended["generator"].tobytes() == store.checkpoint(run_id)[1]["generator"].tobytes()
    assert store.losses(fork).tobytes() == store.losses(run_id).tobytes()
    assert store.frame_steps(fork) == store.frame_steps(run_id)
    assert store.evaluations(fork) == store.evaluations(run_id)
    assert [store.samples(fork, step) for step in (0, 150, 300)] == [
        store.samples(run_id, step) for step in (0, 150, 300)
    ]


def test_a_fork_says_where_it_is_from_and_begins_where_its_parent_was(store, parent):
    run_id = parent()
    store.rename(run_id, "mine")
    info = store.run(store.fork(run_id, 110, {"lr": 0.02}))
    assert (info.parent, info.parent_step, info.step, info.name) == (run_id, 100, 100, "mine")
    assert (info.state, info.lr, info.steps, info.wish) == ("queued", 0.02, 300, "run")
    assert store.checkpoint_steps(info.id) == [step for step in store.checkpoint_steps(run_id) if step <= 100]
    assert store.frame(info.id).step == 100
    assert store.run(store.fork(run_id, 10, name="slower", paused=True)).name == "slower"


def test_another_learning_rate_trains_on_the_same_batches(store, parent, train, words):
    run_id = parent()
    fork = store.fork(run_id, 100, {"lr": 0.01})
    ended = train(fork)
    losses, trainer = by_hand(store, run_id, 100, store.config(fork), words)
    assert store.losses(fork)[100:].tobytes() == losses.tobytes()
    assert weights_sha256(ended) == weights_sha256(trainer.model.state())
    assert ended["generator"].tobytes() == store.checkpoint(run_id)[1]["generator"].tobytes(), "as many draws"
    assert store.losses(fork)[100] == store.losses(run_id)[100], "the first batch, before the first different update"
    assert store.losses(fork)[101] != store.losses(run_id)[101]


def test_more_steps_go_on_where_the_parent_ended(store, parent, train, words):
    run_id = parent()
    fork = store.fork(run_id, None, {"steps": 450})
    train(fork)
    straight = Trainer(replace(store.config(fork)), words)
    losses = np.empty(450, np.float32)
    straight.advance(450, losses)
    assert store.losses(fork).tobytes() == losses.tobytes()


def test_losses_of_more_than_one_block_are_cut_at_the_step(store, parent):
    run_id = parent(steps=LOSS_BLOCK + 1_000, batch_size=2)
    for at in (LOSS_BLOCK - 96, LOSS_BLOCK + 904):
        step = max(step for step in store.checkpoint_steps(run_id) if step <= at)
        fork = store.fork(run_id, at)
        assert store.losses(fork).tobytes() == store.losses(run_id)[:step].tobytes()


def test_a_changed_layer_is_drawn_anew_and_the_others_stay(store, parent, train, words):
    run_id = parent()
    config = store.config(run_id)
    text = config.model.replace("Tanh()", "ReLU()").replace("Linear(16, ", "Linear(16, 16)\nTanh()\nLinear(16, ")
    fork = store.fork(run_id, 100, {"model": text})
    was, now = store.checkpoint(run_id, 100)[1], store.checkpoint(fork, 100)[1]
    for name in ("1.Embedding.weight", "3.Linear.weight", "4.BatchNorm1d.gamma", "4.BatchNorm1d.running_var"):
        assert now[name].tobytes() == was[name].tobytes()
    assert now["8.Linear.weight"].tobytes() == was["6.Linear.weight"].tobytes(), "it stands two places further down"
    fresh = Trainer(store.config(fork), words).model.state()
    assert now["6.Linear.weight"].tobytes() == fresh["6.Linear.weight"].tobytes(), "as a new run would draw it"
    assert now["generator"].tobytes() == was["generator"].tobytes()
    info = store.run(fork)
    assert (info.preset, info.parameters) == (None, store.run(run_id).parameters + 16 * 16 + 16)
    assert store.checkpoint_steps(fork) == [100], "earlier ones are of another model"
    assert store.frame_steps(fork) == []
    assert len(store.losses(fork)) == 100
    train(fork)
    assert store.run(fork).state == "finished"


def test_from_the_initialisation_with_another_layer_what_stays_begins_as_it_did(store, parent, train):
    run_id = parent()
    text = store.config(run_id).model.replace("Tanh()", "ReLU()")
    fork = store.fork(run_id, 0, {"model": text})
    was, now = (store.checkpoint(run, 0)[1] for run in (run_id, fork))
    assert all(now[name].tobytes() == was[name].tobytes() for name in was)
    train(fork)
    assert store.samples(fork, 0)[0] == 0, "the initialisation is measured in the new model"
    assert store.losses(fork)[0] != store.losses(run_id)[0]


def test_a_text_that_says_the_same_otherwise_changes_nothing(store, parent):
    run_id = parent()
    text = "# as before\n" + store.config(run_id).model.replace("Linear(12, 16,", "Linear(fan_in=12, fan_out=16,")
    fork = store.fork(run_id, 100, {"model": text})
    assert store.frame_steps(fork) == [step for step in store.frame_steps(run_id) if step <= 100]


def test_the_optimiser_s_memory_of_what_stays_stays(store, parent):
    run_id = parent(optimiser="adamw")
    before, (_, checkpoint) = store.config(run_id), store.checkpoint(run_id, 100)
    after = replace(before, model=before.model.replace("Linear(12, 16,", "Linear(12, 16, std=0.5,"))
    grafted = graft(checkpoint, before, after)
    dataset = store.dataset(before.dataset)
    old, new = Trainer(before, dataset).model, Trainer(after, dataset).model
    assert grafted["adamw.steps"] == 100
    for memory in ("adamw.mean", "adamw.square"):
        was = dict(zip((p.name for p in old.parameters()), old.split(checkpoint[memory]), strict=True))
        now = dict(zip((p.name for p in new.parameters()), new.split(grafted[memory]), strict=True))
        assert not now.pop("3.Linear.weight").any(), "drawn anew, so there is nothing to remember"
        assert all(now[name].tobytes() == was[name].tobytes() for name in now)
        assert all(now[name].any() for name in now)


@pytest.mark.parametrize(("before", "after"), [("sgd", "adamw"), ("adamw", "sgd")])
def test_another_optimiser_begins_without_memory(store, parent, train, before, after):
    run_id = parent(optimiser=before)
    fork = store.fork(run_id, 100, {"optimiser": after})
    checkpoint = store.checkpoint(fork, 100)[1]
    assert weights_sha256(checkpoint) == weights_sha256(store.checkpoint(run_id, 100)[1])
    assert ("adamw.mean" in checkpoint) == (after == "adamw")
    train(fork)
    assert store.run(fork).state == "finished"


def test_batchnorm_with_other_dims_keeps_what_it_learnt(store, words, train):
    text = f"""
Embedding({words.vocab_size}, 4)
FlattenConsecutive(2)
Linear(8, 8)
BatchNorm1d(8, dims=0)
FlattenConsecutive(2)
Linear(16, {words.vocab_size})
"""
    run_id = store.create(RunConfig(model=text, context=4, steps=120), words)
    train(run_id)
    fork = store.fork(run_id, 100, {"model": text.replace(", dims=0", "")})
    was, now = store.checkpoint(run_id, 100)[1], store.checkpoint(fork, 100)[1]
    assert now["4.BatchNorm1d.gamma"].tobytes() == was["4.BatchNorm1d.gamma"].tobytes()
    assert was["4.BatchNorm1d.running_mean"].shape != now["4.BatchNorm1d.running_mean"].shape
    train(fork)


@pytest.mark.parametrize("defect", ["huge-logits", "gradients-add-up", "stale-statistics", "sign-flipped"])
def test_a_bug_planted_in_a_fork_from_the_start_is_that_bug_in_a_run(store, parent, train, words, defect):
    """From the very same initialisation a fork with a bug is the run that had it all along."""
    run_id = parent()
    fork = store.fork(run_id, 0, {"defect": defect})
    ended = train(fork)
    trainer = Trainer(store.config(fork), words)
    trainer.advance(300)
    assert weights_sha256(ended) == weights_sha256(trainer.model.state())
    healed = store.fork(fork, 0, {"defect": None})
    assert weights_sha256(train(healed)) == weights_sha256(store.checkpoint(run_id)[1])


def test_a_fork_of_a_run_with_a_bug_that_remembers_goes_on_with_its_bits(store, parent, train):
    run_id = parent(defect="gradients-add-up", lr=0.001)
    fork = store.fork(run_id, 100)
    assert weights_sha256(train(fork)) == weights_sha256(store.checkpoint(run_id)[1])
    text = "# the same\n" + store.config(run_id).model
    grafted = store.checkpoint(store.fork(run_id, 100, {"model": text, "optimiser": "adamw"}))[1]
    assert grafted["planted.gradients"].tobytes() == store.checkpoint(run_id, 100)[1]["planted.gradients"].tobytes()


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "wavenet-large"])
def test_every_preset_goes_on_after_a_graft_onto_itself(name):
    """With its own text a graft is the same checkpoint, whatever its layers hold."""
    dataset = Dataset.from_text("\n".join(Dataset.builtin().words[:400]), "few.txt")
    config = of_preset(PRESETS[name], dataset, steps=4)
    trainer = Trainer(config, dataset)
    trainer.advance(1 if name == "bigram" else 2)
    checkpoint = trainer.checkpoint()
    grafted = graft(checkpoint, config, config)
    assert grafted.keys() == checkpoint.keys()
    assert all(grafted[key].tobytes() == checkpoint[key].tobytes() for key in checkpoint)


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"seed": 7}, NotForkable, "The seed stays 42"),
        ({"dataset": "0" * 64}, NotForkable, "its parent's words"),
        ({"steps": 100}, NotForkable, "Nothing is left to train after step 100 of 100"),
        ({"lr": -1.0}, ConfigError, "lr is -1.0"),
        ({"batch_size": 1}, ConfigError, "batch_size is 1"),
        ({"context": 8}, ModelTextError, "line"),
        ({"model": "Embedding(99, 4)"}, ModelTextError, "line 1"),
        ({"model": "Lineer(1)"}, ModelTextError, "no layer Lineer"),
    ],
)
def test_a_change_that_makes_no_sense_is_one_sentence_and_no_run(store, parent, changes, error, sentence):
    run_id = parent()
    with pytest.raises(error, match=sentence) as refused:
        store.fork(run_id, 100, changes)
    assert "\n" not in str(refused.value)
    assert len(store.runs()) == 1


def test_other_batches_fit_where_the_model_does(store, parent, train):
    run_id = parent()
    for changes in ({"batch_size": 16}, {"batch_size": None}, {"train_on": "all"}, {"l2": 0.1}):
        fork = store.fork(run_id, 250, changes)
        train(fork)
        assert store.run(fork).state == "finished"
        assert store.losses(fork)[:250].tobytes() == store.losses(run_id)[:250].tobytes()


def test_what_has_no_checkpoint_cannot_be_forked(store, words, small):
    run_id = store.create(small(), words)
    with pytest.raises(NotForkable, match="no checkpoint yet: wait"):
        store.fork(run_id, 0)
    with pytest.raises(NoSuchRun):
        store.fork("nobody", 0)
    with store.database.write() as connection:
        connection.execute("UPDATE runs SET kind = 'watched' WHERE id = ?", (run_id,))
    with pytest.raises(NotForkable, match="watched"):
        store.fork(run_id, 0)


@pytest.mark.parametrize("changes", [{"model": "Embedding(27, 4)"}, {"defect": None}, {"defect": "huge-logits"}])
def test_a_fork_does_not_tell_which_bug_a_round_of_the_hunt_has(store, parent, changes):
    run_id = parent(defect="stale-statistics")
    with store.database.write() as connection:
        connection.execute("UPDATE runs SET hunt = 'k3x9-q7'")
    with pytest.raises(NotForkable) as refused:
        store.fork(run_id, 100, changes)
    assert "statistics" not in str(refused.value)
    fork = store.fork(run_id, 100, {"lr": 0.01})
    assert (store.run(fork).hunt, store.config(fork).defect) == ("k3x9-q7", "stale-statistics")


def test_the_healthy_twin_of_a_round_cannot_be_forked(store, words, small):
    """Its fork, listed beside the round's run, would say what is healthy."""
    twin = store.create(small(), words, prefix="twin", hunt="k3x9-q7")
    with pytest.raises(NotForkable, match="stays as it is"):
        store.fork(twin, 0)


def test_a_parent_that_is_deleted_meanwhile_leaves_no_fork_without_losses(store, parent, monkeypatch):
    run_id = parent()

    def deleting(*arguments, **named):
        store.delete(run_id)
        return changed(*arguments, **named)

    monkeypatch.setattr(forks, "changed", deleting)
    with pytest.raises(NoSuchRun):
        store.fork(run_id, 100)
    assert store.runs() == []


def test_a_step_before_the_first_checkpoint_is_said(store, parent):
    run_id = parent()
    fork = store.fork(run_id, 100, {"model": store.config(run_id).model.replace("Tanh", "ReLU")})
    with pytest.raises(NotForkable, match="its first is at step 100"):
        store.fork(fork, 50)
    assert store.run(store.fork(fork, 100)).parent == fork


def test_forks_of_forks_take_no_more_room_than_a_run(store, parent, train, monkeypatch):
    run_id = parent(steps=1000)
    size = store.database.read("SELECT max(length(data)) FROM checkpoints")[0][0]
    monkeypatch.setattr(room, "KEPT_BYTES", 9 * size)
    for at, steps in ((1000, 1300), (1250, 1700), (1600, 2500)):
        run_id = store.fork(run_id, at, {"steps": steps})
        train(run_id)
        assert len(store.checkpoint_steps(run_id)) <= 9
        assert len(store.frame_steps(run_id)) <= len(moments.recorded(steps)) + 1


def test_a_fork_is_no_run_of_its_settings(store, parent, words, monkeypatch):
    """Its config alone does not decide its numbers: who asks for a run of that config gets another."""
    from core.runs.many import _known

    fork = store.fork(parent(lr=0.3), 200, {"lr": 0.05})
    assert store.config(fork) not in _known(store, words)


def test_a_fork_that_diverges_keeps_its_own_last_steps(store, parent, train):
    """Not steps before the fork with the fork's settings: those were never taken."""
    fork = store.fork(parent(), 100, {"lr": 1e38})
    train(fork)
    assert store.run(fork).state == "diverged"
    steps = [moment.frame.step for moment in store.black_box(fork).moments]
    assert steps == list(range(101, store.run(fork).step + 1))
    assert [np.float32(moment.frame.loss) for moment in store.black_box(fork).moments][:1] == [store.losses(fork)[100]]
