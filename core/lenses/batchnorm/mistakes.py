"""Training mode left on by mistake, and a batch of one.

>>> trained = train(names, seed=42, steps=1_000)
>>> spread = in_company(trained, names, "emm", draws=40)           # (40, 27): each time other examples beside it
>>> bool(np.ptp(spread, axis=0).max() > 0.01)                       # the same context, another answer
True
>>> [attempt.how for attempt in batch_of_one(trained, names, "emm")][0]
'by hand, over n − 1'
"""

import warnings
from dataclasses import dataclass

import numpy as np
import torch

from core.dataset import Dataset
from core.lenses.batchnorm.network import (
    BATCH,
    CONTEXT,
    LR,
    batches,
    held_out,
    logits,
    loss_by_batch,
    loss_with,
    network,
    norm,
    sums,
)
from core.nn.loss import softmax
from core.nn.sequential import Sequential

SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
VALIDATION = 4_096


@dataclass(frozen=True)
class Attempt:
    """One way to send a batch of a single example through BatchNorm in training mode, and what came of it."""

    how: str
    outcome: str
    why: str


def train(dataset: Dataset, seed: int, steps: int) -> Sequential:
    model, generator = network(dataset, seed)
    for contexts, targets in batches(dataset, generator, steps):
        model.loss(contexts, targets)
        model.backward()
        model.update(LR)
    return model


def alone(model: Sequential, dataset: Dataset, text: str) -> np.ndarray:
    """The next character's distribution in evaluation mode: float64 (V,). Raises DatasetError."""
    return softmax(_evaluated(model, dataset.window(text, CONTEXT)))[0]


def in_company(model: Sequential, dataset: Dataset, text: str, draws: int, seed: int = 0) -> np.ndarray:
    """The same in training mode, each time in a batch with 31 other random examples: float64 (draws, V).

    The model's running statistics stay as they are. Raises DatasetError.
    """
    contexts, _ = dataset.examples("train", CONTEXT)
    groups = contexts[np.random.default_rng(seed).integers(0, len(contexts), (draws, BATCH))]
    groups[:, 0] = dataset.window(text, CONTEXT)
    x = sums(model, groups.reshape(-1, CONTEXT)).reshape(draws, BATCH, -1)
    return softmax(logits(model, x, x.mean(1, keepdims=True), x.var(1, ddof=1, keepdims=True))[:, 0])


def losses_by_size(model: Sequential, dataset: Dataset) -> tuple[dict[int, float], float]:
    """Validation loss in training mode for each batch size of SIZES, and in evaluation mode."""
    contexts, targets = held_out(dataset, VALIDATION)
    x, running = sums(model, contexts), norm(model).buffers()
    sizes = [size for size in SIZES if size <= len(x)]
    evaluation = loss_with(model, x, targets, running["running_mean"][0], running["running_var"][0])
    return {size: loss_by_batch(model, x, targets, size) for size in sizes}, evaluation


def batch_of_one(model: Sequential, dataset: Dataset, text: str) -> list[Attempt]:
    """Every way there is, tried. Raises DatasetError."""
    context = dataset.window(text, CONTEXT)[None]
    x = sums(model, context)
    one = model.twin(1)
    mean = x.mean(0)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # numpy and torch warn of what is shown here
        over_n1 = logits(model, x, mean, x.var(0, ddof=1))
        over_n = logits(model, x, mean, x.var(0))
        other = sums(model, dataset.window("", CONTEXT)[None])
        over_n_other = logits(model, other, other.mean(0), other.var(0))
    return [
        Attempt("by hand, over n − 1", _said(over_n1, dataset), "The variance of one number is 0 / 0."),
        Attempt(
            "by hand, over n",
            _said(over_n, dataset) + (", whatever you type" if np.allclose(over_n, over_n_other) else ""),
            "A number minus itself is 0: every example becomes beta.",
        ),
        Attempt(
            "torch.nn.BatchNorm1d",
            _refused(lambda: torch.nn.BatchNorm1d(x.shape[1])(torch.tensor(x))),
            "There is nothing to take a variance of.",
        ),
        Attempt("the engine of this app", _refused(lambda: one.forward(context)), "The same."),
        Attempt(
            "evaluation mode",
            _said(_evaluated(model, context[0]), dataset),
            "Constants kept from training take the batch’s place.",
        ),
    ]


def _evaluated(model: Sequential, context: np.ndarray) -> np.ndarray:
    """Logits (1, V) in evaluation mode. Unlike `model.evaluate` it writes nothing: several threads may ask at once."""
    running = norm(model).buffers()
    return logits(model, sums(model, context[None]), running["running_mean"][0], running["running_var"][0])


def _said(scores: np.ndarray, dataset: Dataset) -> str:
    probs = softmax(scores)[0]
    if not np.isfinite(probs).all():
        return "NaN for every character"
    best = int(probs.argmax())
    return f"“{dataset.decode([best])}” with {probs[best]:.1%}"


def _refused(attempt) -> str:
    try:
        attempt()
    except ValueError as error:
        return f"ValueError: {error}"
    return "no error"
