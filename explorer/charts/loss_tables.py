"""From a run's losses to the tables of the loss picture.

    >>> summary = LossSummary(losses)
    >>> loss_tables(summary, evaluations, config, window=1_000, log=True).smooth.column_names
    ['step', 'value', 'loss', 'steps']

`value` is what is drawn: the loss, or its log10. `loss` is the loss for the tooltip.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from core.runs.info import Evaluation
from core.runs.watched import unlogged
from core.training.config import RunConfig
from explorer.charts.loss_blocks import LossBlocks, log10, summed

MANTISSAS = {  # of a logarithmic axis's numbers, where it spans less than so many powers of ten
    0.25: [m / 10 for m in range(10, 100)],
    0.6: [*(m / 5 for m in range(5, 20)), 4, 4.5, 5, 6, 7, 8, 9],
    1.5: [1, 1.5, 2, 3, 5, 7],
    4: [1, 2, 5],
    math.inf: [1],
}


_NO_TICKS = pa.table({"value": pa.array([], pa.float64())})


class LossSummary:
    """A run's losses, and what tables need of them: give it more losses, and only those are worked on."""

    def __init__(self, losses: np.ndarray):
        self.losses = losses  # float32, losses[s - 1] is the loss of step s; replaced by a longer array as it grows
        self._blocks: dict[int, LossBlocks] = {}

    def blocks(self, unit: int) -> LossBlocks:
        """Blocks of `unit` x a power of two steps."""
        blocks = self._blocks.setdefault(unit, LossBlocks(unit))
        blocks.extend(self.losses)
        return blocks


@dataclass(frozen=True)
class Observed:
    """What stands for the config of a watched run: the learning rates that its frames were seen with."""

    rates: tuple[tuple[int, float], ...] = ()  # (step, rate), in order of steps


@dataclass(frozen=True)
class LossTables:
    """Arrow tables, and what the caption must say about them."""

    raw: pa.Table  # step, value, loss, low, high: single batches, and what they hide: the range of their bucket
    smooth: pa.Table  # step, value, loss, steps: window means, each drawn at its window's last step
    validation: pa.Table  # step, value, loss
    rate: pa.Table  # step, lr, label
    broken: pa.Table  # step, what: where the loss is NaN or Inf
    anchors: pa.Table  # step, value, lr: two corners that hold the axes still
    ticks: pa.Table  # value: where a logarithmic axis has its numbers, round losses; none on a linear one
    bucket: int  # raw shows one of every so many steps, and the range of all of them; 1: every step
    window: int  # the window used: the one asked for x a power of two, where that alone would give too many points
    log: bool  # are `value`s log10? Not where a loss is negative, whatever was asked for

    def as_dict(self) -> dict[str, pa.Table]:
        names = ("raw", "smooth", "validation", "rate", "broken", "anchors", "ticks")
        return {name: getattr(self, name) for name in names}


def fitting_window(steps: int, widest: int = 1_000, points: int = 10) -> int:
    """How many steps a mean is taken over: the widest power of ten that leaves so many steps a line of `points`."""
    return next((window for window in (10_000, 1_000, 100) if window <= widest and steps >= points * window), 10)


def loss_tables(
    summary: LossSummary,
    evaluations: Sequence[Evaluation],
    config: RunConfig | Observed,
    window: int,
    log: bool,
    since: int = 0,
) -> LossTables:
    """`log` draws log10 of the loss, where none is negative. A window that would give too many points is doubled until
    it does not.

    Steps up to `since` were another run's: a fork's own learning rate begins after it.
    """
    losses, singles, means = summary.losses, summary.blocks(1), summary.blocks(window)
    log = log and not _any_negative(losses, singles, evaluations)
    raw = _raw(losses, singles, log)
    validation = [e for e in evaluations if e.split == "val"]
    good = [e for e in validation if math.isfinite(e.loss)]
    val = np.array([e.loss for e in good], np.float64)
    points = pa.table({"step": np.array([e.step for e in good], np.int64), "value": _drawn(val, log), "loss": val})
    smooth = _smooth(losses, means, log)
    anchors = _anchors([raw["low"], raw["high"], smooth["value"], points["value"]], config, len(losses), log)
    return LossTables(
        raw=raw,
        smooth=smooth,
        validation=points,
        rate=_rate(config, since, len(losses)),
        broken=_broken(losses, singles, [e for e in validation if not math.isfinite(e.loss)]),
        anchors=anchors,
        ticks=ticks(*anchors["value"].to_pylist()) if log else _NO_TICKS,
        bucket=singles.unit,
        window=means.unit,
        log=log,
    )


def _any_negative(losses: np.ndarray, blocks: LossBlocks, evaluations: Sequence[Evaluation]) -> bool:
    rest = losses[len(blocks) * blocks.unit :]
    return blocks.low.min(initial=0.0) < 0 or bool((rest < 0).any()) or any(e.loss < 0 for e in evaluations)


def _drawn(loss: np.ndarray, log: bool) -> np.ndarray:
    return log10(loss) if log else loss


def _raw(losses: np.ndarray, blocks: LossBlocks, log: bool) -> pa.Table:
    """Single batches: the last of every block, with the lowest and the highest of the block. Losses that are not
    finite are drawn as marks, those that nobody said not at all."""
    kept = blocks.counts > 0
    steps = (np.flatnonzero(kept) + 1) * blocks.unit
    for i in np.flatnonzero(blocks.counts[kept] < blocks.unit):
        block = losses[steps[i] - blocks.unit : steps[i]]
        steps[i] -= np.argmax(np.isfinite(block[::-1]))
    loss = losses[steps - 1].astype(np.float64)
    low, high = (_drawn(column[kept], log) for column in (blocks.low, blocks.high))
    return pa.table({"step": steps, "value": _drawn(loss, log), "loss": loss, "low": low, "high": high})


