"""What a run left behind, for the figures of the hunt.

>>> record = of_run(store, "hunt-k3x9q2")
>>> record.losses[:3], record.frames[0].step, record.evaluations[-1].split
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.dataset import Dataset
from core.runs.info import Evaluation
from core.runs.store import Store
from core.training.config import RunConfig
from core.training.frame import Frame


@dataclass(frozen=True)
class Record:
    """One run: what it recorded, its states by step, and what it was trained on."""

    config: RunConfig
    dataset: Dataset
    losses: np.ndarray  # float32: losses[s - 1] is that of step s
    frames: Sequence[Frame]  # by step
    evaluations: Sequence[Evaluation]  # of the validation split, by step
    states: Sequence[tuple[int, dict[str, np.ndarray]]]  # checkpoints, by step


def of_run(store: Store, run_id: str) -> Record:
    """Raises NoSuchRun, Unreadable."""
    config = store.config(run_id)
    frames = [store.frame(run_id, step) for step in store.frame_steps(run_id)]
    states = [store.checkpoint(run_id, step) for step in store.checkpoint_steps(run_id)]
    return Record(
        config,
        store.dataset(config.dataset),
        store.losses(run_id),
        [frame for frame in frames if frame is not None],
        [evaluation for evaluation in store.evaluations(run_id) if evaluation.split == "val"],
        [state for state in states if state is not None],
    )
