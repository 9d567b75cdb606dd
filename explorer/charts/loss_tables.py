"""From a run's losses to the tables of the loss picture.

    >>> tables = loss_tables(losses, evaluations, config, window=1_000, log=True)
    >>> tables.smooth.column_names
    ['step', 'value', 'loss', 'steps']

`value` is what is drawn: the loss, or its log10. `loss` is the loss for the tooltip.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from core.runs.info import Evaluation
from core.training.config import RunConfig

POINTS = 1_000  # rows a curve has at most


@dataclass(frozen=True)
class LossTables:
    """Arrow tables, and what the caption must say about them."""

    raw: pa.Table  # step, value, loss, low, high: single batches, and what they hide: the range of their bucket
    smooth: pa.Table  # step, value, loss, steps: window means, each drawn at its window's last step
    validation: pa.Table  # step, value, loss
    rate: pa.Table  # step, lr, label
    broken: pa.Table  # step, what: where the loss is NaN or Inf
    anchors: pa.Table  # step, value, lr: two corners that hold the axes still
    bucket: int  # raw shows one of every so many steps, and the range of all of them; 1: every step
    window: int  # the window used: larger than asked for where that would give too many points
    recent: float | None  # plain mean of the last window

    def as_dict(self) -> dict[str, pa.Table]:
        return {name: getattr(self, name) for name in ("raw", "smooth", "validation", "rate", "broken", "anchors")}


def loss_tables(
    losses: np.ndarray, evaluations: Sequence[Evaluation], config: RunConfig, window: int, log: bool
) -> LossTables:
    """`losses[s - 1]` is the loss of step s (float32); `log` draws log10 of the loss."""
    finite = np.isfinite(losses)
    window = max(window, math.ceil(len(losses) / POINTS))
    raw, bucket = _raw(losses, finite, log)
    smooth = _smooth(losses, finite, window, log)
    validation = [e for e in evaluations if e.split == "val" and math.isfinite(e.loss)]
    val = np.array([e.loss for e in validation], np.float64)
    recent = losses[-window:]
    recent = recent[np.isfinite(recent)]
    return LossTables(
        raw=raw,
        smooth=smooth,
        validation=pa.table(
            {"step": np.array([e.step for e in validation], np.int64), "value": _drawn(val, log), "loss": val}
        ),
        rate=_rate(config, len(losses)),
        broken=_broken(losses, finite),
        anchors=_anchors(raw, config, len(losses), log),
        bucket=bucket,
        window=window,
        recent=float(recent.mean(dtype=np.float64)) if len(recent) else None,
    )


def _drawn(loss: np.ndarray, log: bool) -> np.ndarray:
    return np.log10(np.maximum(loss, 1e-30)) if log else loss


def _raw(losses: np.ndarray, finite: np.ndarray, log: bool) -> tuple[pa.Table, int]:
    """Single batches: the last of every `bucket` steps, with the lowest and the highest of them."""
    # A power of two, so that a bucket's points stay where they are while the run grows.
    bucket = 2 ** max(0, math.ceil(math.log2(max(len(losses), 1) / POINTS)))
    whole = len(losses) // bucket * bucket
    buckets, good = losses[:whole].reshape(-1, bucket), finite[:whole].reshape(-1, bucket)
    kept = good.all(1)  # a run has at most one loss that is not finite, its last: it is drawn as a mark
    steps = np.arange(bucket, whole + 1, bucket)[kept]
    loss, low, high = (
        part.astype(np.float64) for part in (buckets[kept, -1], buckets[kept].min(1), buckets[kept].max(1))
    )
    columns = {"step": steps, "value": _drawn(loss, log), "loss": loss}
    return pa.table(columns | {"low": _drawn(low, log), "high": _drawn(high, log)}), bucket


def _smooth(losses: np.ndarray, finite: np.ndarray, window: int, log: bool) -> pa.Table:
    """Means of the drawn value over windows of `window` steps, as the course does; the last window may be shorter."""
    values = np.where(finite, _drawn(np.where(finite, losses, 1).astype(np.float64), log), 0)
    starts = np.arange(0, len(losses), window)
    counts = np.add.reduceat(finite.astype(np.int64), starts) if len(starts) else starts
    sums = np.add.reduceat(values, starts) if len(starts) else starts.astype(np.float64)
    kept = counts > 0
    ends = np.minimum(starts + window, len(losses))[kept]
    means = sums[kept] / counts[kept]
    return pa.table({"step": ends, "value": means, "loss": 10**means if log else means, "steps": counts[kept]})


def _rate(config: RunConfig, step: int) -> pa.Table:
    """The learning rate of the steps taken: a point at each end and on both sides of its drop."""
    drop = config.lr_drop_step
    steps = [1, *([drop, drop + 1] if drop and drop < step else []), step] if step else []
    rates = [config.lr_at(s) for s in steps]
    labels = [f"learning rate {rate:g}" if i == 0 else f"{rate:g}" if i == 2 else "" for i, rate in enumerate(rates)]
    columns = {"step": pa.array(steps, pa.int64()), "lr": pa.array(rates, pa.float64())}
    return pa.table(columns | {"label": pa.array(labels, pa.string())})


def _broken(losses: np.ndarray, finite: np.ndarray) -> pa.Table:
    steps = np.flatnonzero(~finite) + 1
    what = ["NaN" if math.isnan(losses[s - 1]) else "Inf" for s in steps]
    return pa.table({"step": steps, "what": pa.array(what, pa.string())})


def _anchors(raw: pa.Table, config: RunConfig, step: int, log: bool) -> pa.Table:
    """Two corners around everything drawn, on round numbers: axes only grow, and only in steps."""
    low, high = (0.0, 1.0) if log else (1.0, 4.0)
    if raw.num_rows:
        low, high = raw["low"].to_numpy().min(), raw["high"].to_numpy().max()
    unit = 0.05 if log else 0.5
    unit *= max(1, math.ceil((high - low) / (10 * unit)))
    rates = (config.lr, config.lr_at(step) if step else config.lr)
    return pa.table(
        {
            "step": np.array([0, min(_round_up(max(step, 100)), max(config.steps, step))], np.int64),
            "value": np.array([math.floor(low / unit) * unit, math.ceil(high / unit) * unit], np.float64),
            "lr": np.array([min(rates) / 2, max(rates) * 2], np.float64),
        }
    )


def _round_up(value: float) -> float:
    """The next round number: 1,300 -> 1,500, 22,000 -> 30,000."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(m * power for m in (1, 1.5, 2, 3, 5, 7, 10) if m * power >= value * (1 - 1e-9))
