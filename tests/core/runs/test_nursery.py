"""Workers in processes of their own: started, counted, killed, resumed. These tests start the real nursery."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.runs.database import BUSY_SECONDS
from core.runs.limit import complaint, workers
from core.runs.nursery import _why
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


def test_a_nursery_that_cannot_be_started_is_tried_again(tmp_path, monkeypatch):
    """While there is no room for another process; else nothing would train until the app is restarted."""
    tries = []

    def start(supervisor):
        tries.append(supervisor)
        if len(tries) == 2:
            raise BlockingIOError("no more processes")
        return subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0)

    monkeypatch.setattr(Supervisor, "_start", start)
    supervisor = Supervisor(tmp_path)
    old = supervisor.pid
    os.kill(old, signal.SIGKILL)
    eventually(lambda: supervisor.pid != old)
    supervisor.close()
    assert len(tries) == 3


def test_two_nurseries_on_one_store_do_not_clash(nursery, store, words, small, monkeypatch):
    monkeypatch.setenv("EXPLORER_WORKERS", "2")
    mine = start(nursery, store, small(steps=LONG), words)
    eventually(lambda: store.run(mine).step > 0, within=START)
    second = Supervisor(store.home)
    os.kill(nursery.pid, signal.SIGSTOP)  # so that the next run can only be the second's
    try:
        other = start(second, store, small(steps=LONG), words)
        eventually(lambda: store.run(other).step > 0, within=START)
        os.kill(nursery.pid, signal.SIGCONT)
        ids = [store.create(small(steps=300, seed=seed), words) for seed in range(6)]
        for run_id in (mine, other):
            store.wish(run_id, "stop")
        for _ in ids:
            nursery.poke()
            second.poke()
        eventually(lambda: all(state(store, run_id) == "finished" for run_id in ids), within=START)
        for seed, run_id in enumerate(ids):
            trainer, losses = Trainer(small(steps=300, seed=seed), words), np.empty(300, np.float32)
            trainer.advance(300, losses)
            assert store.losses(run_id).tobytes() == losses.tobytes()
    finally:
        os.kill(nursery.pid, signal.SIGCONT)
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


@pytest.mark.parametrize(("text", "count"), [(None, os.cpu_count()), ("", os.cpu_count()), ("7", 7)])
def test_how_many_runs_at_a_time(text, count, monkeypatch):
    monkeypatch.delenv("EXPLORER_WORKERS", raising=False)
    if text is not None:
        monkeypatch.setenv("EXPLORER_WORKERS", text)
    assert workers() == count
    assert complaint() is None


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "1000", "9" * 5000])
def test_a_wrong_number_of_workers_is_a_sentence_and_one_a_core_are_used(text, monkeypatch):
    monkeypatch.setenv("EXPLORER_WORKERS", text)
    assert workers() == os.cpu_count()
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    shown = text if len(text) < 20 else "9" * 19 + "…"
    assert complaint() == f"EXPLORER_WORKERS is '{shown}', no number from 1 to 999: 4 runs train at a time."


def test_a_run_that_cannot_be_read_fails_alone(nursery, store, words, small):
    """A newer version wrote it: the runs beside it go on, and those behind it begin."""
    going = start(nursery, store, small(steps=LONG), words)
    eventually(lambda: store.run(going).step > 0, within=START)
    pid, bad = nursery.pid, store.create(small(), words, paused=True)
    with store.database.write() as connection:
        connection.execute("UPDATE runs SET config = json_set(config, '$.dropout', 0.5) WHERE id = ?", (bad,))
    nursery.poke()
    eventually(lambda: state(store, bad) == "failed", within=SOON)
    assert store.run(bad).message == (
        f"The run {bad} cannot be read: There is no setting 'dropout': update Makemore Explorer, a newer one has it."
    )
    behind = start(nursery, store, small(steps=50), words)
    eventually(lambda: state(store, behind) == "finished", within=START)
    assert (state(store, going), nursery.pid) == ("running", pid)


def test_a_store_that_others_hold_for_long_ends_no_run(nursery, store, words, small):
    run_id = start(nursery, store, small(steps=LONG), words)
    eventually(lambda: store.run(run_id).step > 0, within=START)
    with contextlib.closing(sqlite3.connect(store.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        held = time.monotonic()
        eventually(lambda: time.monotonic() > held + 1.2 * BUSY_SECONDS, within=2 * BUSY_SECONDS)
        step = store.run(run_id).step
        assert store.run(run_id).live
    eventually(lambda: store.run(run_id).step > step, within=2 * BUSY_SECONDS)
    assert state(store, run_id) == "running"


def test_the_end_of_a_worker_in_words():
    assert "SIGKILL" in _why(-9)
    assert "SIGSEGV" in _why(-11)
    assert "status 3" in _why(3)
