"""Keeping order among runs: what they are called, which ones matter, what they take up, and away with the others."""

import contextlib
from pathlib import Path

from core.runs.database import Database
from core.runs.errors import InUse, NotNow
from core.runs.locks import held, remove_lock
from core.runs.names import checked_name

PATIENCE = 0.5  # seconds for somebody's look at the lock, or for a worker that has just ended, to pass
RECORDED = ("losses", "frames", "live", "samples", "evaluations", "checkpoints", "black_boxes")  # tables by run
DATA = ("losses", "frames", "live", "checkpoints", "black_boxes")  # those whose rows are large


class Housekeeping:
    """The part of a store that keeps order.

    >>> store.rename(run_id, "slower from 1,000 on")
    >>> store.star(run_id, True)
    >>> store.sizes()[run_id]           # bytes of what it recorded
    6291456
    >>> store.delete(run_id)            # InUse while a worker holds it
    """

    home: Path
    database: Database

    def rename(self, run_id: str, name: str) -> str:
        """Call a run something else. Returns its name. Raises BadName."""
        name = checked_name(name)
        self._update(run_id, "UPDATE runs SET name = ?2 WHERE id = ?1", name)
        return name

    def star(self, run_id: str, starred: bool = True) -> None:
        """Mark a run as one that matters; without `starred`, no longer."""
        self._update(run_id, "UPDATE runs SET starred = ?2 WHERE id = ?1", starred)

    def delete(self, run_id: str) -> None:
        """Remove a run and all it recorded. Its forks and its words stay. Raises InUse, and removes nothing, where a
        worker holds it. The disk gets back the room it took.
        """
        self.run(run_id)  # raises NoSuchRun before a lock is made of what is no id
        with held(self.home, run_id, PATIENCE) as ours:
            if not ours:
                raise InUse(run_id)
            with self.database.write() as connection:
                for table in RECORDED:
                    connection.execute(f"DELETE FROM {table} WHERE run = ?", (run_id,))
                connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
            remove_lock(self.home, run_id)
        with contextlib.suppress(NotNow):  # what is not given back now is with the next
            self.database.shrink()

    def sizes(self) -> dict[str, int]:
        """Bytes of what each run has recorded, by its id; a run that has recorded nothing is 0."""
        parts = " UNION ALL ".join(f"SELECT run, sum(length(data)) AS size FROM {table} GROUP BY run" for table in DATA)
        rows = self.database.read(
            f"SELECT id, coalesce(sum(size), 0) AS size FROM runs LEFT JOIN ({parts}) ON run = id GROUP BY id"
        )
        return {row["id"]: row["size"] for row in rows}
