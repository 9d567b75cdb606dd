"""What is wanted of runs, and what becomes of those whose worker is gone."""

import time
from collections.abc import Container
from pathlib import Path

from core.runs.database import Database
from core.runs.errors import NoSuchRun, NotResumable
from core.runs.info import WISHES, RunInfo
from core.runs.locks import held


class Wishes:
    """The writing half of a store that everybody may use: wishes go down, workers follow them within some 50 ms.

    >>> store.wish(run_id, "pause")
    >>> store.wish(run_id, "run", until=2000)     # goes on and pauses once 2,000 steps are done
    >>> store.advance(run_id, 10)                 # ten steps more than it was going to do
    >>> store.resume(run_id)                      # an interrupted run queues again
    """

    home: Path
    database: Database

    def wish(self, run_id: str, wish: str, until: int | None = None) -> None:
        """Ask a run to "run" (and to pause at step `until`), to "pause" or to "stop". A run that has ended stays so.

        A queued run is stopped at once.
        """
        if wish not in WISHES:
            raise ValueError(f"wish is {wish!r}: it must be one of {', '.join(WISHES)}.")
        self._update(
            run_id,
            "UPDATE runs SET state = iif(state = 'queued' AND ?2 = 'stop', 'stopped', state), wish = ?2, until = ?3 "
            "WHERE id = ?1 AND state IN ('queued', 'running', 'paused')",
            wish,
            until,
        )

    def advance(self, run_id: str, steps: int) -> None:
        """Ask a run for so many steps, then a pause; asked again meanwhile, they add up. One that plays plays on."""
        self._update(
            run_id,
            "UPDATE runs SET wish = 'run', until = iif(wish = 'run', max(coalesce(until, step), step), step) + ?2 "
            "WHERE id = ?1 AND state IN ('queued', 'running', 'paused') AND NOT (wish = 'run' AND until IS NULL)",
            steps,
        )

    def wished(self, run_id: str) -> tuple[str, int | None]:
        """What was last asked of a run: ("run", 2000)."""
        rows = self.database.read("SELECT wish, until FROM runs WHERE id = ?", run_id)
        if not rows:
            raise NoSuchRun(run_id)
        return tuple(rows[0])

    def resume(self, run_id: str, paused: bool = False) -> None:
        """Queue a stopped or failed run again, from its last checkpoint; let a paused one run.

        Raises NotResumable, with what to do instead, where that makes no sense.
        """
        self.reconcile(run_id)
        info = self.run(run_id)
        if info.state == "paused":
            return self.wish(run_id, "run")
        check_resumable(info)
        self._update(
            run_id,
            "UPDATE runs SET state = 'queued', wish = ?2, until = NULL, queued = ?3, message = '' "
            "WHERE id = ?1 AND state IN ('stopped', 'failed')",
            "pause" if paused else "run",
            time.time(),
        )

    def reconcile(
        self, run_id: str | None = None, why: str = "its process ended without a word", skip: Container[str] = ()
    ) -> list[str]:
        """Mark runs as failed that should have a worker and have none (one run, or all of them). Returns their ids."""
        rows = self.database.read(
            "SELECT id FROM runs WHERE state IN ('running', 'paused') AND id = coalesce(?, id)", run_id
        )
        return [row["id"] for row in rows if row["id"] not in skip and self._mark_lost(row["id"], why)]

    def _mark_lost(self, run_id: str, why: str) -> bool:
        # Whoever holds the lock is the only one who may say how the run is, so hold it while saying so.
        with held(self.home, run_id, patience=0) as ours:
            return ours and bool(
                self._update(
                    run_id,
                    "UPDATE runs SET state = 'failed', steps_per_second = NULL, "
                    "message = ?2 || iif(kind = 'watched', '', coalesce("
                    "(SELECT printf(' Resume goes on from step %,d.', step) FROM checkpoints WHERE run = ?1 "
                    "ORDER BY step DESC LIMIT 1), "
                    "' Resume starts it again.')) WHERE id = ?1 AND state IN ('running', 'paused')",
                    f"The run was cut off: {why}.",
                )
            )

    def _update(self, run_id: str, sql: str, *values) -> int:
        with self.database.write() as connection:
            changed = connection.execute(sql, (run_id, *values)).rowcount
            if not changed and not connection.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone():
                raise NoSuchRun(run_id)
        return changed


def check_resumable(info: RunInfo) -> None:
    """Raises NotResumable, with what to do instead, unless the run can go on from a checkpoint."""
    if info.resumable:
        return
    if info.kind == "watched":
        raise NotResumable(f"The run {info.id} was watched from outside: start the program that trained it again.")
    reasons = {
        "queued": "waits for a free worker already",
        "running": "is running already",
        "paused": "is paused and held by another process: let it run there, or stop it first",
        "finished": f"has done all of its {info.steps:,} steps: train a new one with more steps",
        "diverged": "would diverge at the same step again: train a new one with a smaller learning rate",
    }
    raise NotResumable(f"The run {info.id} {reasons[info.state]}.")
