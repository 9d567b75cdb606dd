"""From recorded frames to what Activations and Gradients draw, once for all sessions of the server.

    >>> view = frames.histograms("wavenet-k3x9q2", moment=1_000, show="Tanh", gradients=False, own=False)
    >>> view.frame.step, view.rows, sorted(view.tables)
    (1000, 3, ['bins', 'nans', 'rules', 'texts'])

What comes back is shared: leave it as it is.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from core.nn.notation import parse
from core.runs.store import Store
from core.training.frame import STATS, Frame, TensorInfo
from explorer.charts.frame_rows import Row, layer_names, matrices, rows_of, weight_labels
from explorer.charts.histogram_layouts import GRADIENTS, OUTPUTS
from explorer.charts.histogram_tables import histogram_tables, reach, squeezed
from explorer.charts.ratios import ratio_tables
from explorer.feeds import recorded
from explorer.shared import Shared

ROLES = {False: ("output", "weight"), True: ("output_grad", "weight_grad")}  # of gradients? left and right
_histories = Shared(seconds=float("inf"), size=16)
_recent = Shared(seconds=0.4)


@dataclass(frozen=True)
class History:
    """The statistics of all recorded frames of a run: `stats[f, t]` are those of tensor t at `steps[f]`."""

    steps: np.ndarray  # int64 (frames,)
    stats: np.ndarray  # float32 (frames, tensors, STATS)
    tensors: tuple[TensorInfo, ...]

    def until(self, step: int) -> "History":
        count = int(np.searchsorted(self.steps, step, side="right"))
        return History(self.steps[:count], self.stats[:count], self.tensors)

    def with_frame(self, frame: Frame) -> "History":
        """One moment more, the live one, where it is later than what is recorded; `tensors` are the frame's."""
        before = self.like(frame.tensors)
        if len(self.steps) and frame.step <= self.steps[-1]:
            return before
        stats = np.concatenate([before.stats, frame.stats[None]])
        return History(np.append(self.steps, frame.step), stats, frame.tensors)

    def like(self, tensors: tuple[TensorInfo, ...]) -> "History":
        """The same with rows in this order: those of a watched model may differ from moment to moment. NaN: unseen."""
        return (
            self
            if self.tensors is tensors
            else History(self.steps, aligned(self.stats, self.tensors, tensors), tensors)
        )


def aligned(stats: np.ndarray, tensors: Sequence[TensorInfo], wanted: Sequence[TensorInfo]) -> np.ndarray:
    """`stats` (..., tensors, STATS) with the rows `wanted`, joined by role and name; NaN where there is none."""
    keys, wanted_keys = ([(tensor.role, tensor.name) for tensor in side] for side in (tensors, wanted))
    if keys == wanted_keys:
        return stats
    row = {key: i for i, key in enumerate(keys)}
    found = np.array([row.get(key, -1) for key in wanted_keys], np.int64)
    result = np.full((*stats.shape[:-2], len(wanted), len(STATS)), np.nan, np.float32)
    result[..., found >= 0, :] = stats[..., found[found >= 0], :]
    return result


@dataclass(frozen=True)
class Histograms:
    """The picture of layers at one moment."""

    frame: Frame
    rows: int
    squeezed: int  # rows that show no shape on the scale they share
    tables: dict[str, pa.Table]


@dataclass(frozen=True)
class Ratios:
    """The picture of weights over time."""

    names: tuple[str, ...]
    total: int  # how many there are; of a watched model not all may be drawn
    tables: dict[str, pa.Table]
    dropped: int  # ratios that are not a number


def layers(run_id: str) -> list[str]:
    """The layers of a run's model, as frames name them."""
    return list(layer_names(parse(recorded.config(run_id).model)))


def history(run_id: str) -> History:
    """All recorded frames of a run; only new ones are read."""
    at = recorded.store()
    grown: _Grown = _histories.get((at.home, run_id), _Grown)
    return _recent.get(("history", at.home, run_id), lambda: grown.extend(at, run_id))


def rates(run_id: str) -> tuple[tuple[int, float], ...]:
    """(step, learning rate) wherever a recorded frame has another one than the frame before."""
    history(run_id)
    grown: _Grown = _histories.get((recorded.store().home, run_id), _Grown)
    return grown.rates()


