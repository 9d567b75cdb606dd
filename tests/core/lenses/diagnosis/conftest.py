"""Runs that are really trained, in the test's own process, and what the rules get to see of them."""

from dataclasses import replace

import numpy as np
import pytest

from core.dataset import Dataset
from core.lenses.diagnosis.again import measure_again
from core.lenses.diagnosis.evidence import Evidence
from core.nn.presets import PRESETS
from core.runs.info import Evaluation
from core.training import moments, probe
from core.training.config import RunConfig, of_preset
from core.training.trainer import Diverged, Trainer

EXAMPLES = 500  # of the validation split
MEASURED_FROM = 100


@pytest.fixture(scope="session")
def names() -> Dataset:
    return Dataset.builtin()


@pytest.fixture(scope="session")
def evidence_of(names):
    """`evidence_of(config)` or `evidence_of("wavenet", steps=400)`: the evidence at the end of such a run.

    `at` gives it at an earlier moment. Trainings are remembered.
    """
    known = {}

    def evidence(what: RunConfig | str, at: int | None = None, dataset: Dataset = names, **changes) -> Evidence:
        config = of_preset(PRESETS[what], dataset, **changes) if isinstance(what, str) else replace(what, **changes)
        key = (config, dataset.sha256)
        if key not in known:
            known[key] = _train(config, dataset)
        return until(known[key], at)

    return evidence


def until(evidence: Evidence, step: int | None) -> Evidence:
    """The same run at an earlier moment; `frame` is then of that one, with no maps."""
    if step is None:
        return evidence
    count = int(np.searchsorted(evidence.steps, step, side="right"))
    return replace(
        evidence,
        steps=evidence.steps[:count],
        stats=evidence.stats[:count],
        frame=None,
        losses=evidence.losses[:step],
        evaluations=[e for e in evidence.evaluations if e.step <= step],
        again=None,
    )


def _train(config: RunConfig, dataset: Dataset) -> Evidence:
    trainer, frames, losses, evaluations, again = Trainer(config, dataset), [], [], [], None

    def look(at: Trainer) -> None:
        frames.append(probe.look(at.model, at.step, at.loss, at.lr(at.step), at.moves()))

    for moment in moments.recorded(config.steps):
        taken = np.full(moment - trainer.step, np.nan, np.float32)
        before = trainer.step
        try:
            trainer.advance(len(taken), taken, look)
        except Diverged as error:
            losses.append(taken[: error.step - before])
            break
        losses.append(taken)
        if moment >= MEASURED_FROM:
            evaluations.append(Evaluation(moment, "val", trainer.evaluate("val", EXAMPLES), EXAMPLES))
    else:
        again = measure_again(config, dataset, trainer.checkpoint(), evaluations[-1]) if evaluations else None
    return Evidence(
        np.array([frame.step for frame in frames]),
        np.stack([frame.stats for frame in frames]),
        frames[0].tensors,
        frames[-1],
        np.concatenate(losses),
        evaluations,
        config,
        again,
    )
