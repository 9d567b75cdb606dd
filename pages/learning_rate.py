"""Which learning rate suits this model?"""

from explorer.labs.learning_rate.lab import learning_rate_lab
from explorer.panels.lens import head, more

head(
    "Which learning rate suits this model?",
    "Look for the valley: on its left the steps are too small to get anywhere, on its right they are so large that "
    "they throw the weights about.",
    help="The learning rate says how far a step moves the weights along their gradient. Here each of the steps takes "
    "a slightly larger one than the step before.",
)
learning_rate_lab()
more(
    "The loss of each step is drawn against the exponent of its learning rate, and smoothed (geometric means, weighted "
    "by a Gaussian a fortieth of all steps wide). Your reading starts at the smallest rate of the valley: larger ones "
    "do as well in a short search, but in a long training their noise costs more than their speed brings. The search "
    "trains a model of its own, so nothing of a run changes; where the loss explodes it stops.",
    page="learning_rate",
    try_this="Raise the upper exponent to 2 and watch the loss explode; then start from the weights of a run that is "
    "trained and see how much smaller the best rate has become.",
)