def histograms(run_id: str, moment: int | None, show: str, gradients: bool, own: bool) -> Histograms | None:
    """Every layer's histograms at a moment; None where nothing is recorded. `own`: a scale for each row.

    A shared scale is as wide as any recorded moment up to this one needed, so that it only grows as the run goes on.
    """
    frame = recorded.frame(run_id, moment)
    if frame is None:
        return None
    key = (recorded.store().home, run_id, frame.step, show, gradients, own)

    def compute() -> Histograms:
        rows = rows_of(frame.tensors, show, *ROLES[gradients])
        return histograms_of(run_id, frame, rows, gradients, own)

    return _recent.get(key, compute)


def histograms_of(run_id: str, frame: Frame, rows: Sequence[Row], gradients: bool, own: bool) -> Histograms:
    """The picture of these rows; see `histograms`."""
    layout = GRADIENTS if gradients else OUTPUTS
    far: list[float | None] = [None, None]
    if not own:
        stats = history(run_id).until(frame.step).with_frame(frame).stats
        far = [reach(stats, [row.left for row in rows]), reach(stats, [row.right for row in rows])]
    return Histograms(frame, len(rows), squeezed(frame, rows, *far), histogram_tables(frame, rows, layout, *far))


def ratios(run_id: str, moment: int | None, kind: str) -> Ratios | None:
    """One ratio of all weights with two dimensions over all recorded moments; `kind`: "update_data" or "grad_data"."""
    frame = recorded.frame(run_id, None)
    if frame is None:
        return None
    key = (recorded.store().home, run_id, "ratios", frame.step, moment, kind)

    def compute() -> Ratios:
        all_time = history(run_id).with_frame(frame)
        picked = matrices(all_time.tensors)
        return ratios_of(all_time, picked, weight_labels([all_time.tensors[i] for i in picked]), moment, kind)

    return _recent.get(key, compute)


def ratios_of(
    all_time: History, picked: Sequence[int], labels: Sequence[str], moment: int | None, kind: str, total: int = 0
) -> Ratios:
    """The picture of the weights in the rows `picked`, of `total`, or all there are."""
    values = all_time.stats[:, picked, STATS.index(kind)].astype(np.float64)
    if kind == "grad_data":  # update_data is a logarithm already
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log10(values)
    names = tuple(all_time.tensors[i].name for i in picked)
    tables = ratio_tables(all_time.steps, values, names, moment, kind, labels)
    return Ratios(names, total or len(names), tables, int((~np.isfinite(values)).sum()))


class _Grown:
    """The statistics read so far. What is recorded stays, except that a run whose worker was killed may take its last
    steps again. Its lock, and not the caches that lead here, keeps threads apart."""

    def __init__(self):
        self._lock = threading.Lock()
        self._steps: list[int] = []
        self._stats: dict[int, np.ndarray] = {}
        self._rates: dict[int, float] = {}
        self._tensors: tuple[TensorInfo, ...] = ()
        self._history = History(np.empty(0, np.int64), np.empty((0, 0, len(STATS)), np.float32), ())

    def extend(self, at: Store, run_id: str) -> History:
        with self._lock:
            steps = recorded.frame_steps(run_id)
            if steps != self._steps:
                for step in steps:
                    if step not in self._stats:
                        self._read(at.frame(run_id, step), step)
                self._steps = steps
                known = [step for step in steps if step in self._stats]
                stats = np.stack([self._stats[step] for step in known]) if known else self._history.stats[:0]
                self._history = History(np.array(known, np.int64), stats, self._tensors)
            return self._history

    def rates(self) -> tuple[tuple[int, float], ...]:
        with self._lock:
            known = [(step, self._rates[step]) for step in self._steps if step in self._rates]
        return tuple(at for i, at in enumerate(known) if not i or at[1] != known[i - 1][1])

    def _read(self, frame: Frame | None, step: int) -> None:
        if frame is None or frame.step != step:
            return
        if self._stats and [t.name for t in self._tensors] != [t.name for t in frame.tensors]:
            for known in self._stats:  # rows only come to be more, a few times at most
                self._stats[known] = aligned(self._stats[known], self._tensors, frame.tensors)
        self._stats[step], self._rates[step], self._tensors = frame.stats, frame.lr, frame.tensors
