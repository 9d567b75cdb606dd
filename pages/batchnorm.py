"""What does BatchNorm do to a batch?"""

from explorer.labs.batchnorm.lab import batchnorm_lab, look_for
from explorer.panels.lens import head, more

head(
    "What does BatchNorm do to a batch?",
    look_for(),
    help="BatchNorm brings each channel to mean 0 and standard deviation 1: in training mode by the batch’s own mean "
    "and variance, in evaluation mode by constants kept from training.",
)
batchnorm_lab()
more(
    "BatchNorm ties the examples of a batch together: each is measured by the mean and deviation of all. That keeps "
    "every layer’s signals in range and adds a little noise, which helps against overfitting; it is also where bugs "
    "come from. **Running** statistics follow the batches while training; **calibrated** ones are taken over the "
    "whole data afterwards; both stand in for the batch in **evaluation mode**, so that a lone example can be asked. "
    "On (B, T, C) the mean must be taken over (0, 1): over 0 alone it is another mean for every position, each from "
    "fewer numbers.",
    page="batchnorm",
    try_this="Under “Move one” take 2 examples and move the first: after the norm both stand at ±0.71, wherever it is. "
    "Why?",
)
