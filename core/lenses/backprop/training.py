"""Training by a hand-written backward pass alone, with autograd on the same batches beside it.

>>> result = train(Dataset.builtin(), in_small_steps(), steps=1_000)
>>> float(abs(result.by_hand - result.autograd).max()) < 1e-4
True
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.dataset import Dataset
from core.lenses.backprop.backward import SHORT, SMALL_STEPS
from core.lenses.backprop.expressions import ExpressionError, Program, run
from core.lenses.backprop.forward import PARAMETERS
from core.lenses.backprop.network import SEED, Batch, draw, draw_batch, examples, forward, look_at

RATE, LATER_RATE, DROP = 0.1, 0.01, 0.75  # the learning rate, and from which share of the steps on the later one holds
EVALUATED = 20_000  # examples at most, of each split
TOLD = 0.25  # seconds after which the caller hears the losses so far
LIMIT = 180.0  # seconds: 5,000 steps take about 15, unless somebody's expressions are loops

# small steps that the two short expressions make unnecessary
_JUMPED = {"dlogprobs", "dprobs", "dcounts_sum_inv", "dcounts_sum", "dcounts", "dnorm_logits", "dlogit_maxes"}
_JUMPED |= {"dbnraw", "dbnvar_inv", "dbnvar", "dbndiff2", "dbndiff", "dbnmeani"}


class TrainingError(ValueError):
    """One clear sentence: at which step which expression did not do."""


@dataclass(frozen=True)
class Training:
    """Losses of each step both ways, and of the splits afterwards, by the hand-trained weights."""

    by_hand: np.ndarray  # float64 (steps,)
    autograd: np.ndarray
    train_loss: float
    val_loss: float
    largest: float  # difference between both ways' weights at the end


def in_small_steps(answers: Mapping[str, Program] | None = None) -> dict[str, Program]:
    """Programs of all 26 gradients, in an order in which they can run: our solutions, or the answers of all 26."""
    return dict(answers) if answers else {name: exercise.program for name, exercise in SMALL_STEPS.items()}


def in_short(small: Mapping[str, Program], short: Mapping[str, Program] | None = None) -> dict[str, Program]:
    """Cross-entropy and BatchNorm in one expression each, the rest as in `small`."""
    chosen = {name: exercise.program for name, exercise in SHORT.items()} | dict(short or {})
    jump = {"dlogits": chosen["cross-entropy"], "dhprebn": chosen["BatchNorm"]}
    return {name: jump.get(name, program) for name, program in small.items() if name not in _JUMPED}


def train(
    dataset: Dataset,
    programs: Mapping[str, Program],
    hidden: int = 64,
    steps: int = 2_000,
    tell: Callable[[np.ndarray, np.ndarray], None] = lambda by_hand, autograd: None,
    limit: float = LIMIT,
) -> Training:
    """From the course's seed. `tell` hears the losses so far, now and then. Raises TrainingError."""
    began = told = time.monotonic()
    generator = torch.Generator().manual_seed(SEED)
    data = examples(dataset)
    ours = draw(dataset.vocab_size, generator, hidden)
    theirs = {name: value.clone() for name, value in ours.items()}
    losses = np.empty((2, steps))
    for step in range(steps):
        batch = draw_batch(data, generator)
        rate = RATE if step < DROP * steps else LATER_RATE
        losses[0, step] = _by_hand(ours, batch, programs, rate, step + 1)
        look = look_at(theirs, batch)
        for name, value in theirs.items():
            value -= rate * look.gradients[name]
        losses[1, step] = look.loss
        now = time.monotonic()
        if now - told >= TOLD:
            tell(*losses[:, : step + 1])
            told = now
        if now - began > limit:
            raise TrainingError(
                f"This takes longer than {limit:.0f} seconds: choose fewer steps, or write loops as one operation."
            )
    largest = max((ours[name] - theirs[name]).abs().max().item() for name in PARAMETERS)
    train_loss, val_loss = evaluate(ours, dataset)
    return Training(losses[0], losses[1], train_loss, val_loss, largest)


def _by_hand(
    parameters: dict[str, Tensor], batch: Batch, programs: Mapping[str, Program], rate: float, step: int
) -> float:
    values = forward(parameters, batch)
    names = {**parameters, **values, "Xb": batch[0], "Yb": batch[1], "n": len(batch[1]), "dloss": torch.tensor(1.0)}
    for name, program in programs.items():
        try:
            names[name] = run(program, names, name)
        except ExpressionError as error:
            raise TrainingError(f"At step {step:,} the expression of {name} does not hold any more. {error}") from None
    for name, value in parameters.items():
        gradient = torch.as_tensor(names[f"d{name}"])
        if gradient.shape != value.shape:
            raise TrainingError(f"At step {step:,} the shape of d{name} is no longer that of {name}: solve it anew.")
        value -= rate * gradient
    return values["loss"].item()


def evaluate(parameters: Mapping[str, Tensor], dataset: Dataset) -> tuple[float, float]:
    """Mean losses (train, val) of up to 20,000 examples each, BatchNorm's statistics taken from all those of train."""
    batches = [tuple(part[:EVALUATED] for part in examples(dataset, split)) for split in ("train", "val")]
    before = [parameters["C"][x].flatten(1) @ parameters["W1"] + parameters["b1"] for x, _ in batches]
    mean, var = before[0].mean(0, keepdim=True), before[0].var(0, keepdim=True)
    losses = []
    for hprebn, (_, y) in zip(before, batches, strict=True):
        hpreact = parameters["bngain"] * (hprebn - mean) * (var + 1e-5) ** -0.5 + parameters["bnbias"]
        logits = torch.tanh(hpreact) @ parameters["W2"] + parameters["b2"]
        losses.append(torch.nn.functional.cross_entropy(logits, y).item())
    return losses[0], losses[1]
