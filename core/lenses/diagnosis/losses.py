"""Figures of the loss: its start, its course and its noise. Of a run without a config nobody knows what its loss
measures: only that it is not finite says something.

>>> first_loss(evidence)
Figure(value=18.9, step=1, words={'loss': '22.2', 'guessing': '3.30'})
"""

import math

import numpy as np

from core.lenses.diagnosis.evidence import BLOCK, WINDOW, Evidence
from core.lenses.diagnosis.rule import Figure
from core.runs.watched import unlogged
from core.spelling import loss as spelt
from core.spelling import number

LONG = 20_000  # steps before which a drop of the learning rate would come too early
FEWEST = 10  # steps of which two halves say something
RISEN = 0.1  # nats: a loss that rises does not stand still
YOUNG = 1_000  # steps before which no course of a loss is judged


def first_loss(evidence: Evidence) -> Figure | None:
    """How far the first loss is above -log(1 / V), in nats."""
    if evidence.guessing is None or not evidence.step:
        return None
    first = float(evidence.losses[0])
    return Figure(first - evidence.guessing, 1, {"loss": spelt(first, 2), "guessing": f"{evidence.guessing:.2f}"})


def divergence(evidence: Evidence) -> Figure | None:
    """How far the mean of the last steps is above both the first loss and the lowest mean before, in nats.

    Inf where the loss is not finite any more, at the step where it broke. Of a run too short for means: how far all of
    its last steps are above all of its first.
    """
    losses, step = evidence.losses, evidence.step
    if not step:
        return None
    if not np.isfinite(losses[-1]):
        return _broken(losses)
    if evidence.config is None or step < FEWEST:
        return None
    if step < 2 * BLOCK:
        first, last = np.split(losses[: step // 2 * 2], 2)
        lowest, now = float(first.max(initial=-math.inf)), float(last.min(initial=math.inf))
        return Figure(now - lowest, step, {"now": spelt(float(losses[-1]), 2), "before": spelt(float(losses[0]), 2)})
    whole = losses[: step - BLOCK]
    means = whole[: len(whole) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1, dtype=np.float64)
    lowest, now = min(float(means.min()), float(losses[0])), evidence.mean(step - BLOCK, step)
    return Figure(now - lowest, step, {"now": spelt(now, 2), "before": spelt(lowest, 2)})


def plateau(evidence: Evidence) -> Figure | None:
    """How much the mean loss fell from the last quarter but one to the last, where it is hardly better than guessing.

    Hardly better: above 80% of -log(1 / V). The healthy presets are below 76% of it after 1,000 steps, and a model that
    has only learnt how often each letter occurs is at 86%.
    """
    fell = _fell(evidence)
    if fell is None or evidence.guessing is None or fell.last < 0.8 * evidence.guessing:
        return None
    if fell.last > fell.before + RISEN:
        return None
    words = {"last": spelt(fell.last, 2), "steps": f"{fell.quarter:,}", "guessing": f"{evidence.guessing:.2f}"}
    return Figure(fell.before - fell.last, evidence.step, words | {"fell": _change(fell.before - fell.last)})


def drop_due(evidence: Evidence) -> Figure | None:
    """How much the mean loss fell from the last quarter but one to the last, where the rate is to stay as it is."""
    config, fell = evidence.config, _fell(evidence)
    if config is None or fell is None or evidence.step < LONG:
        return None
    drops = config.lr_drop_step is not None and config.lr_drop_step < config.steps
    if drops or fell.last >= 0.8 * evidence.guessing:  # a loss that never fell does not wait for a drop
        return None
    words = {"last": spelt(fell.last), "before": spelt(fell.before), "lr": f"{config.lr:g}"}
    return Figure(fell.before - fell.last, evidence.step, words | {"steps": f"{fell.quarter:,}"})


def noise(evidence: Evidence) -> Figure | None:
    """How much the losses of neighbouring batches differ, as a share of their mean, where batches are small."""
    if evidence.config is None or evidence.step < 2 * BLOCK or evidence.batch is None or evidence.batch >= 32:
        return None
    last = evidence.losses[-WINDOW:].astype(np.float64)
    deviation, mean = float(np.diff(last).std() / 2**0.5), float(last.mean())
    words = {"deviation": f"{deviation:.2f}", "mean": spelt(mean, 2), "batch": str(evidence.batch)}
    return Figure(deviation / mean, evidence.step, words)


def gap(evidence: Evidence) -> Figure | None:
    """How far the last validation loss is above the mean loss of the steps before it, in nats."""
    found = [e for e in evidence.evaluations if e.split == "val" and YOUNG <= e.step <= evidence.step]
    if evidence.config is None or not found:
        return None
    last = found[-1]
    train = evidence.mean(max(last.step - WINDOW, 0), last.step)
    if not train < evidence.guessing:
        return None  # it has learnt nothing that it could know by heart
    return Figure(last.loss - train, last.step, {"train": spelt(train, 2), "val": spelt(last.loss, 2)})


class _Fell:
    def __init__(self, evidence: Evidence):
        step, self.quarter = evidence.step, evidence.step // 4
        self.before = evidence.mean(step - 2 * self.quarter, step - self.quarter)
        self.last = evidence.mean(step - self.quarter, step)


def _fell(evidence: Evidence) -> _Fell | None:
    return _Fell(evidence) if evidence.step >= YOUNG and np.isfinite(evidence.losses[-1]) else None


def _broken(losses: np.ndarray) -> Figure:
    """The first loss that is no number after the last that is one: a watched loop may well go on."""
    finite = np.flatnonzero(np.isfinite(losses))
    start = int(finite[-1]) + 1 if len(finite) else 0
    step = start + int(np.argmin(unlogged(losses[start:]))) + 1
    before = spelt(float(losses[finite[-1]]), 2) if len(finite) else "never a number"
    return Figure(math.inf, step, {"now": number(float(losses[step - 1])), "before": before})


def _change(fell: float) -> str:
    return f"fell by {fell:.3f}" if fell >= 0 else f"rose by {-fell:.3f}"
