"""What the figures of the hunt read out of a record: values by step.

>>> first_loss(record)[0]        # of a record of `records.py`
(1, 5.31)

Where a run did not record what a function needs, its list is empty.
"""

import math
from collections.abc import Iterator

import numpy as np

from core.lenses.hunt.records import Record
from core.lenses.reading import Reading, read
from core.training.frame import STATS, Frame
from core.training.planting import built

RECENT = 100  # steps whose mean is "the batches' loss"
ASKED_TIMES = 8  # checkpoints that are asked, at most

Points = list[tuple[int, float]]  # (step, value)


def first_loss(record: Record) -> Points:
    guessing = math.log(record.dataset.vocab_size)
    return [(step, float(loss) / guessing) for step, loss in enumerate(record.losses[:RECENT], 1)]


def loss_risen(record: Record) -> Points:
    losses = record.losses[np.isfinite(record.losses)].astype(np.float64)
    window = min(20, len(losses) // 2)
    if not window:
        return []
    means = losses[: len(losses) // window * window].reshape(-1, window).mean(axis=1)
    return [(window * place, float(mean - means[0])) for place, mean in enumerate(means, 1)]


def _batch_and_validation(record: Record) -> Iterator[tuple[int, float, float]]:
    """Step, mean loss of the batches up to there, loss on validation words; of the initialisation, the first batch."""
    for evaluation in record.evaluations:
        step, losses = max(evaluation.step, 1), record.losses[: max(evaluation.step, 1)][-RECENT:]
        if len(losses) == (1 if step == 1 else RECENT):
            yield step, float(losses.mean(dtype=np.float64)), evaluation.loss


def validation_gap(record: Record) -> Points:
    return [(s, validation - batches) for s, batches, validation in _batch_and_validation(record) if s >= RECENT]


def batch_to_validation(record: Record) -> Points:
    return [(step, batches / validation) for step, batches, validation in _batch_and_validation(record)]


def statistics_a_channel(record: Record) -> Points:
    return [(f.step, max(_positions(f), default=math.nan)) for f in record.frames]


def _positions(frame: Frame) -> Iterator[float]:
    for name, array in frame.maps.items():
        if name.endswith(".running_mean"):
            yield array.size / array.shape[-1]


def running_apart(record: Record) -> Points:
    return [(frame.step, max(_distances(frame), default=math.nan)) for frame in record.frames]


def _distances(frame: Frame) -> Iterator[float]:
    """Of each BatchNorm1d: how far its running means are from the batch's, in standard deviations of the batch."""
    for name, mean in frame.maps.items():
        if name.endswith(".batch_mean"):
            norm = name.removesuffix(".batch_mean")
            spread = np.sqrt(frame.maps[f"{norm}.batch_var"] + 1e-5)
            yield float((np.abs(mean - frame.maps[f"{norm}.running_mean"]) / spread).mean())


def _rows(frame: Frame, role: str, *kinds: str) -> list[int]:
    """Rows of one role, of layers of some kinds (or of all), from input to output."""
    return [
        i for i, t in enumerate(frame.tensors) if t.role == role and (not kinds or t.layer.rpartition(".")[2] in kinds)
    ]


def _stat(frame: Frame, row: int, name: str) -> float:
    return float(frame.stats[row, STATS.index(name)])


def gradients_grow(record: Record) -> Points:
    """Of the last matrix that learns: its gradient's spread beside that of its layer's output, as times the first."""
    if not record.frames:
        return []
    first = record.frames[0]
    matrices = [i for i in _rows(first, "weight_grad") if len(first.tensors[i].shape) == 2]
    row = next((i for i in reversed(matrices) if _stat(first, i, "std") > 0), None)
    if row is None:
        return []
    layer = first.tensors[row].layer
    output = next(i for i in _rows(first, "output_grad") if first.tensors[i].layer == layer)
    values = [_stat(frame, row, "std") / (_stat(frame, output, "std") or math.nan) for frame in record.frames]
    return [(frame.step, value / values[0]) for frame, value in zip(record.frames, values, strict=True)]


def fading(record: Record) -> Points:
    """The first squashed outputs' spread, as times the last ones'."""
    points = []
    for frame in record.frames:
        rows = _rows(frame, "output", "Tanh", "ReLU")
        if len(rows) > 1 and _stat(frame, rows[-1], "std") > 0:
            points.append((frame.step, _stat(frame, rows[0], "std") / _stat(frame, rows[-1], "std")))
    return points


def without_gradient(record: Record) -> Points:
    return [(frame.step, float(_still(frame, "Linear", "CausalConv1d"))) for frame in record.frames]


def embedding_still(record: Record) -> Points:
    return [(frame.step, float(_still(frame, "Embedding"))) for frame in record.frames]


def _still(frame: Frame, *kinds: str) -> int:
    """How many matrices have a gradient of exactly 0."""
    rows = [i for i in _rows(frame, "weight_grad", *kinds) if len(frame.tensors[i].shape) == 2]
    return sum(_stat(frame, i, "min") == _stat(frame, i, "max") == 0 for i in rows)


def dead_units(record: Record) -> Points:
    points = []
    for frame in record.frames:
        if rows := _rows(frame, "output", "Tanh", "ReLU"):
            points.append((frame.step, max(_stat(frame, row, "dead") for row in rows)))
    return points


def _readings(record: Record) -> Iterator[tuple[int, Reading]]:
    """What the model itself answers, with the weights of some moments."""
    model = built(record.config)
    model.connect(1)
    states = record.states
    for i in sorted({round(i) for i in np.linspace(0, len(states) - 1, min(ASKED_TIMES, len(states)))}):
        step, state = states[i]
        model.load_state(state)
        with np.errstate(all="ignore"):  # a run that diverges has weights that overflow
            found = read(model, record.dataset)
        yield step, found


def company(record: Record) -> Points:
    return [(step, found.moved) for step, found in _readings(record)]


def one_too_far(record: Record) -> Points:
    return [(step, found.loss - found.after) for step, found in _readings(record)]


def backwards(record: Record) -> Points:
    return [(step, found.loss - found.turned) for step, found in _readings(record)]
