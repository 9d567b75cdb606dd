"""From what is seen to the store: losses and frames, gathered and written a few times a second."""

import math
import time
import warnings
from dataclasses import replace

import numpy as np
from torch import Tensor

from core.runs import room
from core.runs.errors import NotNow, StoreError
from core.runs.info import Evaluation
from core.runs.pace import Pace
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.runs.watched import UNLOGGED
from core.training import moments
from core.training.frame import Frame

FLUSH, SLOWEST = 0.2, 2.0  # seconds between two writes, at least and at most
SHARE = 0.003  # of the time that goes into writing, where that is possible
RETRY = 30.0  # seconds until the store is tried again that took nothing: each try may take five
KEPT_FRAMES = 500  # regular frames of a run, and room.KEPT_BYTES of them: beyond, every second of them goes


class Journal:
    """What a watched run has to say, on its way into the store. The loop goes on whatever becomes of the store.

    >>> journal = Journal(store, run_id, every=100)
    >>> journal.loss(1, 2.9); journal.frame(frame); journal.stepped(1)
    >>> journal.close("finished", "")
    """

    def __init__(self, store: Store, run_id: str, every: int):
        self.recorder = Recorder(store.database, run_id)
        self.pace = Pace()
        self.step = 0
        self.lr = math.nan  # as the loop says it; NaN: the optimiser's own
        self._losses: dict[int, float | Tensor] = {}  # by step, not written yet
        self._written = 0  # the last step whose loss is written
        self._last: tuple[int, float | Tensor] = (0, math.nan)
        self._waiting: Frame | None = None  # the loss of its step may still come
        self._stride, self._regular = every, []
        self._ticked, self._due = 0, -math.inf
        self._broken = False

    def loss(self, step: int, loss: float | Tensor) -> None:
        if step > self._written:
            self._losses[step] = loss
            self._last = (step, loss)
            if self._waiting is not None and self._waiting.step == step:
                self._settle()

    def evaluation(self, step: int, loss: float) -> None:
        self.recorder.evaluation(Evaluation(step, "val", loss, 0))

    def frame(self, frame: Frame) -> None:
        self._settle()
        self._waiting = frame
        if self._last[0] == frame.step:
            self._settle()

    def about(self, config: str) -> None:
        """What the run says of the model, anew."""
        self.recorder.status(config=config)

    def stepped(self, step: int) -> None:
        """So many steps are done."""
        self.step = step
        now = time.monotonic()
        if now >= self._due:
            written = self.write()
            taken = time.monotonic() - now
            self._due = now + taken + (min(max(FLUSH, taken / SHARE), SLOWEST) if written else RETRY)

    def write(self) -> bool:
        """Everything so far; what the store does not take now it is given later. Did it take it?"""
        self.pace.tick(self.step - self._ticked)
        self._ticked = self.step
        return self._flush(steps_per_second=self.pace.recent)

    def close(self, state: str, message: str) -> None:
        self._settle()
        self._flush(last=True, steps_per_second=self.pace.average, state=state, message=message)

    def _flush(self, last: bool = False, **status) -> bool:
        if self._broken:  # what nobody takes does not pile up
            self._losses, self.recorder = {}, Recorder(self.recorder.database, self.recorder.run_id)
            return False
        if self._waiting is not None and self._waiting.step < self.step:
            self._settle()
        if self._losses:
            end = max(self._losses)
            losses = [self._losses.get(step, UNLOGGED) for step in range(self._written + 1, end + 1)]
            self.recorder.losses(self._written + 1, np.array([float(loss) for loss in losses], np.float32))
            self._written, self._losses = end, {}
        self.recorder.status(step=self.step, steps=max(self.step, 1), **status)
        try:
            self.recorder.flush()
        except StoreError as error:
            self._broken = last or not isinstance(error, NotNow)
            if self._broken:
                warnings.warn(f"Nothing more of this run is kept, the training goes on. {error}", stacklevel=2)
            return False
        return True

    def _settle(self) -> None:
        """Hands over the frame that waits, with its step's loss where that is known."""
        if self._waiting is not None:
            step, loss = self._last
            known = float(loss) if step == self._waiting.step else math.nan
            lr = self._waiting.lr if math.isnan(self.lr) else self.lr
            self.recorder.frame(replace(self._waiting, loss=known, lr=lr), keep=self._kept(self._waiting))
            self._waiting = None

    def _kept(self, frame: Frame) -> bool:
        """Log-spaced frames are kept, and of the regular ones so many as there is room for, evenly."""
        if moments.after(frame.step - 1) == frame.step:
            return True
        if frame.step % self._stride:
            return False
        self._regular.append(frame.step)
        while len(self._regular) > min(KEPT_FRAMES, max(room.KEPT_BYTES // max(frame.nbytes, 1), 2)):
            self._stride *= 2
            self.recorder.thin([step for step in self._regular if step % self._stride])
            self._regular = [step for step in self._regular if not step % self._stride]
        return not frame.step % self._stride
