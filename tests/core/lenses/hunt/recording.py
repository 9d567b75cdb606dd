"""A run of the hunt as it would be recorded, trained in the test's own process."""

import numpy as np

from core.dataset import Dataset
from core.lenses.hunt.records import Record
from core.runs.info import Evaluation
from core.training import moments, probe
from core.training.config import RunConfig
from core.training.trainer import Diverged, Trainer

EXAMPLES = 1_000
ENOUGH = 100  # steps; before, only the initialisation is evaluated


def recorded(config: RunConfig, dataset: Dataset) -> Record:
    """Frames and checkpoints at the moments, and losses, up to where it ends or diverges."""
    trainer, losses, frames = Trainer(config, dataset), [], []
    evaluations, states = [_evaluation(trainer)], [(0, trainer.checkpoint())]

    def look(at: Trainer) -> None:
        frames.append(probe.look(at.model, at.step, at.loss, at.lr(at.step)))

    for moment in moments.recorded(config.steps):
        before = trainer.step
        taken = np.empty(moment - before, np.float32)
        try:
            trainer.advance(len(taken), taken, look)
        except Diverged as error:
            losses.append(taken[: error.step - before])
            break
        losses.append(taken)
        states.append((moment, trainer.checkpoint()))
        if moment >= ENOUGH:
            evaluations.append(_evaluation(trainer))
    return Record(config, dataset, np.concatenate(losses), frames, evaluations, states)


def _evaluation(trainer: Trainer) -> Evaluation:
    return Evaluation(trainer.step, "val", trainer.evaluate("val", EXAMPLES), EXAMPLES)
