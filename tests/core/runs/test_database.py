"""Which files are run stores, and what becomes of those that are not."""

import contextlib
import multiprocessing
import os
import shutil
import sqlite3

import pytest

from core.runs.database import Database
from core.runs.errors import Busy, DiskFull, StoreError
from core.runs.schema import APPLICATION_ID, VERSION
from core.runs.store import Store


@pytest.mark.parametrize(
    "content", [b"x", b"hello\n" * 1000, b"\0" * 4096, b"SQLite format 3\0" + b"\xff" * 4080, bytes(range(7, 256)) * 40]
)
def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "runs.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        Store(tmp_path)
    assert str(path) in str(caught.value)
    assert "EXPLORER_HOME" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "runs.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="not a run store"):
        Store(tmp_path)
    assert path.read_bytes() == content


def test_a_newer_store_asks_for_an_update(tmp_path):
    Store(tmp_path).close()
    with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError, match=f"store version {VERSION + 1}, this one reads {VERSION}"):
        Store(tmp_path)


VERSION_1 = f"""
CREATE TABLE datasets (sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, preset TEXT, created REAL NOT NULL, config TEXT NOT NULL,
    dataset TEXT NOT NULL, parameters INTEGER NOT NULL, steps INTEGER NOT NULL, state TEXT NOT NULL,
    queued REAL NOT NULL, wish TEXT NOT NULL DEFAULT 'run', until INTEGER, step INTEGER NOT NULL DEFAULT 0,
    steps_per_second REAL, message TEXT NOT NULL DEFAULT '', train_loss REAL, val_loss REAL
);
CREATE INDEX runs_by_state ON runs (state, queued);
CREATE TABLE losses (run TEXT, block INTEGER, data BLOB NOT NULL, PRIMARY KEY (run, block));
CREATE TABLE frames (run TEXT, step INTEGER, data BLOB NOT NULL, PRIMARY KEY (run, step));
CREATE TABLE live (run TEXT PRIMARY KEY, step INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE samples (run TEXT, step INTEGER, words TEXT NOT NULL, PRIMARY KEY (run, step));
CREATE TABLE evaluations (
    run TEXT, step INTEGER, split TEXT, loss REAL, examples INTEGER NOT NULL, PRIMARY KEY (run, step, split)
);
CREATE TABLE checkpoints (run TEXT, step INTEGER, kept INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, step));
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
INSERT INTO runs (id, name, created, config, dataset, parameters, steps, state, queued, step)
VALUES ('mlp-abc234', 'mlp', 1.0, '{{}}', '', 729, 100, 'finished', 1.0, 100);
"""


def test_a_store_of_version_1_is_brought_up_to_date_with_its_runs(tmp_path):
    (tmp_path / "old").mkdir()
    with sqlite3.connect(tmp_path / "old" / "runs.sqlite") as connection:
        connection.executescript(VERSION_1)
    connection.close()
    store = Store(tmp_path / "old")
    run = store.run("mlp-abc234")
    assert (run.step, run.kind, run.starred, run.parent, run.hunt) == (100, "trained", False, None, None)
    schema = "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c ORDER BY 1, c.cid"
    new = Store(tmp_path / "new")
    assert [tuple(row) for row in store.database.read(schema)] == [tuple(row) for row in new.database.read(schema)]
    assert store.database.read("PRAGMA user_version")[0][0] == VERSION


def test_a_home_that_cannot_be_a_folder_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="EXPLORER_HOME"):
        Store(tmp_path / "file" / "below")


def test_home_is_what_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "deep" / "er"))
    assert Store().database.path == tmp_path / "deep" / "er" / "runs.sqlite"


def test_an_empty_file_becomes_a_store_in_wal_mode(tmp_path):
    (tmp_path / "runs.sqlite").touch()
    database = Store(tmp_path).database
    assert database.read("PRAGMA journal_mode")[0][0] == "wal"
    assert database.read("PRAGMA application_id")[0][0] == APPLICATION_ID
    assert database.read("PRAGMA synchronous")[0][0] == 1


