"""What a queued run waits for is named."""

import pytest

from core.runs.recorder import Recorder
from core.runs.store import Store
from explorer.panels.run.queue import waits_for
from tests.explorer.app import app, texts
from tests.explorer.hunted import twin_of
from tests.explorer.recorded import falling, record


def test_the_only_worker_and_who_has_it_stand_in_the_sidebar(home, monkeypatch):
    monkeypatch.setenv("EXPLORER_WORKERS", "1")
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: True)
    busy = record(home, falling(40), state="running", steps=5_000)
    at = app("train", run=record(home, falling(0), state="queued", steps=500))
    assert not at.exception
    wanted = f"Next in the queue. 1 run trains at a time, now {busy}: pause or stop it to begin this one."
    assert wanted in texts(at)
    at.button(key="open_busy").click().run()
    assert at.query_params == {"run": busy}


def test_the_healthy_twin_of_an_open_round_is_not_named(home, monkeypatch):
    monkeypatch.setenv("EXPLORER_WORKERS", "1")
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: True)
    twin = twin_of(home, "k3x9-q7")
    recorder = Recorder(Store(home).database, twin)
    recorder.status(state="running")
    recorder.flush()
    at = app("train", run=record(home, falling(0), state="queued", steps=500))
    assert not at.exception
    assert "It begins as soon as" in texts(at)
    assert twin not in texts(at)


@pytest.mark.parametrize(("busy", "listed"), [(2, "{2} and {1}"), (3, "{3}, {2} and {1}"), (5, "{5}, {4} and 3 more")])
def test_many_are_named_and_counted(home, monkeypatch, busy, listed):
    monkeypatch.setenv("EXPLORER_WORKERS", str(busy))
    ids = [None, *(record(home, falling(4), state="running", steps=50) for _ in range(busy))]
    waiting = [record(home, falling(0), state="queued", steps=500) for _ in range(2)]
    first, second = (waits_for(Store(home).run(run_id)) for run_id in waiting)
    named = listed.format(*ids)
    assert first == f"{busy} runs train at a time, now {named}: pause or stop one of them to begin this one."
    assert second.endswith("to begin the next one.")


def test_where_there_is_room_it_is_about_to_begin(home, monkeypatch):
    monkeypatch.setenv("EXPLORER_WORKERS", "1")
    record(home, falling(4), state="paused", steps=50)
    run_id = record(home, falling(0), state="queued", steps=500)
    assert waits_for(Store(home).run(run_id)) == "It begins as soon as a worker has taken it."
