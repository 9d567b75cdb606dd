"""The five states of part 3: one network, begun in five ways.

>>> [state.name for state in STATES]
['as is', 'softmax', 'tanh', 'kaiming', 'BatchNorm']
>>> print(STATES[2].text(vocab_size=27))
Embedding(27, 10)
FlattenConsecutive(3)
Linear(30, 200, std=0.2, bias_std=0.01)
Tanh()
Linear(200, 27, std=0.01)
>>> model = start(STATES[0], names, seed=42)      # ready for batches of 32

A state is a model text, which trains on the Train page too. One seed gives all of them the same random numbers (but the
last, which has no hidden bias to draw, other output weights): a state only scales them.
"""

from dataclasses import dataclass

import torch

from core.dataset import Dataset
from core.nn.sequential import Sequential

CONTEXT, N_EMBD, N_HIDDEN, BATCH = 3, 10, 200, 32
KAIMING = round((5 / 3) / (CONTEXT * N_EMBD) ** 0.5, 3)  # a tanh network's gain / sqrt(fan_in): 0.304
CALM = 0.01  # of the output weights: the first logits are close to 0, so that no character seems certain


@dataclass(frozen=True)
class State:
    """What the weights start with, as standard deviations; and what the course measured after 200,000 steps."""

    name: str
    fix: str  # what is done in this state that was not in the one before, in a few words
    hidden: float
    hidden_bias: float
    output: float
    output_bias: float
    train_loss: float  # the course's
    val_loss: float
    norm: bool = False

    def text(self, vocab_size: int) -> str:
        """The model text. With BatchNorm the hidden layer has no bias: the norm would take it out."""
        bias = "bias=False" if self.norm else f"bias_std={self.hidden_bias}"
        spread = f"std={self.output}" + (f", bias_std={self.output_bias}" if self.output_bias else "")
        return "\n".join(
            [
                f"Embedding({vocab_size}, {N_EMBD})",
                f"FlattenConsecutive({CONTEXT})",
                f"Linear({CONTEXT * N_EMBD}, {N_HIDDEN}, std={self.hidden}, {bias})",
                *([f"BatchNorm1d({N_HIDDEN})"] if self.norm else []),
                "Tanh()",
                f"Linear({N_HIDDEN}, {vocab_size}, {spread})",
            ]
        )


STATES = (
    State("as is", "all plain randn", 1.0, 1.0, 1.0, 1.0, 2.12, 2.17),
    State("softmax", "output W × 0.01, b 0", 1.0, 1.0, CALM, 0.0, 2.07, 2.13),
    State("tanh", "hidden W × 0.2, b × 0.01", 0.2, 0.01, CALM, 0.0, 2.036, 2.103),
    State("kaiming", "hidden W × (5/3)/√30", KAIMING, 0.01, CALM, 0.0, 2.038, 2.107),
    State("BatchNorm", "norm before the tanh", KAIMING, 0.0, CALM, 0.0, 2.067, 2.105, norm=True),
)


def start(state: State, dataset: Dataset, seed: int) -> Sequential:
    """The connected network with its first weights."""
    generator = torch.Generator().manual_seed(seed)
    model = Sequential.from_text(state.text(dataset.vocab_size), CONTEXT, generator)
    model.connect(BATCH)
    return model
