"""Frames of a run as pictures need them: read once, in order, and on scales that only grow."""

import numpy as np
import pytest

from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.frame import BINS, STATS, Frame, TensorInfo
from explorer.feeds import frames, recorded
from tests.explorer.recorded import falling, record

ROLES = ("output", "output_grad", "weight", "weight_grad")


def frame(step: int, far: float) -> Frame:
    """One Linear whose numbers reach from -far to far."""
    infos = tuple(TensorInfo("1.Linear.weight" if "weight" in r else "1.Linear", r, "1.Linear", (8, 8)) for r in ROLES)
    row = dict.fromkeys(STATS, np.nan) | {"mean": 0, "std": far / 2, "min": -far, "max": far, "low": -far, "high": far}
    row |= {"nan": 0, "inf": 0, "grad_data": 0.1, "update_data": -3.0}
    stats = np.array([[row[name] for name in STATS]] * 4, np.float32)
    return Frame(step, 2.0, 0.1, infos, stats, np.ones((4, BINS), np.int32))


@pytest.fixture
def run(home):
    """A run with frames at 1, 10 and 100, and a live one at 120."""
    run_id = record(home, falling(120), state="running", steps=500)
    recorder = Recorder(Store(home).database, run_id)
    for step, far in ((1, 0.8), (10, 3.0), (100, 0.5)):
        recorder.frame(frame(step, far), keep=True)
    recorder.frame(frame(120, 0.4), keep=False)
    recorder.flush()
    return run_id


def ticks(run_id, moment):
    view = frames.histograms(run_id, moment, "Linear", gradients=False, own=False)
    return next(row["text"] for row in view.tables["texts"].to_pylist() if row["kind"] == "highest tick")


def test_history_is_every_recorded_frame_in_order(run):
    history = frames.history(run)
    assert history.steps.tolist() == [1, 10, 100]
    assert history.stats.shape == (3, 4, len(STATS))
    assert history.until(99).steps.tolist() == [1, 10]
    assert history.until(0).steps.tolist() == []


def test_the_live_frame_comes_last_and_only_once(run):
    history = frames.history(run)
    assert history.with_frame(frame(120, 1)).steps.tolist() == [1, 10, 100, 120]
    assert history.with_frame(frame(100, 1)).steps.tolist() == [1, 10, 100]
    nothing = history.until(0)
    assert nothing.with_frame(frame(1, 1)).steps.tolist() == [1]


def test_only_new_frames_are_read(run, home, monkeypatch):
    frames.history(run)
    recorder = Recorder(Store(home).database, run)
    recorder.frame(frame(125, 1.0), keep=True)
    recorder.flush()
    recorded.forget()
    frames._recent.clear()
    read = []
    whole = Store.frame
    monkeypatch.setattr(Store, "frame", lambda self, run_id, step=None: read.append(step) or whole(self, run_id, step))
    assert frames.history(run).steps.tolist() == [1, 10, 100, 125]
    assert read == [125]


def test_frames_that_a_killed_run_takes_back_are_forgotten(run, home):
    frames.history(run)
    with Store(home).database.write() as connection:
        connection.execute("DELETE FROM frames WHERE run = ? AND step > 10", (run,))
    recorded.forget()
    frames._recent.clear()
    assert frames.history(run).steps.tolist() == [1, 10]


def test_a_shared_scale_only_grows_as_the_run_goes_on(run):
    """Step 10 reached to 3; what comes later is narrower but stays on its scale."""
    assert [ticks(run, moment) for moment in (1, 10, 100, None)] == ["1", "5", "5", "5"]


def test_ratios_reach_up_to_the_live_frame(run):
    drawn = frames.ratios(run, 10, "grad_data")
    lines = drawn.tables["lines"].to_pydict()
    assert lines["step"] == [1, 10, 100, 120]
    assert lines["value"] == pytest.approx([-1] * 4)
    assert drawn.tables["moment"]["step"].to_pylist() == [10]


def test_before_anything_is_recorded(home):
    run_id = record(home, falling(0), state="queued", steps=5)
    assert frames.histograms(run_id, None, "All", gradients=True, own=False) is None
    assert frames.ratios(run_id, None, "update_data") is None


def test_rows_that_come_later_are_unseen_before_and_found_by_their_names(run, home):
    first = frame(130, 7.0)
    more = tuple(TensorInfo(f"0.New{i}", "output", f"0.New{i}", (8, 8)) for i in range(2))
    stats = np.concatenate([np.full((2, len(STATS)), 5.0, np.float32), first.stats])
    later = Frame(130, 2.0, 0.05, more + first.tensors, stats, np.ones((6, BINS), np.int32))
    recorder = Recorder(Store(home).database, run)
    frames.history(run)
    recorder.frame(later, keep=True)
    recorder.flush()
    recorded.forget()
    frames._recent.clear()
    history = frames.history(run)
    assert history.steps.tolist() == [1, 10, 100, 130]
    assert np.isnan(history.stats[:3, :2]).all()
    assert history.stats[:, 2, STATS.index("max")].tolist() == pytest.approx([0.8, 3.0, 0.5, 7.0])
    before = history.until(10).with_frame(frame(10, 3.0))
    assert before.tensors == first.tensors
    assert before.stats.shape == (2, 4, len(STATS))
    assert frames.rates(run) == ((1, 0.1), (130, 0.05))
