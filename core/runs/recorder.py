"""The writing half of the store: what one worker records of its run."""

import json
from collections.abc import Sequence

import numpy as np
from safetensors.numpy import save

from core.runs.database import Database
from core.runs.info import Evaluation
from core.runs.schema import LOSS_BLOCK
from core.training.frame import Frame

STATUS = ("state", "step", "steps", "steps_per_second", "message", "train_loss", "val_loss", "config")


class Recorder:
    """Gathers what a run records and writes it in one transaction: all of it or nothing.

    >>> recorder = Recorder(store.database, run_id)
    >>> recorder.losses(1, losses)              # of steps 1, 2, ...
    >>> recorder.frame(frame, keep=False)       # the live one
    >>> recorder.status(step=200)
    >>> recorder.flush()

    Only the process that holds the run's lock has one. Where `flush` raises (NotNow), nothing is written and nothing
    forgotten: flush again. Everything is keyed by its step, so that a resumed run writes the same again, not twice.
    """

    def __init__(self, database: Database, run_id: str):
        self.database, self.run_id = database, run_id
        self._losses: list[tuple[int, np.ndarray]] = []
        self._live: Frame | None = None
        self._rows: list[tuple[str, tuple]] = []
        self._status: dict[str, object] = {}

    def losses(self, first: int, losses: Sequence[float]) -> None:
        """`losses[i]` is the loss of step `first + i`; an array of float32, as the store keeps them, is not copied."""
        self._losses.append((first, np.asarray(losses, np.float32)))

    def frame(self, frame: Frame, keep: bool) -> None:
        """The live frame from now on; with `keep`, also one of those kept by their step."""
        self._live = frame
        if keep:
            self._add("INSERT OR REPLACE INTO frames VALUES (?, ?, ?)", frame.step, frame.to_bytes())

    def thin(self, steps: Sequence[int]) -> None:
        """Frames of these steps are kept no longer."""
        for step in steps:
            self._add("DELETE FROM frames WHERE run = ? AND step = ?", step)

    def samples(self, step: int, words: Sequence[str]) -> None:
        self._add("INSERT OR REPLACE INTO samples VALUES (?, ?, ?)", step, json.dumps(list(words)))

    def evaluation(self, evaluation: Evaluation) -> None:
        """One a step and split: a later one, over more examples, replaces it."""
        self._add(
            "INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?)",
            evaluation.step,
            evaluation.split,
            evaluation.loss,
            evaluation.examples,
        )

    def checkpoint(self, state: dict[str, np.ndarray], keep: bool) -> None:
        """A `Trainer.checkpoint()`; without `keep` it is there until the next one of either kind."""
        self._add("DELETE FROM checkpoints WHERE run = ? AND NOT kept")
        self._add(
            "INSERT INTO checkpoints VALUES (?, ?, ?, ?) "
            "ON CONFLICT (run, step) DO UPDATE SET data = excluded.data, kept = max(kept, excluded.kept)",
            int(state["step"]),
            keep,
            save(state),
        )

    def black_box(self, data: bytes) -> None:
        """A `BlackBox.to_bytes()`: the last steps of a run that diverged."""
        self._add("INSERT OR REPLACE INTO black_boxes VALUES (?, ?)", data)

    def reached(self, step: int) -> None:
        """A run that was to go on until this step is to pause now, unless it was asked for more meanwhile."""
        self._add("UPDATE runs SET wish = 'pause', until = NULL WHERE id = ? AND wish = 'run' AND until <= ?", step)

    def rewind(self, step: int) -> None:
        """The run is at this step again: what it recorded of later ones is not there until it comes back to them."""
        for table in ("live", "frames", "samples", "evaluations"):
            self._add(f"DELETE FROM {table} WHERE run = ? AND step > ?", step)
        block, left = divmod(step, LOSS_BLOCK)
        self._add("DELETE FROM losses WHERE run = ? AND block > ?", block)
        size = left * np.dtype(np.float32).itemsize
        self._add("UPDATE losses SET data = substr(data, 1, ?3) WHERE run = ?1 AND block = ?2", block, size)
        self.status(step=step)

    def status(self, **values) -> None:
        """Columns of the run's own row: any of STATUS."""
        if unknown := values.keys() - set(STATUS):
            raise TypeError(f"{min(unknown)} is not part of a run's status.")
        self._status |= values

    def flush(self) -> None:
        with self.database.write() as connection:
            for sql, values in self._rows:
                connection.execute(sql, (self.run_id, *values))
            if self._losses:
                self._write_losses(connection)
            if self._live is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO live VALUES (?, ?, ?)",
                    (self.run_id, self._live.step, self._live.to_bytes()),
                )
            if self._status:
                columns = ", ".join(f"{column} = ?" for column in self._status)
                connection.execute(f"UPDATE runs SET {columns} WHERE id = ?", (*self._status.values(), self.run_id))
        self._losses, self._live, self._rows, self._status = [], None, [], {}

    def _add(self, sql: str, *values) -> None:
        self._rows.append((sql, values))

    def _write_losses(self, connection) -> None:
        """Lays the new losses behind those of earlier steps; a step is followed by the next, without gaps."""
        first, losses = self._losses[0][0] - 1, np.concatenate([losses for _, losses in self._losses])
        for block in range(first // LOSS_BLOCK, (first + len(losses) - 1) // LOSS_BLOCK + 1):
            start = block * LOSS_BLOCK
            low, high = max(first, start), min(first + len(losses), start + LOSS_BLOCK)
            row = connection.execute(
                "SELECT data FROM losses WHERE run = ? AND block = ?", (self.run_id, block)
            ).fetchone()
            before = row["data"][: (low - start) * losses.itemsize] if row else b""
            data = before + losses[low - first : high - first].tobytes()
            connection.execute("INSERT OR REPLACE INTO losses VALUES (?, ?, ?)", (self.run_id, block, data))
