"""One run in the hands of a worker: wishes, recordings, endings. The worker runs in a thread of the test."""

import contextlib
import math
import threading

import numpy as np
import pytest

from core.nn.limits import MAX_PARAMETERS
from core.runs import last_steps, room, worker
from core.runs.claims import hold, take_ended, take_queued
from core.runs.errors import DiskFull
from core.runs.recorder import Recorder
from core.runs.worker import Worker
from core.training import moments
from core.training.config import RunConfig
from core.training.trainer import Trainer, weights_sha256
from tests.waiting import eventually

LONG = 10_000_000  # steps: more than any test waits for
SOON = 1.0  # seconds for a wish to act: 0.05 to 0.1 on a quiet machine


@pytest.fixture
def train(store, words):
    """`train(config)` creates a run and works on it in a thread; `train(run_id)` goes on with one that has ended."""
    threads, stop = [], threading.Event()

    def begin(what: RunConfig | str, paused: bool = False) -> str:
        run_id = what if isinstance(what, str) else store.create(what, words, paused)
        ready = threading.Event()

        def work():
            with hold(store, run_id):
                take_queued(store, run_id, limit=99) or take_ended(store, run_id)
                ready.set()
                with contextlib.suppress(DiskFull):
                    Worker(store, run_id, stop.is_set).run()

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        ready.wait()
        return run_id

    yield begin
    stop.set()
    for thread in threads:
        thread.join()


def state(store, run_id):
    return store.run(run_id).state


@pytest.fixture
def undisturbed(words):
    """`undisturbed(config)`: the losses and the final state of the bare trainer, without store or frames."""

    def run(config):
        trainer, losses = Trainer(config, words), np.empty(config.steps, np.float32)
        trainer.advance(config.steps, losses)
        return losses, trainer.model.state()

    return run


def test_a_finished_run_has_recorded_everything_and_the_same_numbers_as_the_bare_trainer(
    store, words, small, train, undisturbed
):
    config = small(steps=700)
    run_id = train(config)
    eventually(lambda: state(store, run_id) == "finished")
    losses, final = undisturbed(config)
    assert store.losses(run_id).tobytes() == losses.tobytes(), "recording changes no bit"
    assert store.losses(run_id, start=650).tobytes() == losses[650:].tobytes()
    assert store.frame_steps(run_id) == moments.recorded(700)
    assert store.frame(run_id).step == 700
    assert store.frame(run_id, step=99).step == 80
    assert store.frame(run_id, step=99).loss == pytest.approx(losses[79], abs=0)
    assert store.checkpoint_steps(run_id) == [0, *moments.recorded(700)]
    step, checkpoint = store.checkpoint(run_id)
    assert (step, weights_sha256(checkpoint)) == (700, weights_sha256(final))
    assert store.checkpoint(run_id, step=0)[0] == 0
    assert store.samples(run_id, step=50)[0] == 0, "before step 100 only the initialisation is sampled"
    assert store.samples(run_id)[0] == 700
    assert len(store.samples(run_id)[1]) == 10
    info = store.run(run_id)
    assert (info.step, info.live, info.message) == (700, False, "")
    assert info.steps_per_second > 0


def test_the_final_losses_are_those_of_all_examples(store, words, small, train):
    config = small(steps=120)
    run_id = train(config)
    eventually(lambda: state(store, run_id) == "finished")
    trainer = Trainer(config, words)
    trainer.restore(store.checkpoint(run_id)[1])
    info = store.run(run_id)
    assert (info.train_loss, info.val_loss) == (trainer.evaluate("train"), trainer.evaluate("val"))
    last = [e for e in store.evaluations(run_id) if e.step == 120]
    assert [(e.split, e.examples) for e in last] == [("train", words.size("train")), ("val", words.size("val"))]
    assert store.evaluations(run_id)[0].step == 0


def test_a_curve_of_validation_losses_is_of_the_same_examples_to_its_end(store, words, small, train, monkeypatch):
    """Where the last one were over all of them, every run would end with a step up or down that is none."""
    monkeypatch.setattr(worker, "EXAMPLES", 7)
    run_id = train(small(steps=120))
    eventually(lambda: state(store, run_id) == "finished")
    trainer = Trainer(small(steps=120), words)
    trainer.restore(store.checkpoint(run_id)[1])
    validation = [e for e in store.evaluations(run_id) if e.split == "val"]
    assert {e.examples for e in validation} == {7} != {words.size("val")}
    assert (validation[-1].step, validation[-1].loss) == (120, trainer.evaluate("val", 7))
    assert store.run(run_id).val_loss == trainer.evaluate("val") != validation[-1].loss


