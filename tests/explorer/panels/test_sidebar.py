"""The sidebar says what it knows, and comes back when there is more to choose from."""

import numpy as np
import pytest

from core.runs.recorder import Recorder
from core.runs.store import Store
from explorer import feeds
from explorer.panels import sidebar
from tests.explorer.app import app, texts
from tests.explorer.recorded import falling, record
from tests.explorer.test_frame_feeds import frame


@pytest.fixture
def full(monkeypatch):
    monkeypatch.setattr(Store, "disk_full", lambda self: True)
    feeds._room.clear()
    yield
    feeds._room.clear()


def live(home, **status):
    return record(home, falling(40), state="running", steps=5_000, steps_per_second=4_000.0, **status)


def test_a_full_disk_is_one_sentence_and_no_speed(home, full, monkeypatch):
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: True)
    at = app("train", run=live(home))
    (error,) = at.error
    assert error.value == "The disk is full: free some space, then training goes on by itself."
    assert [at.metric[i].value for i in (3, 4)] == ["–", "–"]
    assert "steps/s" not in texts(at)


def test_a_full_disk_does_not_matter_to_a_run_that_has_ended(home, full):
    at = app("train", run=record(home, falling(40)))
    assert not at.error


@pytest.mark.parametrize(
    ("state", "moment", "drawn", "old"),
    [
        ("finished", None, 3, True),
        ("finished", None, 4, False),
        ("running", 2, 3, True),
        ("running", None, 3, False),
        ("running", None, 2, True),
        ("running", None, 0, True),
    ],
)
def test_a_slider_that_lacks_moments_is_drawn_anew_but_seldom_while_it_follows(
    home, monkeypatch, state, moment, drawn, old
):
    run_id = record(home, falling(40), state=state, steps=50)
    recorder = Recorder(Store(home).database, run_id)
    for step in (1, 2, 5, 10):
        recorder.frame(frame(step, 1.0), keep=True)
    recorder.flush()
    monkeypatch.setattr(sidebar.session, "moment", lambda: moment)
    assert sidebar._slider_is_old(feeds.info(run_id), drawn) == old


def test_a_run_from_the_command_line_appears_by_itself(home, monkeypatch):
    monkeypatch.setattr(sidebar, "REST", 0.0)
    at = app()
    assert at.selectbox(key="run_picker").disabled
    run_id = record(home, np.ones(3, np.float32))
    feeds.forget()
    at.run()
    assert at.query_params == {"run": run_id}
