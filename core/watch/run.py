"""The block that a loop of one's own stands in."""

import math
import tempfile
import time
import warnings
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from core.runs.claims import hold
from core.runs.errors import BadName, StoreError
from core.runs.names import checked_name
from core.runs.store import Store
from core.training.frame import BINS, STATS, Frame
from core.training.summary import summarise
from core.watch import recording
from core.watch.errors import WatchError
from core.watch.journal import Journal
from core.watch.watching import Watching

FILE_SECONDS, FILE_SHARE = 10.0, 0.005  # between two writes of a recording; of the time, at most, that it takes

_watched: list[nn.Module] = []  # in this process, now


def watch(
    model: nn.Module,
    name: str = "model",
    every: int = 100,
    *,
    file: str | Path | None = None,
    store: Store | None = None,
) -> "WatchedRun":
    """A block in which the training of `model` is seen, by any loop and optimiser; the app shows it as a run.

    >>> with watch(model, name="mine", every=100) as run:
    ...     for step in range(10_000):
    ...         loss = train_step(model)
    ...         run.log(loss)

    `every`: a frame (statistics of all outputs, gradients and weights) at each so many steps, beside those at the
    first steps and the live ones. `file`: everything goes into this one file instead of the app's store, to be opened
    there later (`python -m core open FILE`). `store`: another than EXPLORER_HOME's. Training goes on with the same bits
    as without it. Raises WatchError, one sentence, for what cannot be watched, StoreError where the store cannot be
    used.
    """
    if not isinstance(model, nn.Module):
        raise WatchError(f"watch needs a torch.nn.Module: this is {_named(model)}.")
    if next(model.parameters(), None) is None:
        raise WatchError(f"This {type(model).__name__} has no parameters: there is nothing in it that trains.")
    if not isinstance(every, int) or isinstance(every, bool) or every < 1:
        raise WatchError(f"every is {every!r}: it must be a whole number of steps, 1 or more.")
    try:
        called = checked_name(name if isinstance(name, str) else "")
    except BadName as error:
        raise WatchError(f"name is {name!r}. {error}") from None
    path = None if file is None else Path(file).expanduser().absolute()
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise WatchError(f"file is {str(file)!r}: it must name a file in a folder that is there.")
    return WatchedRun(model, called, every, path, store)


class WatchedRun:
    """What `with watch(...) as run` gives: `run.log(loss)`, and `run.id`, by which the app knows it."""

    def __init__(self, model: nn.Module, name: str, every: int, file: Path | None, store: Store | None):
        self.id = ""
        self._model: nn.Module | None = model
        self._name, self._every, self._file, self._store = name, every, file, store
        self._watching: Watching | None = None
        self._leave = ExitStack()
        self._offset: int | None = None  # 1 where the loop logs a loss before its step is done, 0 where after it
        self._file_due = -math.inf
        self._warned = False  # of the file, since it was last written

    def __enter__(self) -> "WatchedRun":
        if self._model is None:
            raise WatchError("This watch has been used: write `with watch(...)` again for another run.")
        wrapped, self._model = self._model, None
        model = getattr(wrapped, "_orig_mod", wrapped)  # what torch.compile has wrapped
        parts = {*model.modules(), *model.parameters()}
        if any(not parts.isdisjoint({*other.modules(), *other.parameters()}) for other in _watched):
            raise WatchError(f"This {type(model).__name__}, or a part of it, is being watched already.")
        summarise(np.zeros(1, np.float32), np.zeros(len(STATS), np.float32), np.zeros(BINS, np.int32))  # compiles
        with ExitStack() as leave:
            if self._file is not None:
                self._store = Store(leave.enter_context(tempfile.TemporaryDirectory(prefix="watch-")))
                leave.callback(self._store.close)
            store = self._store = self._store or Store()
            self.id = store.new_id("watched")
            leave.enter_context(hold(store, self.id))
            self._watching = Watching(model, self._every, self._framed, self._stepped, fused=model is not wrapped)
            store.create_watched(self._name, self._watching.about(), self.id)
            self._journal = Journal(store, self.id, self._every)
            _watched.append(model)
            leave.callback(_forget, model)
            self._leave = leave.pop_all()
        self._watching.begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        with self._leave:
            watching, self._watching = self._watching, None
            watching.end()
            self._journal.about(watching.about().to_json())
            self._journal.close(*_end(error, watching.steps))
            if self._file is not None:
                self._write()

    def log(self, loss: float | Tensor | None = None, *, lr: float | None = None, val: float | None = None) -> None:
        """The loss of a step, before or after its optimiser's step; the learning rate, where it is not the optimiser's
        own; a validation loss. Any of them may be left out.
        """
        watching = self._watching
        if watching is None:
            raise WatchError("run.log belongs inside the block: this run has ended.")
        if self._offset is None:
            self._offset = 1 if watching.steps == 0 else 0
        step = watching.passes if watching.by_hand else watching.steps + self._offset
        if lr is not None:
            self._journal.lr = float(_number(lr, "lr"))
        if loss is not None:
            self._journal.loss(step, _number(loss, "loss"))
        if val is not None:
            self._journal.evaluation(step, float(_number(val, "val")))

    def _framed(self, frame: Frame) -> None:
        self._journal.frame(frame)
        if self._watching is not None and self._watching.news:
            self._journal.about(self._watching.about().to_json())

    def _stepped(self, step: int) -> None:
        self._journal.stepped(step)
        if self._file is not None and time.monotonic() >= self._file_due:
            began = time.monotonic()
            self._journal.write()
            self._write()
            self._file_due = time.monotonic() + max(FILE_SECONDS, (time.monotonic() - began) / FILE_SHARE)

    def _write(self) -> None:
        """The recording, anew. The loop, and an error that ends it, go on whatever becomes of the file."""
        try:
            recording.write(self._store, self.id, self._file)
            self._warned = False
        except StoreError as error:
            if not self._warned:
                self._warned = True
                warnings.warn(f"The recording is not written. {error}", stacklevel=2)


def _number(value: float | Tensor, what: str) -> float | Tensor:
    """One number; of a tensor on an accelerator a copy that is there still, so that the loop need not wait for it."""
    if isinstance(value, Tensor):
        if value.numel() != 1 or value.is_complex():
            raise WatchError(f"{what} has the shape {tuple(value.shape)}: it must be one real number.")
        return value.item() if value.device.type == "cpu" else value.detach().clone()
    try:
        return float(value)
    except (TypeError, ValueError):
        raise WatchError(f"{what} is {_named(value)}: it must be one number.") from None


def _named(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}, not a model made of it"
    return f"of type {type(value).__name__}"


def _forget(model: nn.Module) -> None:
    _watched[:] = [other for other in _watched if other is not model]


def _end(error: BaseException | None, step: int) -> tuple[str, str]:
    """State and message."""
    if error is None:
        return "finished", ""
    if isinstance(error, Exception):
        words = "".join(c if c.isprintable() or c == "\n" else " " for c in str(error)).strip().splitlines()
        said = f": {words[0][:300]}" if words else ""
        return "failed", f"After step {step:,}, {type(error).__name__}{said}"
    return "stopped", f"Interrupted after step {step:,}."
