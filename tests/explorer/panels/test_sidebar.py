"""The sidebar says what it knows, and comes back when there is more to choose from."""

import numpy as np
import pytest

from core.runs.recorder import Recorder
from core.runs.store import Store
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.panels import sidebar
from tests.explorer.app import app, moment_slider, run_picker, texts
from tests.explorer.feeds.test_frames import frame
from tests.explorer.recorded import falling, record


@pytest.fixture
def full(monkeypatch):
    monkeypatch.setattr(Store, "disk_full", lambda self: True)
    recorded._room.clear()
    yield
    recorded._room.clear()


def live(home, **status):
    return record(home, falling(40), state="running", steps=5_000, steps_per_second=4_000.0, **status)


def test_a_full_disk_is_one_sentence_and_no_speed(home, full, monkeypatch):
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: True)
    at = app("train", run=live(home))
    (error,) = at.error
    assert error.value == "The disk is full: free some space, then training goes on by itself."
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
    assert sidebar._slider_is_old(recorded.info(run_id), drawn) == old


def test_a_run_from_the_command_line_appears_by_itself(home, monkeypatch):
    monkeypatch.setattr(sidebar, "REST", 0.0)
    at = app()
    assert run_picker(at).disabled
    run_id = record(home, np.ones(3, np.float32))
    recorded.forget()
    at.run()
    assert at.query_params == {"run": run_id}


def test_while_a_run_goes_on_no_second_step_stands_beside_the_page_s(home, monkeypatch):
    """The two tick at different moments, and would show different steps."""
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: True)
    run_id = live(home)
    bar = app("train", run=run_id).get("progress")[0].proto
    assert (bar.text, bar.value) == ("0% of 5,000 steps", 0)
    recorder = Recorder(Store(home).database, run_id)
    recorder.status(state="paused")
    recorder.flush()
    recorded.forget()
    assert app("train", run=run_id).get("progress")[0].proto.text == "Step 40 of 5,000"


def test_a_step_that_the_run_has_not_reached_shows_the_latest_and_says_so(home):
    run_id = record(home, falling(40))
    at = app("train", run=run_id, step="99999999")
    assert at.query_params == {"run": run_id}
    assert at.metric[0].value == "40"
    (toast,) = at.toast
    assert toast.value == "Step 99,999,999 is beyond step 40, where this run is: you see the latest."
    assert app("train", run=run_id, step="40").query_params == {"run": run_id, "step": "40"}


def test_a_moment_is_not_sent_back_to_the_browser_that_chose_it(home):
    """It would undo what a quick hand has chosen since: three presses of an arrow moved by two."""
    run_id = record(home, falling(40))
    recorder = Recorder(Store(home).database, run_id)
    for step in (1, 2, 5, 10):
        recorder.frame(frame(step, 1.0), keep=True)
    recorder.flush()
    at = app("train", run=run_id, step="2")
    slider = moment_slider(at)
    assert slider.proto.set_value
    slider.set_value(5).run()
    assert at.query_params == {"run": run_id, "step": "5"}
    proto = moment_slider(at).proto
    assert not proto.set_value
    assert [proto.options[int(i)] for i in proto.default] == ["5"], (
        "what a browser shows that has just come to the widget"
    )


def test_steps_may_be_asked_for_while_steps_are_taken(home, monkeypatch):
    """A button that greyed out under a finger would lose the keyboard's focus."""
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: True)
    run_id = live(home)
    assert app("train", run=run_id).button(key="step_1000").disabled
    Store(home).wish(run_id, "run", until=1_040)
    recorded.forget()
    assert not app("train", run=run_id).button(key="step_1000").disabled


def test_a_wrong_number_of_workers_is_said_once_a_visit(home, monkeypatch):
    monkeypatch.setenv("EXPLORER_WORKERS", "many")
    at = app()
    (toast,) = at.toast
    assert plain("EXPLORER_WORKERS is 'many'") in toast.value
    assert not at.run().toast
