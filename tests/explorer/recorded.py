"""Runs as a worker would have left them, written without one."""

import numpy as np

from core.nn.presets import preset
from core.runs.info import Evaluation
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.config import RunConfig

WORDS = ["emma", "olivia", "ava", "mia", "zoe", "ida", "lea", "nora", "ella", "anna"]


def falling(steps: int, seed: int = 0) -> np.ndarray:
    """Losses that fall like those of a model that learns: float32 (steps,)."""
    step = np.arange(1, steps + 1)
    noise = np.random.default_rng(seed).normal(0, 0.15, steps)
    return (2.0 + 1.3 * np.exp(-step / 300) + noise).astype(np.float32)


def record(home, losses: np.ndarray, state: str = "finished", steps: int | None = None, **status) -> str:
    """A run of the mlp preset with these losses, samples and validation losses; returns its id."""
    store = Store(home)
    mlp = preset("mlp")
    config = RunConfig(model=mlp.text(27), context=mlp.context, preset="mlp", steps=steps or max(len(losses), 1))
    run_id = store.create(config, store.dataset(""), paused=state == "paused")
    recorder = Recorder(store.database, run_id)
    if len(losses):
        recorder.losses(1, losses)
        recorder.evaluation(Evaluation(len(losses), "val", 2.105, 22_655))
        recorder.samples(len(losses), WORDS)
    recorder.status(state=state, step=len(losses), **status)
    recorder.flush()
    return run_id
