"""The chapter of part 5 of the course that explains what a page shows.

>>> CHAPTERS["activations"]
Chapter(start='00:38:50', title='The BatchNorm1d bug')
"""

from typing import NamedTuple


class Chapter(NamedTuple):
    start: str  # hours, minutes and seconds into the lecture
    title: str


CHAPTERS = {
    "train": Chapter("00:06:56", "The learning-rate plot"),
    "shapes": Chapter("00:21:36", "Implementing it"),
    "receptive_field": Chapter("00:17:11", "WaveNet overview"),
    "activations": Chapter("00:38:50", "The BatchNorm1d bug"),
    "gradients": Chapter("00:52:28", "The development process"),
    "predict": Chapter("00:55:26", "Improve on my loss"),
}
