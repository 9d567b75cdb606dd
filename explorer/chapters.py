"""Where the course explains what a page shows.

>>> print(CHAPTERS["activations"])
part 5, from 00:38:50, “The BatchNorm1d bug”
"""

from typing import NamedTuple


class Chapter(NamedTuple):
    part: int  # of the course, 1 to 5
    title: str
    start: str = ""  # hours, minutes and seconds into that part; "" is all of it

    def __str__(self) -> str:
        return f"part {self.part}, {f'from {self.start}, ' if self.start else ''}“{self.title}”"


CHAPTERS = {
    "learning_rate": Chapter(2, "MLP"),
    "data": Chapter(2, "MLP"),
    "bigram": Chapter(1, "Building makemore"),
    "train": Chapter(5, "The learning-rate plot", "00:06:56"),
    "products": Chapter(5, "Implementing it", "00:21:36"),
    "shapes": Chapter(5, "Implementing it", "00:21:36"),
    "receptive_field": Chapter(5, "WaveNet overview", "00:17:11"),
    "convolution": Chapter(5, "Dilated causal convolutions", "00:47:44"),
    "activations": Chapter(5, "The BatchNorm1d bug", "00:38:50"),
    "compare": Chapter(5, "Experimental harness", "00:46:58"),
    "black_box": Chapter(5, "The development process", "00:52:28"),
    "your_model": Chapter(3, "Activations & gradients, BatchNorm"),
    "gradients": Chapter(5, "The development process", "00:52:28"),
    "initialisation": Chapter(3, "Activations & gradients, BatchNorm"),
    "batchnorm": Chapter(3, "Activations & gradients, BatchNorm"),
    "backprop": Chapter(4, "Becoming a backprop ninja"),
    "hunt": Chapter(5, "The development process", "00:52:28"),
    "predict": Chapter(5, "Improve on my loss", "00:55:26"),
}
