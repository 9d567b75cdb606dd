"""Figures that tell a run with a bug from a healthy one: each a number over the steps, and a line that it crosses.

>>> figure = FIGURES["first_loss"]
>>> figure.value(record), figure.crossed(record)        # of a record of `records.py`
(5.31, True)

Above its line something is wrong. Where a run diverges, a figure is what it was at the last moment it could be read.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from core.lenses.hunt import series
from core.lenses.hunt.records import Record
from core.lenses.hunt.series import Points


@dataclass(frozen=True)
class Figure:
    """`series(record)` are its values by step; the last decides, or the first."""

    name: str
    title: str  # what is measured
    claim: str  # what it means above the line, as one says what one saw
    page: str  # the lens that shows it
    line: float
    series: Callable[[Record], Points]
    decides: str = "last"  # or "first"

    def value(self, record: Record) -> float | None:
        """None where the run has not recorded enough to say."""
        values = [value for _, value in self.series(record) if math.isfinite(value)]
        if not values:
            return None
        return values[0 if self.decides == "first" else -1]

    def crossed(self, record: Record) -> bool:
        value = self.value(record)
        return value is not None and value > self.line


FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure(
            "first_loss",
            "First loss, as times that of guessing",
            "The first loss is far above that of guessing",
            "train",
            1.5,
            series.first_loss,
            decides="first",
        ),
        Figure("loss_risen", "Loss now minus the first one", "The loss rises", "train", 0.0, series.loss_risen),
        Figure(
            "validation_gap",
            "Validation loss minus that of the batches",
            "Validation is far above the batches' loss from early on",
            "train",
            0.2,
            series.validation_gap,
        ),
        Figure(
            "batch_loss_to_validation",
            "Loss of the batches, as times that of validation",
            "The batches' loss is many times that of validation",
            "train",
            3.0,
            series.batch_to_validation,
        ),
        Figure(
            "statistics_a_channel",
            "Running statistics for each channel",
            "BatchNorm keeps several statistics for one channel",
            "activations",
            1.5,
            series.statistics_a_channel,
        ),
        Figure(
            "running_apart",
            "Running means from the batch's, in standard deviations",
            "BatchNorm's running statistics are not those of the batches",
            "activations",
            0.35,
            series.running_apart,
        ),
        Figure(
            "fading",
            "Spread of the first layer's outputs, as times the last's",
            "Outputs shrink from layer to layer at the first step",
            "activations",
            1.5,
            series.fading,
            decides="first",
        ),
        Figure(
            "dead_units",
            "Share of dead units in the worst layer",
            "Most units of a layer are dead",
            "activations",
            0.5,
            series.dead_units,
        ),
        Figure(
            "gradients_grow",
            "Gradient of the last weights beside that of the scores, as times the first",
            "Gradients of the weights grow from step to step",
            "gradients",
            5.0,
            series.gradients_grow,
        ),
        Figure(
            "without_gradient",
            "Linear layers whose gradient is exactly 0",
            "A layer's weights get no gradient",
            "gradients",
            0.5,
            series.without_gradient,
        ),
        Figure(
            "embedding_still",
            "Embeddings whose gradient is exactly 0",
            "The embedding's weights get no gradient",
            "gradients",
            0.5,
            series.embedding_still,
        ),
        Figure(
            "company",
            "Probability that moves when a text is predicted alone, not among others",
            "A prediction depends on what else is predicted at the same time",
            "predict",
            0.05,
            series.company,
        ),
        Figure(
            "one_too_far",
            "Loss on the next character minus loss on the one after it",
            "It foretells the character after the next",
            "predict",
            0.2,
            series.one_too_far,
        ),
        Figure(
            "backwards",
            "Loss with the context as it stands minus loss with it turned round",
            "It does better where the text is turned round",
            "predict",
            0.1,
            series.backwards,
        ),
    )
}
