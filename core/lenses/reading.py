"""What a model goes by: its loss as contexts stand, with contexts turned round, on the character after the next.

>>> found = read(model, names)          # of a model that is trained
>>> found.loss, found.turned, found.after, found.moved
(2.41, 3.34, 3.02, 0.0)

A model that learns to go on with words does best on contexts as they stand, and does not care what else is predicted
at the same time.
"""

from dataclasses import dataclass

import numpy as np

from core.dataset import Dataset
from core.nn.loss import cross_entropy, softmax
from core.nn.sequential import Sequential

EXAMPLES = 1_000  # of the validation words
ALONE = 32  # of them, predicted once more one by one


@dataclass(frozen=True)
class Reading:
    """Losses in nats, all on the same contexts."""

    loss: float  # on the next character
    turned: float  # on the next character, where each context's characters stand in reverse order
    after: float  # on the character after the next
    moved: float  # the share of the probability, 0 to 1, that moves when a text is predicted alone, not among others


def read(model: Sequential, dataset: Dataset) -> Reading:
    """Of validation words, where they go on; NaN where the model's scores are not finite."""
    contexts, targets = (array[:EXAMPLES] for array in dataset.examples("val", model.context))
    within = np.flatnonzero(targets[:-1])  # what follows the end of a word is another word
    asked = contexts[within]
    logits = model.evaluate(asked)
    alone = np.concatenate([model.evaluate(context[None]) for context in asked[:ALONE]])
    return Reading(
        cross_entropy(logits, targets[within]),
        cross_entropy(model.evaluate(np.ascontiguousarray(asked[:, ::-1])), targets[within]),
        cross_entropy(logits, targets[within + 1]),
        float(np.abs(softmax(logits[:ALONE]) - softmax(alone)).sum(axis=1).mean() / 2),
    )
