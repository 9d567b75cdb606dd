"""The training loop: steps on demand, no clock, no process, no screen.

A process that trains has one thread (`core/threads.py`).
"""

import hashlib
import math
from collections.abc import Callable

import numpy as np
import torch

from core.dataset import Dataset
from core.nn.loss import cross_entropy
from core.spelling import number
from core.training import batches
from core.training.config import USUAL_LR, RunConfig
from core.training.optimisers import PREFIX, RULES, AdamW
from core.training.penalty import Penalty
from core.training.planting import PREFIX as PLANTED
from core.training.planting import built, planted

PROGRESS = ("step", "generator")  # what a checkpoint holds besides the model's state
EVALUATION_CHUNK = 16_384  # contexts whose logits are held at once


class Diverged(ArithmeticError):
    """The loss of a step is not finite. `layer` is the first with NaN or Inf in its output or, else, its gradient."""

    def __init__(self, step: int, layer: str, message: str):
        super().__init__(message)
        self.step, self.layer, self.message = step, layer, message


class Trainer:
    """One run: a config and a dataset in, steps out. The caller decides when and how many.

    >>> trainer = Trainer(config, Dataset.builtin())
    >>> losses = np.empty(100, np.float32)
    >>> trainer.advance(100, losses, look=lambda t: frames.append(probe.look(t.model, t.step, t.loss, t.lr(t.step))))
    >>> trainer.step, bool(losses[-1] == np.float32(trainer.loss))
    (100, True)

    Step s is the s-th step as it was taken: its batch, its gradients, the weights before its update; its loss and
    gradients are of what is descended on, the penalty included. All random numbers come from one torch.Generator with
    the config's seed, in the course's order: weights, then, unless the batch is everything, one draw a step.
    Raises ModelTextError or ConfigError where model, data and batch size do not fit together.
    """

    def __init__(self, config: RunConfig, dataset: Dataset):
        self.config, self.dataset = config, dataset
        config.shapes(dataset)
        self._generator = torch.Generator().manual_seed(config.seed)
        self.model = built(config, self._generator)
        self.model.connect(config.rows(dataset), config.positions)
        self._planted = planted(config)
        self._planted.train(self.model)
        self._rule = RULES[config.optimiser](self.model.size)
        self._penalty = Penalty(self.model, config.l2) if config.l2 else None
        self.step = 0  # steps taken; inside `look`, the one being taken
        self.loss = math.nan  # of that step
        self._diverged: Diverged | None = None
        examples = self._planted.examples(*dataset.examples(config.train_on, config.context, config.positions))
        if config.batch_size is None:
            self._batches = batches.whole(*examples)
        else:
            self._batches = batches.drawn(*examples, config.batch_size, self._generator)

    def lr(self, step: int) -> float:
        return self.config.lr_at(step)

    def moves(self) -> list[np.ndarray] | None:
        """Inside `look`: what the step is about to subtract from each parameter, flat. None where that is lr * grad."""
        if isinstance(self._rule, AdamW):
            return self.model.moves(self.lr(self.step), self._rule.move)
        return None

    def advance(
        self, n: int, losses: np.ndarray | None = None, look: Callable[["Trainer"], None] | None = None
    ) -> None:
        """Takes n steps; losses[i] becomes the loss of the i-th of them.

        `look(trainer)` is called inside the last one, after its backward and before its update. Raises Diverged at the
        first loss that is not finite: that step's loss is recorded, its gradients are filled, look is called, its
        update is not made. The trainer then stays as it is, to be looked at; `restore` sets it going again.
        """
        if self._diverged:
            raise self._diverged
        with np.errstate(all="ignore"):  # numpy need not warn of what is looked for here
            for i, (contexts, targets) in enumerate(self._batches(n)):
                self.step += 1
                self.loss = self.model.loss(contexts, targets)
                self.model.backward()
                if self._penalty:
                    self.loss += self._penalty.loss()
                    self._penalty.backward()
                finite = math.isfinite(self.loss)
                if losses is not None:
                    losses[i] = self.loss
                if look is not None and (i == n - 1 or not finite):
                    look(self)
                if not finite:
                    self._diverged = self._explain()
                    raise self._diverged
                self.model.update(self._planted.direction * self.lr(self.step), self._rule)

    def _explain(self) -> Diverged:
        layer = self.model.first_nonfinite() or self.model.layers[-1].name
        lr = self.lr(self.step)
        message = (
            f"The loss of step {self.step:,} is {number(self.loss)}: {layer} is the first layer whose output or "
            f"gradient is not finite. Train again with a smaller learning rate than {lr:g}, such as "
            f"{min(USUAL_LR, lr / 10):g}."
        )
        return Diverged(self.step, layer, message)

    def checkpoint(self) -> dict[str, np.ndarray]:
        """What decides the steps to come: the model's state, the optimiser's, the generator's, and the step count.

        >>> later = Trainer(config, dataset); later.restore(trainer.checkpoint())     # goes on with the same bits

        Raises Diverged after a diverged step, which is half done.
        """
        if self._diverged:
            raise self._diverged
        return {
            **self.model.state(),
            **self._rule.state(),
            **self._planted.state(),
            "step": np.array(self.step, np.int64),
            "generator": self._generator.get_state().numpy().copy(),
        }

    def restore(self, checkpoint: dict[str, np.ndarray]) -> None:
        """Goes back (or on) to a checkpoint of the same config. Raises ValueError where it is of another model."""
        if missing := set(PROGRESS) - checkpoint.keys():
            raise ValueError(f"This is not a checkpoint of a run: it has no {min(missing)}.")
        rule = RULES[self.config.optimiser](self.model.size)
        if int(checkpoint["step"]):  # before the first step there is nothing to remember
            rule.load_state(checkpoint)
        self.model.load_state(checkpoint)
        self._planted.load_state(checkpoint)
        self._rule = rule
        self._generator.set_state(torch.tensor(checkpoint["generator"], dtype=torch.uint8))
        self.step, self.loss, self._diverged = int(checkpoint["step"]), math.nan, None

    def evaluate(self, split: str, limit: int | None = None) -> float:
        """Mean loss over a split ("train", "val", "test", "all") or its first `limit` examples, in evaluation mode.

        Of single predictions from a full context and without the penalty, however the model is trained, so that losses
        of all models compare. The words of a split are shuffled, so its first examples are a fair sample.
        """
        contexts, targets = (array[:limit] for array in self.dataset.examples(split, self.config.context))
        total = 0.0
        for start in range(0, len(contexts), EVALUATION_CHUNK):
            chunk = slice(start, start + EVALUATION_CHUNK)
            total += cross_entropy(self.model.evaluate(contexts[chunk]), targets[chunk]) * len(targets[chunk])
        return total / len(contexts)


def weights_of(checkpoint: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The model's own part of a checkpoint: weights and BatchNorm buffers, by name."""
    others = (PREFIX, PLANTED)
    return {name: array for name, array in checkpoint.items() if name not in PROGRESS and not name.startswith(others)}


def weights_sha256(state: dict[str, np.ndarray]) -> str:
    """One number for all weights and BatchNorm buffers of a `model.state()` or a checkpoint, whatever its order.

    The arrays' bytes, layer by layer; within a layer by name.
    """
    digest = hashlib.sha256()
    weights = weights_of(state)
    for name in sorted(weights, key=_natural):
        digest.update(np.ascontiguousarray(weights[name], "<f4").tobytes())
    return digest.hexdigest()


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts "10.Tanh" after "9.BatchNorm1d": numbers by value, the rest by letter."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in name.split(".")]
