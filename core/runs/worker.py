"""Trains one run: takes steps, obeys wishes, records what there is to see.

The trainer owns the numbers, the recorder the store; this loop owns time.
"""

import bisect
import contextlib
import math
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from core.dataset import DatasetError
from core.nn.notation import ModelTextError
from core.runs import room
from core.runs.errors import NotNow, Unreadable
from core.runs.info import Evaluation
from core.runs.last_steps import last_steps
from core.runs.pace import Pace
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training import moments, probe
from core.training.config import ConfigError
from core.training.frame import Frame
from core.training.sampling import sample
from core.training.trainer import Diverged, Trainer

CHUNK = 0.03  # seconds of training between two looks at what is wished
FLUSH = 0.2  # seconds between two writes while training
FIRST_FLUSH = 0.04  # seconds between the first of them: one who pressed a button is waiting
ROLLING = 2.0  # seconds between two checkpoints
NAP = 0.02  # seconds between two looks while paused
AWAKE, LONG_NAP = 10.0, 0.1  # after so many seconds of pause, so many between two looks: many runs may stay paused
RETRY = 1.0  # seconds between two tries where the store cannot be written
MEASURED_FROM = 100  # before it, only the initialisation is: measuring takes as long as dozens of steps
EXAMPLES = 4096  # of the validation split, for the losses on the way

T = TypeVar("T")


class _Ended(Exception):
    """The run is to end before its last step."""

    def __init__(self, interrupted: bool):
        super().__init__()
        self.interrupted = interrupted