def test_pause_step_run_and_stop_act_soon(store, small, train):
    run_id = train(small(steps=LONG))
    eventually(lambda: store.run(run_id).step > 100)
    store.wish(run_id, "pause")
    paused = eventually(lambda: state(store, run_id) == "paused" and store.run(run_id), within=SOON)
    assert paused.live
    assert store.frame(run_id).step == paused.step, "what is shown is where it stands"
    assert store.checkpoint(run_id)[0] == paused.step
    assert len(store.losses(run_id)) == paused.step

    for steps in (1, 10):
        before = store.run(run_id).step
        store.advance(run_id, steps)
        eventually(lambda: store.run(run_id).step == before + steps and state(store, run_id) == "paused", within=SOON)  # noqa: B023
        assert store.frame(run_id).step == store.checkpoint(run_id)[0] == before + steps

    here = store.run(run_id).step
    store.wish(run_id, "run")
    eventually(lambda: store.run(run_id).step > here, within=SOON)
    store.wish(run_id, "stop")
    eventually(lambda: state(store, run_id) == "stopped", within=SOON)
    stopped = store.run(run_id)
    assert (stopped.message, stopped.resumable) == ("", True)
    assert store.checkpoint(run_id)[0] == stopped.step == len(store.losses(run_id))


@pytest.mark.parametrize("until", [1, 57, 1000])
def test_until_pauses_at_exactly_that_step(store, small, train, until):
    run_id = train(small(steps=LONG), paused=True)
    eventually(lambda: state(store, run_id) == "paused")
    assert (store.run(run_id).step, store.checkpoint_steps(run_id)) == (0, [0])
    store.wish(run_id, "run", until=until)
    eventually(lambda: store.run(run_id).step > 0 and state(store, run_id) == "paused")
    assert store.run(run_id).step == until
    assert store.wished(run_id) == ("pause", None)


def test_steps_beyond_the_last_finish_the_run(store, small, train):
    run_id = train(small(steps=30), paused=True)
    store.advance(run_id, 20)
    eventually(lambda: store.run(run_id).step == 20 and state(store, run_id) == "paused")
    store.advance(run_id, 20)
    eventually(lambda: state(store, run_id) == "finished")
    assert store.run(run_id).step == len(store.losses(run_id)) == 30


def test_a_pause_one_step_before_the_end(store, words, small, monkeypatch):
    """The step that is taken to have a frame of where the run halts is then the last one."""
    monkeypatch.setattr(worker, "CHUNK", 0.0)  # steps one by one
    monkeypatch.setattr(worker, "FLUSH", 1e6)  # and looks only at moments
    run_id = store.create(small(steps=50), words)
    halted = []

    def progress(step, loss):
        if step == 49:
            store.wish(run_id, "pause")

    def interrupted():
        if state(store, run_id) == "paused":
            halted.append(store.run(run_id).step)
            store.wish(run_id, "run")
        return False

    with hold(store, run_id):
        take_queued(store, run_id, limit=1)
        Worker(store, run_id, interrupted, progress).run()
    assert set(halted) == {50}
    assert state(store, run_id) == "finished"


def test_a_run_that_pauses_anywhere_records_the_same(store, words, small, train, undisturbed):
    config = small(steps=400)
    run_id = train(config, paused=True)
    rng = np.random.default_rng(1)
    while state(store, run_id) != "finished":
        eventually(lambda: state(store, run_id) in ("paused", "finished"))
        store.advance(run_id, int(rng.integers(1, 40)))
        eventually(lambda: store.wished(run_id)[0] == "pause" or state(store, run_id) == "finished")
    losses, final = undisturbed(config)
    assert store.losses(run_id).tobytes() == losses.tobytes()
    assert store.frame_steps(run_id) == moments.recorded(400)
    assert [e.step for e in store.evaluations(run_id) if e.split == "val"] == [
        0,
        *[step for step in moments.recorded(400) if step >= 100],
    ]
    assert weights_sha256(store.checkpoint(run_id)[1]) == weights_sha256(final)


