"""A run as a worker leaves it, from a real model: trained for a few steps in the test's own process."""

import pytest
import torch

from core.dataset import Dataset
from core.nn.presets import preset
from core.runs.info import Evaluation
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training import probe
from core.training.config import RunConfig
from core.training.trainer import Trainer

STEPS = 6


@pytest.fixture
def trained(home):
    """trained(name="wavenet", state="finished", model=None, lr=0.1, dataset=None, context=None): id of a recorded run.

    It has frames and checkpoints. `model` is a model text in place of the preset's. With `state="running"` the
    run has taken half its steps.
    """

    def train(
        name: str = "wavenet",
        state: str = "finished",
        model: str | None = None,
        lr: float = 0.1,
        dataset: Dataset | None = None,
        context: int | None = None,
    ) -> str:
        store, chosen = Store(home), preset(name)
        dataset = dataset or store.dataset("")
        config = RunConfig(
            model=model or chosen.text(dataset.vocab_size),
            context=context or chosen.context,
            preset=None if model else name,
            steps=2 * STEPS if state in ("running", "paused") else STEPS,
            lr=lr,
        )
        run_id = store.create(config, dataset, paused=state == "paused")
        recorder = Recorder(store.database, run_id)
        trainer = Trainer(store.config(run_id), dataset)
        recorder.checkpoint(trainer.checkpoint(), True)

        def look(at: Trainer) -> None:
            recorder.frame(probe.look(at.model, at.step, at.loss, at.lr(at.step)), keep=True)

        for _ in range(STEPS):
            trainer.advance(1, look=look)
            recorder.checkpoint(trainer.checkpoint(), True)
        recorder.evaluation(Evaluation(STEPS, "val", 3.0, 100))
        recorder.status(state=state, step=STEPS)
        recorder.flush()
        return run_id

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield train
    torch.set_num_threads(threads)
