"""The SQLite file of the run store: opened, recognised, read and written."""

import math
import os
import shutil
import sqlite3
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from core.runs.errors import Busy, DiskFull, StoreError
from core.runs.schema import APPLICATION_ID, MIGRATIONS, SCHEMA, VERSION

BUSY_SECONDS = 5.0
SMALLEST = 512  # bytes: one page of a database
ROOM = 32_000_000  # bytes: with less than this, the disk counts as full
PORTION = 2_000  # pages of 4 KB that are given back at a time: others write in between
JOURNAL = 16_000_000  # bytes that the write-ahead log keeps once it was larger


class Database:
    """One SQLite file in WAL mode, for many threads and processes at once.

    >>> database = Database(Path("runs.sqlite"))
    >>> database.read("SELECT step FROM runs WHERE id = ?", run_id)     # [Row, ...]; waits for no writer
    >>> with database.write() as connection:                            # all of it or nothing
    ...     connection.execute("UPDATE runs SET step = ? WHERE id = ?", (step, run_id))

    Connections are kept and lent: one for each thread that is at it at the same moment, none of them ever shared with
    a process forked from this one. Every error is a StoreError with one sentence: DiskFull
    where there is no room, Busy where another program does not let go. Open the file in no other way in this process:
    closing it again would drop the locks that SQLite holds on it.
    """

    def __init__(self, path: Path):
        self.path = path
        # By process: a forked child must neither use nor close its parent's connections, which would drop the locks.
        self._idle: dict[int, deque[sqlite3.Connection]] = defaultdict(deque)
        with self._lent():
            pass

    def read(self, sql: str, *values) -> list[sqlite3.Row]:
        with self._lent() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back where the block raises."""
        with self._lent() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite itself rolls back when the disk is full
                    connection.execute("ROLLBACK")
                raise

    def shrink(self) -> None:
        """Give the disk back what deleted rows took. A file from before this was possible keeps it for rows to come."""
        with self._lent() as connection:
            free = math.inf
            while 0 < (left := connection.execute("PRAGMA freelist_count").fetchone()[0]) < free:
                free = left
                connection.execute(f"PRAGMA incremental_vacuum({PORTION})").fetchall()

    def disk_full(self) -> bool:
        try:
            return shutil.disk_usage(self.path.parent).free < ROOM
        except OSError:  # it is not there at all: what else is tried with it says so
            return False

    def close(self) -> None:
        """Close this process's idle connections; the next use opens one again. Needed before a fork."""
        idle = self._idle[os.getpid()]
        while idle:
            idle.pop().close()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        idle = self._idle[os.getpid()]
        with self._explained():
            try:
                connection = idle.pop()
            except IndexError:
                connection = self._open()
            try:
                yield connection
            finally:
                idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        if self.path.is_file() and 0 < self.path.stat().st_size < SMALLEST:  # SQLite would take it for an empty one
            raise self._not_ours()
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        connection.row_factory = sqlite3.Row
        try:
            if _version(connection) != VERSION:
                with FileLock(self.path.with_suffix(".lock")):
                    self._make_current(connection)
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA journal_size_limit={JOURNAL}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_current(self, connection: sqlite3.Connection) -> None:
        """Creates what is empty, brings what is older up to date, refuses what is newer or not ours."""
        version = _version(connection)
        if version > VERSION:
            raise StoreError(
                f"{self.path} was written by a newer Makemore Explorer (store version {version}, this one reads "
                f"{VERSION}): update this one, or name another folder with EXPLORER_HOME."
            )
        if version > 0:
            for older in range(version, VERSION):  # none where another process was quicker
                connection.executescript(f"BEGIN IMMEDIATE; {MIGRATIONS[older]} COMMIT;")
            return
        if version < 0 or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise self._not_ours()
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # before the first page is written
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")

    def _not_ours(self) -> StoreError:
        return StoreError(
            f"{self.path} is not a run store: move it away, or name another folder with EXPLORER_HOME. "
            "Nothing in it was changed."
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._named(error) from error

    def _named(self, error: sqlite3.DatabaseError) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the bits say what it was about to do
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and self.disk_full()):
            return DiskFull(f"The disk that holds {self.path} is full: free some space.")
        if code == sqlite3.SQLITE_IOERR:
            return StoreError(
                f"The disk that holds {self.path} does not work as it should ({error}): check it, or name a folder on "
                "another one with EXPLORER_HOME."
            )
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Busy(f"Another program holds {self.path}: end it, or wait until it lets go.")
        if code == sqlite3.SQLITE_NOTADB:
            return self._not_ours()
        return StoreError(
            f"{self.path} cannot be used ({error}): mend that, or name another folder with EXPLORER_HOME."
        )


def insert(connection: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    """Part of a transaction: one row, by the names of its columns."""
    places = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", tuple(row.values()))


def _version(connection: sqlite3.Connection) -> int:
    """Version of the schema, 0 of an empty file, -1 of somebody else's database."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    return version if application == APPLICATION_ID else min(0, -version)