class Worker:
    """Trains a run, from its last checkpoint if it has one, until it ends, and says in the store how it ended.

    >>> with hold(store, run_id) as held:
    ...     if held and take_queued(store, run_id, limit=2): Worker(store, run_id).run()

    The caller holds the run's lock and has taken it. `interrupted()` is asked some 30 times a second: once it is true,
    the run is checkpointed and ends as stopped. `progress(step, loss)` is called as often, `notice(sentence)` when the
    run cannot go on for a while.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        interrupted: Callable[[], bool] = lambda: False,
        progress: Callable[[int, float], None] = lambda step, loss: None,
        notice: Callable[[str], None] = lambda sentence: None,
    ):
        self.store, self.run_id = store, run_id
        self.interrupted, self.progress, self.notice = interrupted, progress, notice
        self.recorder = Recorder(store.database, run_id)
        self.pace = Pace()
        self.initial: dict[str, np.ndarray] | None = None  # checkpoint 0 for as long as it has not been measured
        self.step_seconds = 1e-3
        self.framed: set[int] | None = None  # the steps whose frames are kept, once a frame says how large they are
        self.until: int | None = None  # pause at this step
        self.looked_at: int | None = None  # the step of the last frame
        self.look_wanted = False
        self.started_at = self.live_at = -math.inf  # monotonic times: of the last start and frame, and of what is due
        self.flush_due = self.checkpoint_due = -math.inf

    def run(self) -> None:
        """Raises NotNow where it is interrupted while it waits for the store."""
        try:
            with np.errstate(all="ignore"):  # a run that diverges says so in its own words
                self._train()
        except _Ended as ended:
            message = f"Interrupted at step {self.trainer.step:,}: Resume goes on from there."
            self._checkpoint(keep=False)
            if not ended.interrupted:  # who sends a signal does not wait long
                self._measure_initial()
            self._end("stopped", message if ended.interrupted else "")
        except Diverged as error:
            self._measure_initial()
            self._keep_black_box(error.step)
            self._end("diverged", error.message)
        except (ConfigError, DatasetError, ModelTextError, Unreadable) as error:
            self._end("failed", str(error))
        except MemoryError:
            self._end("failed", "There is not enough memory for this model: use smaller layers or a smaller batch.")

    def _train(self) -> None:
        self._begin()
        while self.trainer.step < self.config.steps:
            self._obey()
            if self.trainer.step < self.config.steps:  # it may have halted at its very end
                self._advance()
                self._record()
        self._finish()

    def _begin(self) -> None:
        self.config = self.store.config(self.run_id)
        self.moments = moments.recorded(self.config.steps)
        self.trainer = Trainer(self.config, self.store.dataset(self.config.dataset))
        found = self.store.checkpoint(self.run_id)
        if not found:
            self._checkpoint(keep=True)
            self.initial = self.trainer.model.state()
        else:
            self.trainer.restore(found[1])
            self.recorder.rewind(self.trainer.step)
            if self.store.samples(self.run_id, step=0) is None:
                first = self.store.checkpoint(self.run_id, step=0)  # none in a fork with another model
                self.initial = first and first[1]
        self.looked_at = self.trainer.step
        self.kept = room.kept(self.moments, sum(array.nbytes for array in self.trainer.checkpoint().values()))
        self._start()

    def _start(self) -> None:
        self.started_at = time.monotonic()
        self._flush()
        self.pace.start()

    def _obey(self) -> None:
        """Returns when the run is to go on; raises _Ended when it is not."""
        try:
            if self._may_go_on():
                return
        except _Ended:
            self._look_here()
            raise
        self._look_here()
        self._measure_initial()
        self._checkpoint(keep=False)
        self.recorder.reached(self.trainer.step)
        self.recorder.status(state="paused")
        self._flush()
        paused_at = time.monotonic()
        while not self._may_go_on():
            time.sleep(NAP if time.monotonic() - paused_at < AWAKE else LONG_NAP)
        self.recorder.status(state="running")
        self._start()

    def _may_go_on(self) -> bool:
        if self.interrupted():
            raise _Ended(interrupted=True)
        wish, self.until = self._insist(lambda: self.store.wished(self.run_id))
        if wish == "stop":
            raise _Ended(interrupted=False)
        return wish == "run" and (self.until is None or self.trainer.step < self.until)

    def _look_here(self) -> None:
        """One more step where the run halts between two frames, so that what is shown is where it stands."""
        if self.looked_at != self.trainer.step:
            self._advance(at_most=1)
            self._record()

    def _advance(self, at_most: int | None = None) -> None:
        """Steps for some CHUNK seconds, but not past one whose frame is wanted."""
        step = self.trainer.step
        ends = [self.moments[bisect.bisect_right(self.moments, step)]]  # the last moment is the last step
        if self.until is not None and self.until > step:
            ends.append(self.until)
        n = at_most or max(1, min(min(ends) - step, int(CHUNK / self.step_seconds)))
        self.look_wanted = at_most is not None or step + n in ends or time.monotonic() - self.live_at >= FLUSH
        losses, began = np.empty(n, np.float32), time.perf_counter()
        try:
            self.trainer.advance(n, losses, self._look)
        except Diverged as error:
            self._took(losses[: error.step - step])
            raise
        self.step_seconds = (time.perf_counter() - began) / n
        self._took(losses)

    def _took(self, losses: np.ndarray) -> None:
        step = self.trainer.step
        self.pace.tick(len(losses))
        self.recorder.losses(step - len(losses) + 1, losses)
        self.recorder.status(step=step, steps_per_second=self.pace.recent)
        self.progress(step, float(losses[-1]))

    def _look(self, trainer: Trainer) -> None:
        diverged = not math.isfinite(trainer.loss)
        if self.look_wanted or diverged:
            frame = probe.look(trainer.model, trainer.step, trainer.loss, trainer.lr(trainer.step), trainer.moves())
            self.recorder.frame(frame, keep=diverged or self._keeps(frame))
            self.looked_at, self.live_at = trainer.step, time.monotonic()

    def _keeps(self, frame: Frame) -> bool:
        """Is it one of those that stay: of the moments, as many as there is room for, and the last?"""
        if self.framed is None:
            self.framed = room.kept(self.moments, frame.nbytes) | {self.config.steps}
        return frame.step in self.framed

    def _record(self) -> None:
        step = self.trainer.step
        if step in self.moments and MEASURED_FROM <= step < self.config.steps:
            self._flush()  # the steps that are done need not wait for it
            self._measure_initial()
            self._measure(step)
        if step in self.kept or time.monotonic() >= self.checkpoint_due:
            self._checkpoint(keep=step in self.kept)
        if time.monotonic() >= self.flush_due:
            self._flush()

    def _measure_initial(self) -> None:
        """Step 0 is measured once the first steps are done, or where the run halts before: somebody waits for them."""
        if self.initial is None:
            return
        model = self.trainer.model
        now = model.state()
        model.load_state(self.initial)
        self._measure(0)
        model.load_state(now)
        self.initial = None

    def _measure(self, step: int) -> None:
        """What the weights are worth at this moment: a validation loss, and words they make."""
        loss = self.trainer.evaluate("val", EXAMPLES)
        examples = min(EXAMPLES, self.trainer.dataset.size("val"))
        self.recorder.evaluation(Evaluation(step, "val", loss, examples))
        self.recorder.samples(step, sample(self.trainer.model, self.trainer.dataset))

    def _checkpoint(self, keep: bool) -> None:
        self.recorder.checkpoint(self.trainer.checkpoint(), keep)
        self.checkpoint_due = time.monotonic() + ROLLING

    def _finish(self) -> None:
        """What it is worth on all it is trained on and all of the validation split, in the run's own row.

        Its last evaluation is like those before it, over as many examples: a curve of others would end in a step.
        Killed meanwhile, a resumed run comes back here.
        """
        self._measure_initial()
        self._checkpoint(keep=True)
        self._flush()
        train, val = (self.trainer.evaluate(words) for words in (self.config.train_on, "val"))
        examples = self.trainer.dataset.size(self.config.train_on)
        self.recorder.evaluation(Evaluation(self.trainer.step, "train", train, examples))
        self._measure(self.trainer.step)
        self.recorder.status(train_loss=train, val_loss=val)
        self._end("finished", "")

    def _keep_black_box(self, step: int) -> None:
        """Takes the last steps before the one that diverged again, and writes them together with the state.

        Killed before, the run is resumed and comes back here.
        """
        self._flush()
        with contextlib.suppress(MemoryError):  # it has diverged all the same
            if box := last_steps(self.store, self.run_id, self.trainer, step, self.interrupted):
                self.recorder.black_box(box.to_bytes())

    def _end(self, state: str, message: str) -> None:
        self.recorder.status(state=state, message=message, steps_per_second=self.pace.average)
        self._flush()

    def _flush(self) -> None:
        """Writes what was gathered."""
        self._insist(self.recorder.flush)
        now = time.monotonic()
        self.flush_due = now + min(FLUSH, max(FIRST_FLUSH, (now - self.started_at) / 2))

    def _insist(self, task: Callable[[], T]) -> T:
        """While the disk is full or the store is held by others, waits, holding everything, and tries again."""
        told = False
        while True:
            try:
                return task()
            except NotNow as error:
                if not told:
                    self.notice(f"{error} The run waits and goes on by itself.")
                told = True
                end = time.monotonic() + RETRY
                while time.monotonic() < end:
                    if self.interrupted():
                        raise
                    time.sleep(NAP)