def test_a_stopped_run_goes_on_with_the_same_bits(store, small, train, undisturbed):
    config = small(steps=5000)
    run_id = train(config, paused=True)
    for until in (33, 2500, None):
        store.wish(run_id, "run", until)
        if until:
            eventually(lambda: store.run(run_id).step == until and state(store, run_id) == "paused")  # noqa: B023
            store.wish(run_id, "stop")
            eventually(lambda: state(store, run_id) == "stopped")
            train(run_id)
    eventually(lambda: state(store, run_id) == "finished")
    losses, final = undisturbed(config)
    assert store.losses(run_id).tobytes() == losses.tobytes()
    assert weights_sha256(store.checkpoint(run_id)[1]) == weights_sha256(final)


def test_an_interrupted_run_leaves_a_checkpoint_and_says_so(store, words, small):
    run_id = store.create(small(steps=LONG), words)
    with hold(store, run_id):
        take_queued(store, run_id, limit=1)
        Worker(store, run_id, interrupted=lambda: store.run(run_id).step >= 200).run()
    info = store.run(run_id)
    assert (info.state, info.resumable) == ("stopped", True)
    assert info.message == f"Interrupted at step {info.step:,}: Resume goes on from there."
    assert store.checkpoint(run_id)[0] == info.step


def test_a_diverged_run_says_where_and_keeps_its_last_frame(store, words, train):
    text = f"Embedding({words.vocab_size}, 4)\nFlattenConsecutive(3)\nLinear(12, {words.vocab_size})"
    run_id = train(RunConfig(model=text, context=3, lr=1e30, steps=LONG))
    eventually(lambda: state(store, run_id) == "diverged")
    info, losses = store.run(run_id), store.losses(run_id)
    assert len(losses) == info.step
    assert np.isfinite(losses[:-1]).all()
    assert not math.isfinite(losses[-1])
    assert f"step {info.step:,}" in info.message
    assert store.frame_steps(run_id)[-1] == store.frame(run_id).step == info.step
    assert not info.resumable
    moments = store.black_box(run_id).moments
    assert [moment.frame.step for moment in moments] == list(range(1, info.step + 1))[-len(moments) :]
    assert moments[-1].frame.to_bytes() == store.frame(run_id).to_bytes()


def test_a_run_that_does_not_diverge_has_no_black_box(store, small, train):
    run_id = train(small(steps=30))
    eventually(lambda: state(store, run_id) == "finished")
    assert store.black_box(run_id) is None


def test_killed_before_its_black_box_is_written_a_run_is_resumed_and_comes_back_to_it(
    store, words, small, train, monkeypatch
):
    config = small(steps=LONG, lr_drop_step=120, lr_after=1e38)
    undisturbed = train(config)
    eventually(lambda: state(store, undisturbed) == "diverged")
    run_id = store.create(config, words)
    with hold(store, run_id), monkeypatch.context() as patch:

        def killed(*_):
            raise KeyboardInterrupt  # nothing that a worker answers: it leaves no word

        patch.setattr(Recorder, "black_box", killed)
        take_queued(store, run_id, limit=1)
        with pytest.raises(KeyboardInterrupt):
            Worker(store, run_id).run()
    assert store.losses(run_id).tobytes() == store.losses(undisturbed).tobytes(), "nothing is lost"
    assert store.reconcile() == [run_id]
    assert store.black_box(run_id) is None
    store.resume(run_id)
    train(run_id)
    eventually(lambda: state(store, run_id) == "diverged")
    assert store.run(run_id).message == store.run(undisturbed).message
    assert store.losses(run_id).tobytes() == store.losses(undisturbed).tobytes()
    assert store.black_box(run_id).to_bytes() == store.black_box(undisturbed).to_bytes()


