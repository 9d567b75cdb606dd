"""Names, stars, sizes, and away with runs."""

import numpy as np
import pytest

from core.runs.claims import hold, take_queued
from core.runs.errors import BadName, InUse, NoSuchRun
from core.runs.housekeeping import RECORDED
from core.runs.info import Evaluation
from core.runs.names import LONGEST_NAME
from core.runs.recorder import Recorder
from core.runs.store import Store


def recorded(store, run_id, size=1_000) -> None:
    recorder = Recorder(store.database, run_id)
    recorder.losses(1, np.ones(50, np.float32))
    recorder.samples(50, ["emma"])
    recorder.evaluation(Evaluation(50, "val", 2.0, 10))
    recorder.checkpoint({"step": np.array(0), "weights": np.zeros(size, np.uint8)}, keep=True)
    recorder.status(state="finished", step=50)
    recorder.flush()


def rows(store, run_id) -> int:
    return sum(store.database.read(f"SELECT count(*) FROM {table} WHERE run = ?", run_id)[0][0] for table in RECORDED)


def test_every_table_that_knows_a_run_is_known_here(store):
    tables = [row["name"] for row in store.database.read("SELECT name FROM sqlite_master WHERE type = 'table'")]
    with_runs = {
        table
        for table in tables
        if any(row["name"] == "run" for row in store.database.read(f"PRAGMA table_info({table})"))
    }
    assert with_runs == set(RECORDED)


def test_a_run_is_renamed_in_one_line(store, words, small):
    run_id = store.create(small(), words)
    assert store.rename(run_id, "  slower,\n from 1,000 on ") == "slower, from 1,000 on"
    assert store.run(run_id).name == "slower, from 1,000 on"
    for name in ("", "  \n", "x" * (LONGEST_NAME + 1), "bell\x07"):
        with pytest.raises(BadName, match="one line of 1 to 60 characters"):
            store.rename(run_id, name)
    with pytest.raises(NoSuchRun):
        store.rename("nobody", "x")


def test_a_star_comes_and_goes(store, words, small):
    run_id = store.create(small(), words)
    assert store.run(run_id).starred is False
    store.star(run_id)
    assert store.run(run_id).starred is True
    store.star(run_id, False)
    assert store.runs()[0].starred is False
    with pytest.raises(NoSuchRun):
        store.star("nobody")


def test_a_deleted_run_leaves_nothing_and_others_stay(store, words, small):
    gone, stays = store.create(small(), words), store.create(small(), words)
    for run_id in (gone, stays):
        recorded(store, run_id)
    before = rows(store, stays)
    with hold(store, gone):
        pass  # as a worker leaves it: with a lock file
    store.delete(gone)
    assert [info.id for info in store.runs()] == [stays]
    assert (rows(store, gone), rows(store, stays)) == (0, before)
    assert not list((store.home / "locks").glob(f"{gone}*"))
    assert store.dataset(words.sha256).words == words.words
    with pytest.raises(NoSuchRun):
        store.delete(gone)


def test_a_run_that_a_worker_holds_stays_whole(store, words, small):
    run_id = store.create(small(), words)
    with hold(store, run_id) as held:
        assert held
        assert take_queued(store, run_id, limit=1)
        with pytest.raises(InUse, match="stop it first"):
            store.delete(run_id)
    assert store.run(run_id).state == "running"
    assert (store.home / "locks" / f"{run_id}.lock").exists(), "the lock of a live worker is not taken away"
    store.delete(run_id)  # the worker is gone
    assert store.runs() == []


def test_an_id_is_no_path(store, tmp_path):
    with pytest.raises(NoSuchRun):
        store.delete("../../elsewhere")
    assert not list(tmp_path.rglob("elsewhere*"))


def test_sizes_are_bytes_of_what_is_recorded(store, words, small):
    empty, full = store.create(small(), words), store.create(small(), words)
    recorded(store, full, size=50_000)
    sizes = store.sizes()
    assert sizes[empty] == 0
    assert 50_000 < sizes[full] < 51_000


def test_the_disk_gets_back_what_a_deleted_run_took(store, words, small):
    run_id = store.create(small(), words)
    recorded(store, run_id, size=12_000_000)
    file = store.home / "runs.sqlite"
    before = store.database.read("PRAGMA page_count")[0][0]
    store.delete(run_id)
    assert store.database.read("PRAGMA page_count")[0][0] < before - 2_900
    assert store.database.read("PRAGMA freelist_count")[0][0] == 0
    store.close()
    assert file.stat().st_size < 2_000_000
    assert Store(store.home).runs() == []
