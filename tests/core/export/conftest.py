"""Runs to be exported, trained for some steps in the test's own process."""

import numpy as np
import pytest

from core.dataset import Dataset
from core.runs.info import Evaluation
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training import probe
from core.training.config import RunConfig
from core.training.trainer import Diverged, Trainer

FEW = 2_000  # words: too many to be written out, few enough to be quick


@pytest.fixture(scope="session")
def few() -> Dataset:
    return Dataset.from_text("\n".join(Dataset.builtin().words[:FEW]), "few.txt")


@pytest.fixture
def store(home) -> Store:
    return Store(home)


@pytest.fixture
def recorded(store, few):
    """`recorded(config, hunt=None)`: the id of a run that took its steps, with a frame and a checkpoint each ten."""

    def record(config: RunConfig, **options) -> str:
        run_id = store.create(config, few, **options)
        recorder = Recorder(store.database, run_id)
        trainer = Trainer(store.config(run_id), few)
        recorder.checkpoint(trainer.checkpoint(), True)
        state = "finished"
        for start in range(0, config.steps, 10):
            steps = min(10, config.steps - start)
            losses = np.full(steps, np.nan, np.float32)
            try:
                trainer.advance(steps, losses, look=lambda at: recorder.frame(_frame(at), keep=True))
                recorder.checkpoint(trainer.checkpoint(), True)
            except Diverged:
                state = "diverged"
            recorder.losses(start + 1, losses[: trainer.step - start])
            if state == "diverged":
                break
            recorder.evaluation(Evaluation(trainer.step, "val", trainer.evaluate("val", 100), 100))
        recorder.status(state=state, step=trainer.step, steps_per_second=1_000.0)
        recorder.flush()
        return run_id

    return record


def _frame(at: Trainer):
    return probe.look(at.model, at.step, at.loss, at.lr(at.step), at.moves())
