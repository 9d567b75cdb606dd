"""Workers in processes of their own: started, counted, killed, resumed. These tests start the real nursery."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.runs.nursery import _why, workers
from core.runs.store import Store
from core.runs.supervisor import ROOT, Supervisor
from core.training import moments
from core.training.trainer import Trainer, weights_sha256
from tests.waiting import eventually

LONG = 10_000_000  # steps: more than any test waits for
SOON = 1.0  # seconds for a wish to act: 0.05 to 0.1 on a quiet machine
START = 60.0  # seconds for a nursery to import and compile on a busy machine

pytestmark = pytest.mark.xdist_group("nursery")
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds worker processes in Linux's /proc")


@pytest.fixture(scope="module")
def nursery(tmp_path_factory, request):
    """A warm nursery with room for two runs, and its store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_WORKERS", "2")
        supervisor = Supervisor(Store(tmp_path_factory.mktemp("nursery")).home)
    yield supervisor
    supervisor.close()


@pytest.fixture
def store(nursery):
    """The nursery's store; every run is stopped after the test."""
    store = Store(nursery.home)
    yield store
    for info in store.runs():
        store.wish(info.id, "stop")
    eventually(lambda: not any(info.live for info in store.runs()))


def start(nursery, store, config, words, **settings) -> str:
    run_id = store.create(config, words, **settings)
    nursery.poke()
    return run_id


def state(store, run_id):
    return store.run(run_id).state


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_wishes_act_soon_in_another_process(nursery, store, words, small):
    run_id = start(nursery, store, small(steps=LONG), words)
    eventually(lambda: store.run(run_id).step >= 100, within=START)
    store.wish(run_id, "pause")
    eventually(lambda: state(store, run_id) == "paused", within=SOON)
    step = store.run(run_id).step
    store.advance(run_id, 1)
    eventually(lambda: store.run(run_id).step == step + 1 and state(store, run_id) == "paused", within=SOON)
    store.wish(run_id, "run")
    eventually(lambda: store.run(run_id).step > step + 1, within=SOON)
    store.wish(run_id, "stop")
    eventually(lambda: state(store, run_id) == "stopped", within=SOON)


def test_several_runs_at_once_and_the_rest_in_a_queue(nursery, store, words, small):
    first, second, third = (start(nursery, store, small(steps=LONG, seed=seed), words) for seed in range(3))
    eventually(lambda: min(store.run(first).step, store.run(second).step) > 0, within=START)
    assert (state(store, third), store.run(third).queue_place) == ("queued", 1)
    assert not np.array_equal(store.losses(first)[:10], store.losses(second)[:10]), "each run is its own"
    paused = start(nursery, store, small(steps=LONG), words, paused=True)
    eventually(lambda: state(store, paused) == "paused", within=SOON)
    store.wish(first, "pause")
    eventually(lambda: store.run(third).step > 0, within=2 * SOON)
    assert state(store, first) == "paused"


@needs_proc
def test_a_worker_killed_at_any_moment_goes_on_with_the_same_bits_and_nothing_recorded_is_lost(
    nursery, store, words, small
):
    config = small(steps=30_000)
    trainer, losses = Trainer(config, words), np.empty(config.steps, np.float32)
    trainer.advance(config.steps, losses)
    rng = np.random.default_rng(42)
    run_id = start(nursery, store, config, words)
    for after in sorted(rng.integers(0, 25_000, size=5)):
        # poll=0: not in step with the worker's own rhythm
        info = eventually(lambda: _at(store.run(run_id), after), within=START, poll=0)  # noqa: B023
        assert info.state == "running", "it is over before it was killed often enough"
        for pid in children(nursery.pid):
            os.kill(pid, signal.SIGKILL)
        seen = (len(store.losses(run_id)), store.frame_steps(run_id), store.checkpoint_steps(run_id)[-1:])
        info = eventually(lambda: state(store, run_id) == "failed" and store.run(run_id), within=3.0)
        assert "SIGKILL" in info.message
        assert len(store.losses(run_id)) >= seen[0]
        assert store.losses(run_id).tobytes() == losses[: len(store.losses(run_id))].tobytes()
        assert store.frame_steps(run_id)[: len(seen[1])] == seen[1]
        assert store.checkpoint_steps(run_id)[-1:] >= seen[2]
        store.resume(run_id)
        nursery.poke()
    eventually(lambda: state(store, run_id) == "finished", within=START)
    assert store.losses(run_id).tobytes() == losses.tobytes()
    assert store.frame_steps(run_id) == moments.recorded(config.steps)
    assert weights_sha256(store.checkpoint(run_id)[1]) == weights_sha256(trainer.model.state())


