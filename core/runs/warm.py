"""Compiling before the clock runs."""

import contextlib

import numpy as np

from core.dataset import Dataset
from core.training import probe
from core.training.config import RunConfig
from core.training.sampling import sample
from core.training.trainer import Diverged, Trainer


def warm_up(config: RunConfig, dataset: Dataset) -> None:
    """Does once, on a trainer of its own, whatever a run of this config will do.

    Afterwards this process, and whatever is forked from it, has the kernels compiled and the examples laid out. Raises
    what a run would: ModelTextError, ConfigError, DatasetError, MemoryError.
    """
    trainer = Trainer(config, dataset)
    with np.errstate(all="ignore"):
        with contextlib.suppress(Diverged):
            trainer.advance(1, look=lambda t: probe.look(t.model, t.step, t.loss, t.lr(t.step), t.moves()))
        trainer.evaluate("val", limit=1)
        sample(trainer.model, dataset)
