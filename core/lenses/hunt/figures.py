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
    says: str  # what is measured: "the first loss is {} times that of guessing"
    claim: str  # what it means above the line, as one says what one saw
    page: str  # the lens that shows it
    line: float
    series: Callable[[Record], Points]
    decides: str = "last"  # or "first"
    view: str | None = None  # the view of that page, as the URL names it; None: the usual one

    def value(self, record: Record) -> float | None:
        """None where the run has not recorded enough to say."""
        values = [value for _, value in self.series(record) if math.isfinite(value)]
        if not values:
            return None
        return values[0 if self.decides == "first" else -1]

    def told(self, value: float) -> str:
        """What is measured, with its value."""
        return self.says.format(spelt(value))

    def beyond(self) -> str:
        """What is over the line, in words: of a count the first number that is."""
        counted = self.says.startswith("the number of")
        return f"at least {math.floor(self.line) + 1}" if counted else f"above {spelt(self.line)}"

    def crossed(self, record: Record) -> bool:
        value = self.value(record)
        return value is not None and value > self.line


def spelt(value: float) -> str:
    """Three digits, with a true minus; 0 for what rounding leaves."""
    if abs(value) < 5e-4:
        return "0"
    return f"{value:.3g}".replace("-", "−") if abs(value) < 1e6 else f"{value:.1e}"


FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure(
            "first_loss",
            "the first loss is {} times that of guessing",
            "The first loss is far above that of guessing",
            "train",
            1.5,
            series.first_loss,
            decides="first",
        ),
        Figure("loss_risen", "the last loss minus the first is {}", "The loss rises", "train", 0.0, series.loss_risen),
        Figure(
            "validation_gap",
            "the validation loss minus that of the batches is {}",
            "Validation is far above the batches' loss from early on",
            "train",
            0.2,
            series.validation_gap,
        ),
        Figure(
            "batch_loss_to_validation",
            "the batches' loss is {} times that of validation",
            "The batches' loss is many times that of validation",
            "train",
            3.0,
            series.batch_to_validation,
        ),
        Figure(
            "statistics_a_channel",
            "the number of running means for each channel is {}",
            "BatchNorm keeps several statistics for one channel",
            "activations",
            1.5,
            series.statistics_a_channel,
            view="batchnorm",
        ),
        Figure(
            "running_apart",
            "the distance of the running means from the batch's is {} standard deviations",
            "BatchNorm's running statistics are not those of the batches",
            "activations",
            0.35,
            series.running_apart,
            view="batchnorm",
        ),
        Figure(
            "fading",
            "the first layer's outputs spread {} times as wide as the last's",
            "Outputs shrink from layer to layer at the first step",
            "activations",
            1.5,
            series.fading,
            decides="first",
        ),
        Figure(
            "dead_units",
            "the share of dead units in the worst layer is {}",
            "Most units of a layer are dead",
            "activations",
            0.5,
            series.dead_units,
        ),
        Figure(
            "gradients_grow",
            "beside that of the scores, the last weights' gradient is {} times its first size",
            "Gradients of the weights grow from step to step",
            "gradients",
            2.0,
            series.gradients_grow,
            view="gradient-data",
        ),
        Figure(
            "without_gradient",
            "the number of Linear layers whose gradient is exactly 0 is {}",
            "A layer's weights get no gradient",
            "gradients",
            0.5,
            series.without_gradient,
        ),
        Figure(
            "embedding_still",
            "the number of embeddings whose gradient is exactly 0 is {}",
            "The embedding's weights get no gradient",
            "gradients",
            0.5,
            series.embedding_still,
        ),
        Figure(
            "company",
            "predicting a text alone, not among others, moves {} of the probability",
            "A prediction depends on what else is predicted at the same time",
            "predict",
            0.05,
            series.company,
            view="what-it-goes-by",
        ),
        Figure(
            "one_too_far",
            "the loss on the next character minus that on the one after it is {}",
            "It foretells the character after the next",
            "predict",
            0.2,
            series.one_too_far,
            view="what-it-goes-by",
        ),
        Figure(
            "backwards",
            "the loss on contexts as they stand minus that on contexts turned round is {}",
            "It does better where the text is turned round",
            "predict",
            0.1,
            series.backwards,
            view="what-it-goes-by",
        ),
    )
}
