"""A run's losses summed up in blocks, so that a picture of ten million steps costs what one of a thousand does.

    >>> blocks = LossBlocks(unit=10)
    >>> blocks.extend(losses)                      # the whole run so far; only what is new is worked on
    >>> blocks.unit, blocks.sums / blocks.counts   # unit: 10 x a power of two; means of finite losses, one a block

There are at most POINTS blocks: where a run outgrows them, two neighbours become one and `unit` doubles, so that a
block stays where it is while the run grows.
"""

import numpy as np

POINTS = 1_000  # blocks, and so points of a curve
_PIECE = 1 << 20  # steps worked on at once: bounds the memory of a long run's first look
_COLUMNS = ("sums", "log_sums", "counts", "low", "high")


class LossBlocks:
    """Of every whole block of `unit` steps: `sums` and `log_sums` (of the losses and of their log10) over its `counts`
    finite losses, `low` and `high` (of those, too; of none: Inf, -Inf). Arrays are replaced, never changed."""

    def __init__(self, unit: int):
        self.unit = unit
        self.sums = self.log_sums = self.low = self.high = np.empty(0)
        self.counts = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self.counts)

    def extend(self, losses: np.ndarray) -> None:
        """`losses` float32: all losses of the run from step 1 on, those of the last call first."""
        while len(losses) > POINTS * self.unit:
            self._pair()
        piece = max(_PIECE // self.unit, 1) * self.unit
        end = len(losses) // self.unit * self.unit
        for start in range(len(self) * self.unit, end, piece):
            self._append(summed(losses[start : min(start + piece, end)].reshape(-1, self.unit)))

    def _pair(self) -> None:
        even = len(self) // 2 * 2  # an odd last block is summed up anew with its neighbour
        pairs = {name: getattr(self, name)[:even].reshape(-1, 2) for name in _COLUMNS}
        self.sums, self.log_sums, self.counts = (pairs[name].sum(1) for name in ("sums", "log_sums", "counts"))
        self.low, self.high = pairs["low"].min(1), pairs["high"].max(1)
        self.unit *= 2

    def _append(self, new: dict[str, np.ndarray]) -> None:
        for name in _COLUMNS:
            setattr(self, name, np.concatenate([getattr(self, name), new[name]]))


def summed(blocks: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of `LossBlocks` for losses (blocks, steps)."""
    finite = np.isfinite(blocks)
    loss = np.where(finite, blocks, 1).astype(np.float64)
    return {
        "sums": np.where(finite, loss, 0).sum(1),
        "log_sums": log10(loss).sum(1),  # log10(1) is 0
        "counts": finite.sum(1),
        "low": np.where(finite, blocks, np.inf).min(1).astype(np.float64),
        "high": np.where(finite, blocks, -np.inf).max(1).astype(np.float64),
    }


def log10(loss: np.ndarray) -> np.ndarray:
    """A loss of 0, which a float32 can have, is drawn at -30."""
    return np.log10(np.maximum(loss, 1e-30))