def _at(info, step):
    return info if info.state == "finished" or (info.state == "running" and info.step >= step) else None


@needs_proc
def test_a_nursery_that_dies_leaves_checkpoints_and_is_replaced(nursery, store, words, small):
    run_id = start(nursery, store, small(steps=LONG), words)
    eventually(lambda: store.run(run_id).step > 0, within=START)
    old = nursery.pid
    os.kill(old, signal.SIGKILL)
    info = eventually(lambda: state(store, run_id) == "stopped" and store.run(run_id), within=3.0)
    assert "Interrupted" in info.message
    eventually(lambda: nursery.pid != old)
    store.resume(run_id)
    nursery.poke()
    eventually(lambda: store.run(run_id).step > info.step, within=START)


def test_two_nurseries_on_one_store_do_not_clash(nursery, store, words, small):
    second = Supervisor(store.home)
    try:
        ids = [start(nursery, store, small(steps=300, seed=seed), words) for seed in range(6)]
        for _ in ids:
            second.poke()
        eventually(lambda: all(state(store, run_id) == "finished" for run_id in ids), within=START)
        for seed, run_id in enumerate(ids):
            trainer, losses = Trainer(small(steps=300, seed=seed), words), np.empty(300, np.float32)
            trainer.advance(300, losses)
            assert store.losses(run_id).tobytes() == losses.tobytes()
    finally:
        second.close()


def test_closing_leaves_a_checkpoint_and_no_process(tmp_path, words, small):
    store = Store(tmp_path)
    supervisor = Supervisor(store.home)
    run_id = start(supervisor, store, small(steps=LONG), words)
    eventually(lambda: store.run(run_id).step > 0, within=START)
    supervisor.close()
    info = store.run(run_id)
    assert (info.state, info.live) == ("stopped", False)
    assert store.checkpoint(run_id)[0] == info.step
    with pytest.raises(ProcessLookupError):
        os.kill(supervisor.pid, 0)
    supervisor.poke()  # does nothing, and does not fail


@needs_proc
def test_an_app_that_is_killed_takes_nursery_and_workers_with_it(tmp_path, words, small):
    app = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from core.runs.supervisor import start_nursery; s = start_nursery(sys.argv[1]); "
            "print(s.pid, flush=True); sys.stdin.read()",
            str(tmp_path),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with app:
        nursery_pid = int(app.stdout.readline())
        store = Store(tmp_path)
        run_id = store.create(small(steps=LONG), words)
        eventually(lambda: store.run(run_id).step > 0, within=START)
        app.kill()
        eventually(lambda: state(store, run_id) == "stopped", within=3.0)
        eventually(lambda: not Path(f"/proc/{nursery_pid}/cmdline").exists() or _is_zombie(nursery_pid), within=10.0)
    assert store.run(run_id).resumable


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes() == b""


def test_where_processes_cannot_be_forked_workers_start_in_a_fresh_interpreter(tmp_path, words, small):
    store = Store(tmp_path)
    run_id = store.create(small(steps=LONG), words)
    program = "import sys, core.runs.nursery as nursery; nursery.CAN_FORK = False; sys.exit(nursery.main())"
    environment = os.environ | {"EXPLORER_HOME": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment, stdin=subprocess.PIPE) as process:
        eventually(lambda: store.run(run_id).step > 0, within=START)
        process.stdin.close()
        assert process.wait(START) == 0
    info = store.run(run_id)
    assert (info.state, store.checkpoint(run_id)[0]) == ("stopped", info.step)


@pytest.mark.parametrize(("text", "count"), [(None, os.cpu_count()), ("", os.cpu_count()), ("7", 7)])
def test_how_many_runs_at_a_time(text, count):
    assert workers(text) == count


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_wrong_number_of_workers_is_a_sentence(text):
    with pytest.raises(ValueError, match=f"EXPLORER_WORKERS is '{text}'"):
        workers(text)


def test_the_end_of_a_worker_in_words():
    assert "SIGKILL" in _why(-9)
    assert "SIGSEGV" in _why(-11)
    assert "status 3" in _why(3)
