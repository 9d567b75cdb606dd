"""Which numbers stand beside the histograms of a picture, and what its two columns are called.

>>> OUTPUTS.left, [number.heading for number in OUTPUTS.numbers]
('outputs', ['mean', 'std', 'saturated', 'dead'])
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    """A column of numbers: its heading, which statistic, and what the heading's tooltip explains."""

    heading: str
    stat: str
    tip: str
    percent: bool = False
    warn_above: float = float("inf")
    of: str = "left"  # which of the row's two tensors it is a number of


@dataclass(frozen=True)
class Layout:
    """What the two columns of histograms are called, and which numbers stand beside them."""

    left: str
    right: str
    numbers: tuple[Number, ...]
    side: Number | None  # written within the right column
    paired: bool = False  # both histograms of a row are of one tensor, and share a scale of their own


# In place of "saturated" beside a ReLU: half of its outputs may well be 0.
ZERO = Number("zero", "saturated", "share of ReLU outputs that are 0, where it passes no gradient on", True)
_MEAN = Number("mean", "mean", "the average of the layer's numbers over the batch")
_STD = Number("std", "std", "standard deviation: how far the numbers spread around their mean")
OUTPUTS = Layout(
    "outputs",
    "weights",
    (
        _MEAN,
        _STD,
        Number("saturated", "saturated", "share of tanh outputs beyond ±0.97, where its slope is almost 0", True, 0.3),
        Number("dead", "dead", "share of units that are saturated for every example of the batch", True, 0.0),
    ),
    Number("std", "std", "standard deviation of the weights"),
)
GRADIENTS = Layout(
    "output gradients",
    "weight gradients",
    (
        _MEAN,
        _STD,
        Number("lowest", "min", "the smallest gradient in this batch"),
        Number("highest", "max", "the largest gradient in this batch"),
    ),
    Number("std", "std", "standard deviation of the weights' gradients"),
)


def _beside(stat: str, tip: str, percent: bool = False, warn_above: float = float("inf")) -> tuple[Number, Number]:
    """One statistic of both columns, where they are the same tensor in two runs."""
    return (
        Number(stat, stat, f"in this run: {tip}", percent, warn_above),
        Number("beside", stat, f"in the other run: {tip}", percent, warn_above, of="right"),
    )


_SPREAD = _beside("std", "how far the numbers spread around their mean")
COMPARED = Layout("this run", "the other", (*_SPREAD, *_beside("mean", "the average of the numbers")), None, True)
COMPARED_OUTPUTS = Layout(
    "this run",
    "the other",
    (*_SPREAD, *_beside("saturated", "share of tanh outputs beyond ±0.97, of ReLU outputs that are 0", True, 0.3)),
    None,
    True,
)
