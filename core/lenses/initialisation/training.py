"""A state of part 3 trained for a while, and what it looked like before its first update.

>>> trained = train(STATES[0], names, seed=42, steps=1_000)
>>> trained.losses[0], expected_loss(27)
(27.6, 3.2958368660043291)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from core.dataset import Dataset
from core.lenses.initialisation.states import BATCH, CONTEXT, State, start
from core.nn.loss import cross_entropy, softmax

LR = 0.1
TOLD_EVERY = 100  # steps
VALIDATION = 4_096  # examples
SATURATED = 0.97  # |tanh| beyond it passes on less than 6% of a gradient


@dataclass(frozen=True)
class Trained:
    """`losses[s - 1]` is the batch loss of step s. The rest is of the first batch, before any update: B 32 examples."""

    losses: np.ndarray  # float32 (steps,)
    val_loss: float  # after the last step, in evaluation mode, over the first VALIDATION examples
    hidden: np.ndarray  # float32 (B, hidden): tanh outputs
    logits: np.ndarray  # float32 (B, V)

    @property
    def probs(self) -> np.ndarray:
        """The softmax of the logits, float64 (B, V), so that what is almost impossible is not 0."""
        return softmax(self.logits)

    @property
    def saturated(self) -> np.ndarray:
        """bool (B, hidden)."""
        return np.abs(self.hidden) > SATURATED

    @property
    def dead(self) -> int:
        """Units that are saturated for every example: no gradient passes them."""
        return int(self.saturated.all(axis=0).sum())


def expected_loss(vocab_size: int) -> float:
    """Of a network that holds all characters for equally likely: -log(1 / V)."""
    return math.log(vocab_size)


def train(
    state: State, dataset: Dataset, seed: int, steps: int, told: Callable[[float], None] = lambda share: None
) -> Trained:
    """Plain SGD at the course's learning rate, one batch of 32 a step. `told(share)` hears how much is done, 0 to 1.

    The same arguments give the same bits.
    """
    model = start(state, dataset, seed)
    generator = torch.Generator().manual_seed(seed + 1)  # all states see the same batches, however much they drew
    contexts, targets = dataset.examples("train", CONTEXT)
    losses = np.empty(steps, np.float32)
    first = None
    for step in range(steps):
        rows = torch.randint(0, len(targets), (BATCH,), generator=generator).numpy()
        losses[step] = model.loss(contexts[rows], targets[rows])
        if first is None:
            first = model.layers[-2].out.data.copy(), model.logits.data.copy()
        model.backward()
        model.update(LR)
        if (step + 1) % TOLD_EVERY == 0:
            told((step + 1) / steps)
    contexts, targets = (array[:VALIDATION] for array in dataset.examples("val", CONTEXT))
    return Trained(losses, cross_entropy(model.evaluate(contexts), targets), *first)