@pytest.mark.parametrize(("patience", "kept"), [(last_steps.REPLAY, 20), (0.0, 1)])
def test_a_black_box_goes_back_as_far_as_it_keeps_unless_that_takes_too_long(
    store, small, train, monkeypatch, patience, kept
):
    """With a checkpoint one step before the end, and an older one long before it."""
    monkeypatch.setattr(moments, "recorded", lambda steps: [1, 100, 121, steps])
    monkeypatch.setattr(last_steps, "REPLAY", patience)
    run_id = train(small(steps=LONG, lr_drop_step=120, lr_after=1e38))
    eventually(lambda: state(store, run_id) == "diverged")
    assert (store.run(run_id).step, store.checkpoint_steps(run_id)[-2:]) == (122, [100, 121])
    box = store.black_box(run_id)
    assert [moment.frame.step for moment in box.moments] == list(range(123 - kept, 123))


def test_interrupted_in_its_replay_a_run_has_diverged_all_the_same(store, words, small):
    run_id = store.create(small(steps=LONG, lr_drop_step=120, lr_after=1e38), words)

    def interrupted():
        losses = store.losses(run_id)
        return bool(len(losses)) and not math.isfinite(losses[-1])

    with hold(store, run_id):
        take_queued(store, run_id, limit=1)
        Worker(store, run_id, interrupted).run()
    assert state(store, run_id) == "diverged"
    assert store.black_box(run_id) is None


@pytest.mark.parametrize("size", [1, 100_000, 1_000_000, 10_000_000, 80_000_000, 4 * MAX_PARAMETERS])
def test_checkpoints_take_no_more_than_their_share_of_the_disk(size):
    """Step 0, the newest and the one a fork began with are always there; between them as many as have room."""
    steps = moments.recorded(10_000_000)
    kept = room.kept(steps, size)
    assert kept <= set(steps)
    assert (len(kept) + room.ALWAYS) * size <= max(room.KEPT_BYTES, room.ALWAYS * size)
    assert kept == set(steps) or (2 * len(kept) + 1 + room.ALWAYS) * size > room.KEPT_BYTES, "no room is wasted"


def test_a_large_model_s_checkpoints_stay_within_their_share(store, words, small, train, monkeypatch):
    size = sum(array.nbytes for array in Trainer(small(), words).checkpoint().values())
    monkeypatch.setattr(room, "KEPT_BYTES", 7 * size)
    run_id = train(small(steps=2000))
    eventually(lambda: state(store, run_id) == "finished")
    steps = store.checkpoint_steps(run_id)
    assert (steps[0], steps[-1]) == (0, 2000)
    assert 4 <= len(steps) <= 6


def test_large_frames_stay_within_their_share(store, small, train, monkeypatch):
    first = train(small(steps=200))
    eventually(lambda: state(store, first) == "finished")
    size = store.frame(first, 1).nbytes
    assert size <= len(store.frame(first, 1).to_bytes()) < size + 3_000
    monkeypatch.setattr(room, "KEPT_BYTES", 20_000 + room.ALWAYS * size)
    run_id = train(small(steps=200))
    eventually(lambda: state(store, run_id) == "finished")
    steps = store.frame_steps(run_id)
    assert (steps[0], steps[-1]) == (1, 200)
    assert 1 < len(steps) <= 20_000 // size + room.ALWAYS
    assert set(steps) <= set(moments.recorded(200))


def test_rolling_checkpoints_replace_each_other(store, small, train, monkeypatch):
    monkeypatch.setattr(worker, "ROLLING", 0.0)
    run_id = train(small(steps=LONG))
    kept = set(moments.recorded(LONG))
    eventually(lambda: store.run(run_id).step > 5000)
    rolling = [step for step in store.checkpoint_steps(run_id)[1:] if step not in kept]
    assert len(rolling) <= 1


def test_a_full_disk_loses_nothing_and_the_run_goes_on_by_itself(store, small, train, monkeypatch, undisturbed):
    monkeypatch.setattr(worker, "RETRY", 0.02)
    config = small(steps=3000)
    full, refused, write = threading.Event(), [], Recorder.flush

    def flush(recorder):
        if full.is_set():
            refused.append(recorder)
            raise DiskFull("The disk is full.")
        write(recorder)

    monkeypatch.setattr(Recorder, "flush", flush)
    run_id = train(config, paused=True)
    eventually(lambda: state(store, run_id) == "paused")
    store.wish(run_id, "run", until=500)
    eventually(lambda: store.run(run_id).step == 500 and state(store, run_id) == "paused")  # its checkpoint is there
    full.set()
    store.wish(run_id, "run")
    eventually(lambda: len(refused) > 5)
    assert store.run(run_id).step == 500, "nothing can be written"
    assert store.run(run_id).live
    assert store.checkpoint(run_id)[0] == 500
    full.clear()
    eventually(lambda: state(store, run_id) == "finished")
    losses, final = undisturbed(config)
    assert store.losses(run_id).tobytes() == losses.tobytes()
    assert store.frame_steps(run_id) == moments.recorded(3000)
    assert weights_sha256(store.checkpoint(run_id)[1]) == weights_sha256(final)