def _smooth(losses: np.ndarray, blocks: LossBlocks, log: bool) -> pa.Table:
    """Means of the drawn value over windows, as the course does; the last window may be shorter."""
    name = "log_sums" if log else "sums"
    sums, counts = getattr(blocks, name), blocks.counts
    ends = np.arange(1, len(blocks) + 1) * blocks.unit
    if len(losses) % blocks.unit:
        rest = summed(losses[None, len(blocks) * blocks.unit :])
        sums, counts = np.append(sums, rest[name]), np.append(counts, rest["counts"])
        ends = np.append(ends, len(losses))
    kept = counts > 0
    means = sums[kept] / counts[kept]
    return pa.table({"step": ends[kept], "value": means, "loss": 10**means if log else means, "steps": counts[kept]})


def _rate(config: RunConfig | Observed, since: int, step: int) -> pa.Table:
    """The learning rate of the steps taken: a point at each end and on both sides of its drop. None where it counts."""
    if isinstance(config, Observed):
        return _observed(config, step)
    step = 0 if config.counts else step
    drop = config.lr_drop_step
    steps = [since + 1, *([drop, drop + 1] if drop and since < drop < step else []), step] if step > since else []
    rates = [config.lr_at(s) for s in steps]
    labels = [f"learning rate {rate:g}" if i == 0 else f"{rate:g}" if i == 2 else "" for i, rate in enumerate(rates)]
    columns = {"step": pa.array(steps, pa.int64()), "lr": pa.array(rates, pa.float64())}
    return pa.table(columns | {"label": pa.array(labels, pa.string())})


def _observed(config: Observed, step: int) -> pa.Table:
    """A point wherever the learning rate was seen, and where the run is; a schedule has many, and names the first."""
    seen = [(s, rate) for s, rate in config.rates if 0 < rate < math.inf]
    seen += [(step, seen[-1][1])] if seen and step > seen[-1][0] else []
    labels = [f"learning rate {rate:g}" if i == 0 else "" for i, (_, rate) in enumerate(seen)]
    steps, rates = zip(*seen, strict=True) if seen else ((), ())
    columns = {"step": pa.array(steps, pa.int64()), "lr": pa.array(rates, pa.float64())}
    return pa.table(columns | {"label": pa.array(labels, pa.string())})


def _broken(losses: np.ndarray, blocks: LossBlocks, validation: Sequence[Evaluation]) -> pa.Table:
    """Losses that are no number, of single batches and of validation."""
    unit = blocks.unit
    starts = [*np.flatnonzero(blocks.counts < unit) * unit, len(blocks) * unit]  # where one can be: a block, the rest
    found = [start + np.flatnonzero(_is_broken(losses[start : start + unit])) for start in starts]
    steps = np.concatenate(found).astype(np.int64) + 1
    rows = [(int(step), _word(losses[step - 1])) for step in steps]
    rows += [(e.step, f"{_word(e.loss)} (validation)") for e in validation]
    step, what = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"step": pa.array(step, pa.int64()), "what": pa.array(what, pa.string())})


def _is_broken(losses: np.ndarray) -> np.ndarray:
    return ~np.isfinite(losses) & ~unlogged(losses)


def _word(loss: float) -> str:
    return "NaN" if math.isnan(loss) else "Inf"


def _anchors(drawn: Sequence[pa.ChunkedArray], config: RunConfig | Observed, step: int, log: bool) -> pa.Table:
    """Two corners around everything drawn, on round numbers: axes only grow, and only in steps."""
    values = np.concatenate([column.to_numpy() for column in drawn])
    if not step or not values.size:
        values = np.append(values, (0.0, 1.0) if log else (1.0, 4.0))
    low, high = values.min(), values.max()
    unit = 0.05 if log else 0.5
    if isinstance(config, Observed) and not log and high - low < 1:  # losses of any size
        unit = _round_up(max((high - low) / 10, abs(high) * 1e-6, 1e-30))
    unit *= max(1, math.ceil((high - low) / (10 * unit)))
    if isinstance(config, Observed):
        rates, steps = [rate for _, rate in config.rates if 0 < rate < math.inf] or [1.0], math.inf
    else:
        rates, steps = (config.lr, config.lr_at(step) if step else config.lr), config.steps
    return pa.table(
        {
            "step": np.array([0, min(_round_up(max(step, 100)), max(steps, step))], np.int64),
            "value": np.array([math.floor(low / unit) * unit, math.ceil(high / unit) * unit], np.float64),
            "lr": np.array([min(rates) / 2, max(rates) * 2], np.float64),
        }
    )


def _round_up(value: float) -> float:
    """The next round number: 1,300 -> 1,500, 22,000 -> 30,000."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(m * power for m in (1, 1.5, 2, 3, 5, 7, 10) if m * power >= value * (1 - 1e-9))


def ticks(low: float, high: float) -> pa.Table:
    """Round losses between two powers of ten, as powers of ten."""
    mantissas = next(mantissas for span, mantissas in MANTISSAS.items() if high - low < span)
    places = [power + math.log10(m) for power in range(math.floor(low), math.ceil(high) + 1) for m in mantissas]
    return pa.table({"value": np.array([place for place in places if low <= place <= high], np.float64)})
