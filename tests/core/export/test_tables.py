"""Tables and event files say what the store says, and the programs they are for read them."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from core.export.formats import FORMATS, export
from core.nn.presets import preset
from core.runs.recorder import Recorder
from core.runs.watched import UNLOGGED
from core.training.config import of_preset
from core.training.frame import BINS, STATS, Frame

STEPS = 60


@pytest.fixture
def run(recorded, few):
    return recorded(of_preset(preset("mlp"), few, steps=STEPS, lr_drop_step=40))


def written(store, run_id: str, form: str) -> bytes:
    file = io.BytesIO()
    done = []
    export(store, store.run(run_id), form, file, progress=done.append)
    assert done == sorted(done)
    return file.getvalue()


def tables(store, run_id: str, form: str) -> dict[str, pd.DataFrame]:
    archive = zipfile.ZipFile(io.BytesIO(written(store, run_id, form)))
    assert "low and high" in archive.read("README.txt").decode()
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}[form]
    names = ("losses", "evaluations", "statistics", "histograms")
    return {name: read(io.BytesIO(archive.read(f"{name}.{form}"))) for name in names}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_hold_what_the_store_holds(store, run, form):
    found = tables(store, run, form)
    losses = found["losses"]
    assert losses["step"].tolist() == list(range(1, STEPS + 1))
    assert np.array_equal(losses["loss"].astype("float32"), store.losses(run))
    assert losses["lr"].tolist() == [0.1] * 40 + [0.01] * 20
    evaluations = store.evaluations(run)
    assert found["evaluations"]["loss"].tolist() == pytest.approx([one.loss for one in evaluations], rel=1e-12)
    for step in store.frame_steps(run):
        frame = store.frame(run, step)
        rows = found["statistics"][found["statistics"]["step"] == step]
        assert rows["tensor"].tolist() == [info.name for info in frame.tensors]
        assert rows["shape"].tolist() == ["x".join(map(str, info.shape)) for info in frame.tensors]
        assert np.array_equal(rows[list(STATS)].to_numpy("float32"), frame.stats, equal_nan=True)
        bins = found["histograms"][found["histograms"]["step"] == step]
        assert np.array_equal(bins["count"].to_numpy().reshape(-1, BINS), frame.counts)
        assert np.allclose(bins["low"].to_numpy().reshape(-1, BINS)[:, 0], frame.stats[:, STATS.index("low")])
        assert np.allclose(bins["high"].to_numpy().reshape(-1, BINS)[:, -1], frame.stats[:, STATS.index("high")])


def test_csv_and_parquet_are_the_same_tables(store, run):
    one, other = tables(store, run, "csv"), tables(store, run, "parquet")
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name], check_dtype=False)


def test_a_loss_that_nobody_said_is_missing_and_one_that_is_nan_is_nan(store, run):
    recorder = Recorder(store.database, run)
    recorder.losses(STEPS + 1, np.array([np.nan, UNLOGGED, np.inf], np.float32))
    recorder.flush()
    text = zipfile.ZipFile(io.BytesIO(written(store, run, "csv"))).read("losses.csv").decode().splitlines()
    assert [line.split(",")[1] for line in text[-3:]] == ["nan", "", "inf"]


def test_a_fork_has_the_rate_of_its_parent_at_first_and_none_where_that_is_deleted(store, run):
    fork = store.fork(run, 20, {"lr": 0.5, "steps": 100, "lr_drop_step": None})
    Recorder(store.database, fork)
    assert tables(store, fork, "csv")["losses"]["lr"].tolist() == [0.1] * 20
    store.delete(run)
    assert tables(store, fork, "csv")["losses"]["lr"].isna().all()


def test_a_frame_without_rows_gives_no_rows(store, run):
    before = tables(store, run, "parquet")["histograms"]
    nothing = Frame(STEPS + 1, 2.0, 0.1, (), np.empty((0, len(STATS)), np.float32), np.empty((0, BINS), np.int32))
    recorder = Recorder(store.database, run)
    recorder.frame(nothing, keep=True)
    recorder.flush()
    pd.testing.assert_frame_equal(tables(store, run, "parquet")["histograms"], before)


def test_a_run_that_has_recorded_nothing_gives_empty_tables(store, few):
    empty = store.create(of_preset(preset("mlp"), few), few)
    for form in ("csv", "parquet"):
        assert all(table.empty and len(table.columns) > 2 for table in tables(store, empty, form).values())


def test_tensorboard_reads_the_same_run(store, run, tmp_path):
    (tmp_path / FORMATS["tensorboard"].file_name(store.run(run))).write_bytes(written(store, run, "tensorboard"))
    board = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0}).Reload()
    losses = board.Scalars("loss/batch")
    assert [event.step for event in losses] == list(range(1, STEPS + 1))
    assert np.array_equal(np.array([event.value for event in losses], np.float32), store.losses(run))
    assert losses[-1].wall_time - losses[0].wall_time == pytest.approx((STEPS - 1) / 1_000, abs=1e-3)
    assert [(event.step, event.value) for event in board.Scalars("lr")] == [
        (step, pytest.approx(lr)) for step, lr in ((1, 0.1), (40, 0.1), (41, 0.01), (60, 0.01))
    ]
    assert [event.value for event in board.Scalars("loss/val")] == pytest.approx(
        [one.loss for one in store.evaluations(run)]
    )
    for step, (name, row) in {20: ("4.BatchNorm1d", 3), 50: ("5.Tanh", 4)}.items():
        frame = store.frame(run, step)
        assert (frame.tensors[row].name, frame.tensors[row].role) == (name, "output")
        (event,) = [event for event in board.Histograms(f"output/{name}") if event.step == step]
        seen = event.histogram_value
        assert (seen.num, seen.bucket) == (frame.counts[row].sum(), frame.counts[row].tolist())
        assert seen.bucket_limit == frame.edges(row)[1:].tolist()
        assert (seen.min, seen.max) == tuple(frame.stats[row, 2:4].tolist())
        assert seen.sum / seen.num == pytest.approx(frame.stats[row, 0], abs=1e-5)
        variance = seen.sum_squares / seen.num - (seen.sum / seen.num) ** 2
        assert variance**0.5 == pytest.approx(frame.stats[row, 1], rel=1e-3)
    frame = store.frame(run, 50)
    ratio = [event.value for event in board.Scalars("update_data/3.Linear.weight") if event.step == 50]
    row = [info.name for info in frame.tensors].index("3.Linear.weight")
    assert ratio == [pytest.approx(frame.stats[row, STATS.index("update_data")])]
