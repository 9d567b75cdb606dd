"""What a run recorded, as tidy tables: one row an observation, one column a variable.

>>> for table in TABLES:
...     for batch in table.batches(store, info):      # pyarrow.RecordBatch: a frame or some thousand steps at a time
...         write(table.name, batch)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from core.export.phases import rates_of
from core.runs.info import RunInfo
from core.runs.store import Store
from core.runs.watched import unlogged
from core.training.frame import BINS, STATS, Frame

STEPS_AT_ONCE = 65_536
_NAMED = [("tensor", pa.string()), ("role", pa.string()), ("layer", pa.string()), ("shape", pa.string())]


@dataclass(frozen=True)
class Table:
    """`batches(store, info)` gives its rows, a bounded number at a time; `about` says what a row is."""

    name: str
    about: str
    schema: pa.Schema
    rows: Callable[[Store, RunInfo], Iterator[dict]]

    def batches(self, store: Store, info: RunInfo) -> Iterator[pa.RecordBatch]:
        for columns in self.rows(store, info):
            yield pa.RecordBatch.from_pydict(columns, self.schema)


def frames(store: Store, info: RunInfo) -> Iterator[Frame]:
    """The frames that are kept, one at a time."""
    for step in store.frame_steps(info.id):
        frame = store.frame(info.id, step)
        if frame is not None and frame.step == step:  # a run that is resumed takes its later ones back
            yield frame


def _losses(store: Store, info: RunInfo) -> Iterator[dict]:
    losses = store.losses(info.id)
    steps = np.arange(1, len(losses) + 1)
    lr = rates_of(store, info, len(losses))
    for start in range(0, len(losses), STEPS_AT_ONCE):
        part = slice(start, start + STEPS_AT_ONCE)
        loss = pa.array(losses[part], mask=unlogged(losses[part]))
        yield {"step": steps[part], "loss": loss, "lr": pa.array(lr[part], mask=np.isnan(lr[part]))}


def _evaluations(store: Store, info: RunInfo) -> Iterator[dict]:
    found = store.evaluations(info.id)
    yield {name: [getattr(one, name) for one in found] for name in ("step", "split", "loss", "examples")}


def _statistics(store: Store, info: RunInfo) -> Iterator[dict]:
    for frame in frames(store, info):
        yield _names(frame, 1) | {name: frame.stats[:, i] for i, name in enumerate(STATS)}


def _histograms(store: Store, info: RunInfo) -> Iterator[dict]:
    for frame in frames(store, info):
        rows = [frame.edges(row) for row in range(len(frame.tensors))]
        edges = np.array(rows, np.float32).reshape(-1, BINS + 1)
        yield _names(frame, BINS) | {
            "low": edges[:, :-1].reshape(-1),
            "high": edges[:, 1:].reshape(-1),
            "count": frame.counts.reshape(-1),
        }


def _names(frame: Frame, times: int) -> dict:
    """Which tensor a row is about, each for so many rows."""
    columns = {
        "tensor": [info.name for info in frame.tensors],
        "role": [info.role for info in frame.tensors],
        "layer": [info.layer for info in frame.tensors],
        "shape": ["x".join(map(str, info.shape)) for info in frame.tensors],
    }
    repeated = {name: [value for value in values for _ in range(times)] for name, values in columns.items()}
    return {"step": np.full(len(frame.tensors) * times, frame.step)} | repeated


TABLES = (
    Table(
        "losses",
        "The loss of each step, of its batch as it was trained on, and the learning rate.",
        pa.schema([("step", pa.int64()), ("loss", pa.float32()), ("lr", pa.float64())]),
        _losses,
    ),
    Table(
        "evaluations",
        "Losses in evaluation mode after so many steps, over the first examples of a split.",
        pa.schema([("step", pa.int64()), ("split", pa.string()), ("loss", pa.float64()), ("examples", pa.int64())]),
        _evaluations,
    ),
    Table(
        "statistics",
        "Of each step that was looked at, one row a tensor: outputs, their gradients, weights, their gradients. "
        "low and high are the outer edges of its histogram; saturated and dead are shares of a Tanh's or ReLU's "
        "output; grad_data is std(grad) / std(data) and update_data log10(std(update) / std(data)) of a weight.",
        pa.schema([("step", pa.int64()), *_NAMED, *((name, pa.float32()) for name in STATS)]),
        _statistics,
    ),
    Table(
        "histograms",
        f"The histograms of the same tensors, one row a bin, {BINS} bins each.",
        pa.schema(
            [("step", pa.int64()), *_NAMED, ("low", pa.float32()), ("high", pa.float32()), ("count", pa.int32())]
        ),
        _histograms,
    ),
)
