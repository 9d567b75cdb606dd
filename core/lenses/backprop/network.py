"""The network of part 4 on one batch: its numbers, and what autograd says their gradients are.

>>> look = first_look(Dataset.builtin())
>>> len(look.gradients), look.values["hprebn"].shape, round(look.loss, 4)
(26, torch.Size([32, 64]), 3.4742)
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from core.dataset import Dataset
from core.lenses.backprop.expressions import run
from core.lenses.backprop.forward import BATCH, CONTEXT, N_EMBD, N_HIDDEN, STEPS

SEED = 2147483647  # the course's
Batch = tuple[Tensor, Tensor]  # Xb int64 (n, context), Yb int64 (n,)


@dataclass(frozen=True)
class Look:
    """One forward and backward pass. `values` and `gradients` by name, detached; `loss` is no tensor of the 26."""

    batch: Batch
    values: dict[str, Tensor]  # parameters and steps, the loss among them
    gradients: dict[str, Tensor]  # autograd's, of all but the loss

    @property
    def loss(self) -> float:
        return self.values["loss"].item()

    @property
    def names(self) -> dict[str, Tensor | int]:
        """What an expression may read before any gradient is there."""
        xb, yb = self.batch
        return {**self.values, "Xb": xb, "Yb": yb, "n": len(yb)}


def draw(vocab_size: int, generator: torch.Generator, hidden: int = N_HIDDEN) -> dict[str, Tensor]:
    """The parameters as the course draws them: biases and gains a little off 0 and 1, so that no mistake hides."""
    fan_in = CONTEXT * N_EMBD

    def randn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    return {
        "C": randn(vocab_size, N_EMBD),
        "W1": randn(fan_in, hidden) * (5 / 3) / fan_in**0.5,
        "b1": randn(hidden) * 0.1,
        "W2": randn(hidden, vocab_size) * 0.1,
        "b2": randn(vocab_size) * 0.1,
        "bngain": randn(1, hidden) * 0.1 + 1.0,
        "bnbias": randn(1, hidden) * 0.1,
    }


def examples(dataset: Dataset, split: str = "train") -> Batch:
    """All contexts and targets of a split, as torch tensors of their own."""
    contexts, targets = dataset.examples(split, CONTEXT)
    return torch.tensor(contexts), torch.tensor(targets)


def draw_batch(data: Batch, generator: torch.Generator) -> Batch:
    picked = torch.randint(0, len(data[1]), (BATCH,), generator=generator)
    return data[0][picked], data[1][picked]


def forward(parameters: Mapping[str, Tensor], batch: Batch) -> dict[str, Tensor]:
    """Every step's value by name, in order; the parameters are not among them."""
    names = {**parameters, "Xb": batch[0], "Yb": batch[1], "n": len(batch[1])}
    values = {}
    for step in STEPS:
        values[step.name] = names[step.name] = run(step.program, names, step.name)
    return values


def look_at(parameters: Mapping[str, Tensor], batch: Batch) -> Look:
    """A forward pass and autograd's gradient of every tensor."""
    leaves = {name: value.detach().requires_grad_() for name, value in parameters.items()}
    steps = forward(leaves, batch)
    every = {**leaves, **steps}
    wanted = [name for name in every if name != "loss"]
    gradients = torch.autograd.grad(steps["loss"], [every[name] for name in wanted])
    return Look(
        batch, {name: value.detach() for name, value in every.items()}, dict(zip(wanted, gradients, strict=True))
    )


def first_look(dataset: Dataset) -> Look:
    """The course's own start: its seed draws the parameters, then the first batch."""
    generator = torch.Generator().manual_seed(SEED)
    parameters = draw(dataset.vocab_size, generator)
    return look_at(parameters, draw_batch(examples(dataset), generator))
