"""Watched runs in the store."""

import time

from core.runs.database import Database, insert
from core.runs.errors import NoSuchRun, Unreadable
from core.runs.schema import LOSS_BLOCK
from core.runs.watched import Recording, Watched


class WatchedRuns:
    """The part of a store that is about watched runs.

    >>> watched = store.watched("mine-k3x9q2")
    >>> [module.path for module in watched.modules if module.kind == "Linear" and not module.calls]    # never called
    """

    database: Database

    def create_watched(self, name: str, watched: Watched, taken: str) -> None:
        """A new run that the caller watches, and whose lock it holds: `taken` is an id from `new_id`."""
        with self.database.write() as connection:
            insert(connection, "runs", _row(taken, name, time.time(), watched) | {"state": "running"})

    def watched(self, run_id: str) -> Watched:
        """Raises NoSuchRun; Unreadable where it was trained here, or makes no sense."""
        rows = self.database.read("SELECT kind, config FROM runs WHERE id = ?", run_id)
        if not rows:
            raise NoSuchRun(run_id)
        if rows[0]["kind"] != "watched":
            raise Unreadable(f"The run {run_id} was trained here, not watched.")
        try:
            return Watched.from_json(rows[0]["config"])
        except ValueError as error:
            raise Unreadable(f"What the store says of the run {run_id} cannot be read: {error}.") from None

    def add_recording(self, recording: Recording) -> str:
        """A run of its own with all that the recording has, from now on in this store; returns its id."""
        run_id = self.new_id("watched")
        going_on = recording.state == "running"
        row = _row(run_id, recording.name, recording.created, recording.watched) | {
            "state": "stopped" if going_on else recording.state,
            "message": f"The recording ends at step {recording.step:,}." if going_on else recording.message,
            "step": recording.step,
            "steps": max(recording.step, 1),
            "steps_per_second": recording.steps_per_second,
        }
        blocks = range(0, len(recording.losses), LOSS_BLOCK)
        with self.database.write() as connection:
            insert(connection, "runs", row)
            connection.executemany(
                "INSERT INTO losses VALUES (?, ?, ?)",
                [(run_id, i // LOSS_BLOCK, recording.losses[i : i + LOSS_BLOCK].tobytes()) for i in blocks],
            )
            frames = [(run_id, *frame) for frame in recording.frames]
            connection.executemany("INSERT INTO frames VALUES (?, ?, ?)", frames)
            connection.executemany("INSERT INTO live VALUES (?, ?, ?)", frames[-1:])
            connection.executemany(
                "INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?)",
                [(run_id, e.step, e.split, e.loss, e.examples) for e in recording.evaluations],
            )
        return run_id


def _row(run_id: str, name: str, created: float, watched: Watched) -> dict[str, object]:
    return {
        "id": run_id,
        "name": name,
        "created": created,
        "config": watched.to_json(),
        "dataset": "",
        "parameters": watched.modules[0].parameters,
        "steps": 1,  # nobody knows how many: as many as were taken
        "queued": created,
        "kind": "watched",
    }