def test_a_resumed_run_shows_nothing_of_what_is_yet_to_come(store, words, small, train, undisturbed, monkeypatch):
    """Killed between two checkpoints, it is where the last one is, for all readers; then the same comes again."""
    monkeypatch.setattr(moments, "recorded", lambda steps: [*range(500, steps, 500), steps])
    config, limit = small(steps=6000), 4700
    run_id = store.create(config, words)

    def kill() -> bool:
        if store.run(run_id).step >= limit:
            raise KeyboardInterrupt  # nothing that a worker answers: it leaves no word
        return False

    with hold(store, run_id), monkeypatch.context() as patch:
        patch.setattr(worker, "ROLLING", 1e6)
        take_queued(store, run_id, limit=1)
        with pytest.raises(KeyboardInterrupt):
            Worker(store, run_id, kill).run()
    at, losses = store.checkpoint(run_id)[0], store.losses(run_id)
    assert at < limit <= store.run(run_id).step == len(losses)
    store.resume(run_id, paused=True)
    train(run_id)
    eventually(lambda: state(store, run_id) == "paused")
    assert store.run(run_id).step == len(store.losses(run_id)) == at
    assert store.losses(run_id).tobytes() == losses[:at].tobytes()
    assert max([store.frame(run_id).step, *store.frame_steps(run_id)]) <= at
    assert max(evaluation.step for evaluation in store.evaluations(run_id)) <= at
    store.wish(run_id, "run")
    eventually(lambda: state(store, run_id) == "finished")
    assert store.losses(run_id).tobytes() == undisturbed(config)[0].tobytes()
    assert store.frame_steps(run_id) == moments.recorded(config.steps)


def test_step_0_is_measured_wherever_a_run_halts_first(store, words, small, train, undisturbed):
    """It is measured late, so that nobody waits for it, on the weights it had."""
    trainer = Trainer(small(), words)
    expected = trainer.evaluate("val", worker.EXAMPLES)

    def measured(run_id):
        return [e.loss for e in store.evaluations(run_id) if (e.step, e.split) == (0, "val")]

    paused, short = train(small(steps=LONG), paused=True), train(small(steps=30))
    eventually(lambda: state(store, paused) == "paused" and state(store, short) == "finished")
    assert measured(paused) == measured(short) == [expected]
    assert weights_sha256(store.checkpoint(short)[1]) == weights_sha256(undisturbed(small(steps=30))[1])

    cut = store.create(small(steps=LONG), words)
    with hold(store, cut):
        take_queued(store, cut, limit=1)
        Worker(store, cut, interrupted=lambda: store.run(cut).step >= 5).run()
    if store.run(cut).step < worker.MEASURED_FROM:
        assert measured(cut) == []
    train(cut)
    eventually(lambda: measured(cut) == [expected])


def test_a_run_interrupted_on_a_full_disk_keeps_its_last_checkpoint(store, words, small, monkeypatch):
    run_id = store.create(small(steps=LONG), words)
    full, notices = threading.Event(), []

    def flush(recorder, write=Recorder.flush):
        if store.run(run_id).step > 100:
            full.set()
            raise DiskFull("The disk is full.")
        write(recorder)

    monkeypatch.setattr(Recorder, "flush", flush)
    take_queued(store, run_id, limit=1)
    with hold(store, run_id), pytest.raises(DiskFull):
        Worker(store, run_id, interrupted=full.is_set, notice=notices.append).run()
    assert notices == ["The disk is full. The run waits and goes on by itself."]
    step, _ = store.checkpoint(run_id)
    assert store.reconcile() == [run_id]
    assert f"Resume goes on from step {step:,}" in store.run(run_id).message