def test_a_transaction_is_all_or_nothing(store):
    def half():
        with store.database.write() as connection:
            connection.execute("INSERT INTO datasets VALUES ('a', 'b', 'c')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert store.database.read("SELECT * FROM datasets") == []


def test_a_disk_without_room_is_told_apart_and_harms_nothing(store):
    with store.database.write() as connection:
        connection.execute("INSERT INTO datasets VALUES ('a', 'b', 'c')")
    pages = store.database.read("PRAGMA page_count")[0][0]
    store.database.read(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull, match=r"runs\.sqlite is full: free some space"), store.database.write() as connection:
        connection.execute("INSERT INTO datasets VALUES ('d', 'e', ?)", ("f" * 100_000,))
    assert [row[0] for row in store.database.read("SELECT sha256 FROM datasets")] == ["a"]
    store.database.read("PRAGMA max_page_count = 1000000")
    with store.database.write() as connection:
        connection.execute("INSERT INTO datasets VALUES ('d', 'e', ?)", ("f" * 100_000,))


@pytest.mark.parametrize(
    ("code", "free", "kind", "sentence"),
    [
        (sqlite3.SQLITE_IOERR_WRITE, 10**12, StoreError, "does not work as it should"),
        (sqlite3.SQLITE_IOERR_READ, 10**12, StoreError, "does not work as it should"),
        (sqlite3.SQLITE_IOERR_WRITE, 0, DiskFull, "is full: free some space"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, 0, DiskFull, "is full: free some space"),
        (sqlite3.SQLITE_FULL, 10**12, DiskFull, "is full: free some space"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, 10**12, Busy, "Another program holds"),
    ],
)
def test_only_a_disk_without_room_is_called_full(store, monkeypatch, code, free, kind, sentence):
    usage = shutil.disk_usage(store.home)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=free))

    def refused():
        with store.database.write():
            error = sqlite3.OperationalError("refused")
            error.sqlite_errorcode = code
            raise error

    with pytest.raises(StoreError, match=sentence) as caught:
        refused()
    assert type(caught.value) is kind
    assert str(store.database.path) in str(caught.value)


def test_a_store_that_another_program_holds_is_busy(store, monkeypatch):
    monkeypatch.setattr("core.runs.database.BUSY_SECONDS", 0.01)
    store.close()
    with contextlib.closing(sqlite3.connect(store.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="Another program holds"), store.database.write():
            pass
        assert store.runs() == [], "reading waits for no writer"
    with store.database.write():
        pass


def _open_at_once(path, barrier, results):
    barrier.wait()
    try:
        Database(path)
        results.put("")
    except StoreError as error:
        results.put(str(error))


def test_processes_that_create_one_store_at_once_all_get_it(tmp_path):
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(6), context.Queue()
    arguments = (tmp_path / "runs.sqlite", barrier, results)
    processes = [context.Process(target=_open_at_once, args=arguments) for _ in range(6)]
    for process in processes:
        process.start()
    assert [results.get(timeout=20) for _ in processes] == [""] * 6
    for process in processes:
        process.join()


def test_a_forked_child_opens_a_connection_of_its_own(store):
    store.database.read("SELECT 1")
    parents = list(store.database._idle[os.getpid()])
    context = multiprocessing.get_context("fork")
    results = context.Queue()

    def child():
        store.database.read("SELECT 1")
        results.put([any(own is old for old in parents) for own in store.database._idle[os.getpid()]])

    process = context.Process(target=child)
    process.start()
    assert results.get(timeout=20) == [False]
    process.join()


def _write_and_leave(path, results):
    database = Database(path)
    with database.write() as connection:
        connection.execute("INSERT INTO datasets VALUES (?, 'b', 'c')", (str(os.getpid()),))
    database.close()
    results.put("")


def test_a_second_connection_drops_no_lock_of_the_first(tmp_path):
    """POSIX locks go when any descriptor of the file is closed: then others take the write-ahead log away."""
    first = Database(tmp_path / "runs.sqlite")
    first.read("SELECT 1")
    for expected in (1, 2, 3):
        Database(tmp_path / "runs.sqlite").close()
        context = multiprocessing.get_context("spawn")
        results = context.Queue()
        process = context.Process(target=_write_and_leave, args=(tmp_path / "runs.sqlite", results))
        process.start()
        results.get(timeout=60)
        process.join()
        assert len(first.read("SELECT * FROM datasets")) == expected
