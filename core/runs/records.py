"""What runs recorded, read from the store."""

import json
import math

import numpy as np
from safetensors.numpy import load

from core.runs.database import Database
from core.runs.info import Evaluation
from core.runs.schema import LOSS_BLOCK
from core.training.black_box import BlackBox
from core.training.frame import Frame

LAST = 2**62  # a step beyond all others that SQLite can still compare with


class Records:
    """The reading half of a store that pages draw from; every call is one short query.

    >>> store.losses(run_id, start=1000)     # float32: the losses of step 1001 and all later ones
    >>> store.frame(run_id, step=1234)       # the frame recorded nearest at or before step 1234

    An unknown run has recorded nothing: empty lists and None.
    """

    database: Database

    def losses(self, run_id: str, start: int = 0) -> np.ndarray:
        """float32: `losses[s - 1 - start]` is the loss of step s. A step may not be counted in `RunInfo.step` yet."""
        first = start // LOSS_BLOCK
        rows = self.database.read("SELECT data FROM losses WHERE run = ? AND block >= ? ORDER BY block", run_id, first)
        return np.frombuffer(b"".join(row["data"] for row in rows), np.float32)[start - first * LOSS_BLOCK :]

    def frame_steps(self, run_id: str) -> list[int]:
        """The steps whose frames are kept, in order."""
        return self._steps("frames", run_id)

    def frame(self, run_id: str, step: int | None = None) -> Frame | None:
        """The frame nearest at or before `step`; without a step the live one, which is the newest."""
        rows = self.database.read(
            "SELECT step, data FROM (SELECT step, data FROM live WHERE run = ?1 AND step <= ?2 UNION ALL "
            "SELECT * FROM (SELECT step, data FROM frames WHERE run = ?1 AND step <= ?2 ORDER BY step DESC LIMIT 1)) "
            "ORDER BY step DESC LIMIT 1",
            run_id,
            _at(step),
        )
        return Frame.from_bytes(rows[0]["data"]) if rows else None

    def evaluations(self, run_id: str) -> list[Evaluation]:
        """Losses in evaluation mode in order of steps."""
        rows = self.database.read(
            "SELECT step, split, loss, examples FROM evaluations WHERE run = ? ORDER BY step, split", run_id
        )
        # SQLite has no NaN: it keeps NULL in its place
        return [Evaluation(*row) if row["loss"] is not None else Evaluation(*row[:2], math.nan, row[3]) for row in rows]

    def samples(self, run_id: str, step: int | None = None) -> tuple[int, list[str]] | None:
        """Ten words from a fixed seed, nearest at or before `step` updates (None: the newest), and their step."""
        rows = self.database.read(
            "SELECT step, words FROM samples WHERE run = ? AND step <= ? ORDER BY step DESC LIMIT 1", run_id, _at(step)
        )
        return (rows[0]["step"], json.loads(rows[0]["words"])) if rows else None

    def checkpoint_steps(self, run_id: str) -> list[int]:
        """The steps that have a checkpoint, in order; 0 is the initialisation."""
        return self._steps("checkpoints", run_id)

    def checkpoint(self, run_id: str, step: int | None = None) -> tuple[int, dict[str, np.ndarray]] | None:
        """The state nearest at or before `step` updates (None: the newest), and its step."""
        found = self.checkpoint_bytes(run_id, step)
        return found and (found[0], load(found[1]))

    def checkpoint_bytes(self, run_id: str, step: int | None = None) -> tuple[int, bytes] | None:
        """The same as it is kept: one safetensors file."""
        rows = self.database.read(
            "SELECT step, data FROM checkpoints WHERE run = ? AND step <= ? ORDER BY step DESC LIMIT 1",
            run_id,
            _at(step),
        )
        return tuple(rows[0]) if rows else None

    def black_box(self, run_id: str) -> BlackBox | None:
        """The last steps of a run that diverged; None of any other."""
        rows = self.database.read("SELECT data FROM black_boxes WHERE run = ?", run_id)
        return BlackBox.from_bytes(rows[0]["data"]) if rows else None

    def _steps(self, table: str, run_id: str) -> list[int]:
        return [
            row["step"] for row in self.database.read(f"SELECT step FROM {table} WHERE run = ? ORDER BY step", run_id)
        ]


def _at(step: int | None) -> int:
    return LAST if step is None else min(step, LAST)
