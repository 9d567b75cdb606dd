"""A run as an event file that TensorBoard opens: losses, learning rate, histograms and what is read off them.

>>> write_events(store, info, open("logs/wavenet-k3x9q2.tfevents", "wb"), progress)
$ tensorboard --logdir logs

Tags: "loss/batch" (of every step), "loss/val" and "loss/train" (in evaluation mode), "lr"; for each tensor a histogram
"weight/3.Linear.weight", and scalars such as "std/output/4.Tanh", "update_data/3.Linear.weight".
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np

from core.export import protobuf as pb
from core.export.formats import Progress
from core.export.phases import rates_of
from core.export.records import RecordWriter
from core.export.tables import frames
from core.runs.info import RunInfo
from core.runs.store import Store
from core.runs.watched import unlogged
from core.training.frame import ROLES, STATS, Frame

STEPS_AT_ONCE = 10_000
SHOWN = {
    "std": ROLES,
    "saturated": ("output",),
    "dead": ("output",),
    "grad_data": ("weight",),
    "update_data": ("weight",),
}


class Events:
    """Writes events: each has a step, a time, and values by tag."""

    def __init__(self, file: BinaryIO, info: RunInfo):
        self._writer = RecordWriter(file)
        self._start, self._pace = info.created, info.steps_per_second
        self._writer.write(pb.message(pb.double(1, self._start), pb.text(3, "brain.Event:2")))

    def add(self, step: int, values: Iterable[bytes]) -> None:
        """The time is when the step was taken at the run's pace: the store has no clock for each."""
        summary = b"".join(pb.inside(1, value) for value in values)
        if summary:
            time = self._start + (step / self._pace if self._pace else 0.0)
            self._writer.write(pb.message(pb.double(1, time), pb.whole(2, step), pb.inside(5, summary)))


def write_events(store: Store, info: RunInfo, file: BinaryIO, progress: Progress) -> None:
    """Everything that is recorded, in order of steps within each kind."""
    events = Events(file, info)
    _write_losses(events, store, info, lambda done: progress(done / 2))
    for one in store.evaluations(info.id):
        events.add(one.step, [scalar(f"loss/{one.split}", one.loss)])
    count = max(len(store.frame_steps(info.id)), 1)
    for i, frame in enumerate(frames(store, info), 1):
        events.add(frame.step, _seen(frame))
        progress(0.5 + i / count / 2)


def scalar(tag: str, value: float) -> bytes:
    return pb.message(pb.text(1, tag), pb.single(2, value))


def histogram(tag: str, frame: Frame, row: int) -> bytes:
    """Of one tensor: 64 bins, and what its statistics say of the values as a whole."""
    stats = dict(zip(STATS, frame.stats[row].astype(float).tolist(), strict=True))
    counts = frame.counts[row].astype(float)
    number = counts.sum()
    mean, std = (stats[name] if np.isfinite(stats[name]) else 0.0 for name in ("mean", "std"))
    fields = (
        pb.double(1, stats["min"] if number else 0.0),
        pb.double(2, stats["max"] if number else 0.0),
        pb.double(3, number),
        pb.double(4, mean * number),
        pb.double(5, std**2 * max(number - 1, 0) + mean**2 * number),  # std is unbiased
        pb.doubles(6, frame.edges(row)[1:]),
        pb.doubles(7, counts),
    )
    return pb.message(pb.text(1, tag), pb.inside(5, pb.message(*fields)))


def _write_losses(events: Events, store: Store, info: RunInfo, progress: Progress) -> None:
    """The loss of every step; the learning rate at its first and last step and on both sides of a change."""
    losses = store.losses(info.id)
    silent, lr = unlogged(losses), rates_of(store, info, len(losses))
    turns = _turns(lr)
    for i, loss in enumerate(losses.tolist()):
        values = [] if silent[i] else [scalar("loss/batch", loss)]
        if i in turns:
            values.append(scalar("lr", lr[i]))
        events.add(i + 1, values)
        if i % STEPS_AT_ONCE == 0:
            progress(i / len(losses))


def _turns(lr: np.ndarray) -> set[int]:
    changes = np.flatnonzero(np.diff(lr)).tolist()
    ends = {0, len(lr) - 1} if len(lr) else set()
    return {i for i in ends | {*changes} | {i + 1 for i in changes} if np.isfinite(lr[i])}


def _seen(frame: Frame) -> Iterator[bytes]:
    for row, info in enumerate(frame.tensors):
        yield histogram(f"{info.role}/{info.name}", frame, row)
        for name, roles in SHOWN.items():
            value = float(frame.stats[row, STATS.index(name)])
            if info.role in roles and np.isfinite(value):
                yield scalar(f"{name}/{info.name}" if roles != ROLES else f"{name}/{info.role}/{info.name}", value)
