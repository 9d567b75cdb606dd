"""Losses are read once, whatever threads do at the same moment and whatever a killed run takes back."""

import threading

import numpy as np
import pytest

from core.runs.recorder import Recorder
from core.runs.store import Store
from explorer.charts import loss_blocks
from explorer.feeds import frames, history, recorded
from tests.explorer.recorded import falling, record


def grow(home, run_id, losses, start):
    recorder = Recorder(Store(home).database, run_id)
    recorder.losses(start + 1, losses[start:])
    recorder.status(step=len(losses))
    recorder.flush()


@pytest.mark.parametrize("slow", [(Store, "losses"), (loss_blocks, "summed")], ids=["reading", "summing up"])
def test_two_threads_do_not_append_the_same_losses(home, monkeypatch, slow):
    """A verb of any session forgets what is cached while another session's page is at it."""
    losses = falling(300)
    run_id = record(home, losses[:100], state="running", steps=500)
    recorded.loss(run_id, 10, log=True)
    grow(home, run_id, losses, 100)
    recorded.forget()
    begun, done, work = threading.Event(), threading.Event(), getattr(*slow)

    def interrupted(*args, **kwargs):
        found = work(*args, **kwargs)
        if threading.current_thread() is first:
            begun.set()
            done.wait(0.2)  # long enough for the second thread, where nothing holds it back
        return found

    def second():
        recorded.loss(run_id, 10, log=True)
        done.set()

    monkeypatch.setattr(*slow, interrupted)
    first = threading.Thread(target=lambda: recorded.loss(run_id, 10, log=True))
    other = threading.Thread(target=second)
    first.start()
    begun.wait()
    recorded.forget()
    other.start()
    first.join()
    other.join()
    recorded.forget()
    assert np.array_equal(recorded.losses(run_id), losses)
    assert recorded.loss(run_id, 10, log=True).smooth["step"].to_pylist() == list(range(10, 301, 10))


def test_a_run_that_comes_back_with_fewer_losses_is_read_anew(home):
    losses = falling(5_000)
    run_id = record(home, losses, state="running", steps=9_000)
    assert recorded.loss(run_id, 10, log=True).smooth["step"].to_pylist()[-1] == 5_000
    with Store(home).database.write() as connection:
        connection.execute("DELETE FROM losses WHERE run = ?", (run_id,))
    grow(home, run_id, losses[:4_200], 0)
    recorded.forget()
    assert np.array_equal(recorded.losses(run_id), losses[:4_200])
    assert recorded.loss(run_id, 10, log=True).smooth["step"].to_pylist()[-1] == 4_200


def test_only_new_losses_are_read(home, monkeypatch):
    losses = falling(9_000)
    run_id = record(home, losses[:8_500], state="running", steps=9_000)
    recorded.losses(run_id)
    grow(home, run_id, losses, 8_500)
    recorded.forget()
    starts, read = [], Store.losses
    monkeypatch.setattr(Store, "losses", lambda self, i, start=0: starts.append(start) or read(self, i, start))
    assert np.array_equal(recorded.losses(run_id), losses)
    assert starts == [8_499]


def test_nothing_is_kept_of_a_run_that_is_deleted(home):
    """Not by feeds that nothing here imports, either."""
    run_id, other = record(home, falling(300)), record(home, falling(300))
    for of in (run_id, other):
        recorded.losses(of), recorded.config(of), frames.history(of)
        history.over_time(of, None, "output", "5.Tanh")
    Store(home).delete(run_id)
    recorded.forget_run(run_id)
    kept = [key for cache in (recorded._losses, frames._histories, history._kept) for key in cache._slots]
    assert (home, run_id) not in kept
    assert kept.count((home, other)) == 3
