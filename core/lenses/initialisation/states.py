"""The five states of part 3: one network, begun in five ways.

>>> [state.name for state in STATES]
['as is', 'softmax', 'tanh', 'kaiming', 'BatchNorm']
>>> model, generator = start(STATES[0], names, seed=42)      # ready for batches of 32

All five start from the same random numbers, in the course's order (characters' vectors, hidden weights, hidden biases,
output weights, output biases); a state only scales them. Batches are drawn from the generator that comes back, so that
all five also see the same examples.
"""

from dataclasses import dataclass

import torch

from core.dataset import Dataset
from core.nn.sequential import Sequential

CONTEXT, N_EMBD, N_HIDDEN, BATCH = 3, 10, 200, 32
FAN_IN = CONTEXT * N_EMBD
KAIMING = (5 / 3) / FAN_IN**0.5  # a tanh network's gain / sqrt(fan_in): 0.304
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
        hidden = [f"Linear({FAN_IN}, {N_HIDDEN}, bias=False)", f"BatchNorm1d({N_HIDDEN})"]
        if not self.norm:
            hidden = [f"Linear({FAN_IN}, {N_HIDDEN})"]
        ends = (
            f"Embedding({vocab_size}, {N_EMBD})",
            f"FlattenConsecutive({CONTEXT})",
            f"Linear({N_HIDDEN}, {vocab_size})",
        )
        return "\n".join([*ends[:2], *hidden, "Tanh()", ends[2]])


STATES = (
    State("as is", "all plain randn", 1.0, 1.0, 1.0, 1.0, 2.12, 2.17),
    State("softmax", "output W × 0.01, b 0", 1.0, 1.0, CALM, 0.0, 2.07, 2.13),
    State("tanh", "hidden W × 0.2, b × 0.01", 0.2, 0.01, CALM, 0.0, 2.036, 2.103),
    State("kaiming", "hidden W × (5/3)/√30", KAIMING, 0.01, CALM, 0.0, 2.038, 2.107),
    State("BatchNorm", "norm before the tanh", KAIMING, 0.0, CALM, 0.0, 2.067, 2.105, norm=True),
)


def start(state: State, dataset: Dataset, seed: int) -> tuple[Sequential, torch.Generator]:
    """The connected network with its first weights, and the generator that goes on with the batches."""
    vocab = dataset.vocab_size
    model = Sequential.from_text(state.text(vocab), CONTEXT)
    model.connect(BATCH)
    generator = torch.Generator().manual_seed(seed)
    weights = model.state()
    last = len(model.layers)
    for name, shape, std in (
        ("1.Embedding.weight", (vocab, N_EMBD), 1.0),
        ("3.Linear.weight", (FAN_IN, N_HIDDEN), state.hidden),
        ("3.Linear.bias", (N_HIDDEN,), state.hidden_bias),
        (f"{last}.Linear.weight", (N_HIDDEN, vocab), state.output),
        (f"{last}.Linear.bias", (vocab,), state.output_bias),
    ):
        drawn = torch.randn(shape, generator=generator) * std  # drawn in any case: the next ones stay the same
        if name in weights:
            weights[name] = drawn.numpy()
    model.load_state(weights)
    return model, generator
