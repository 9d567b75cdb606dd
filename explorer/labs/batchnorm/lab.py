"""BatchNorm: seven questions, one picture each.

>>> batchnorm_lab()
"""

from explorer.labs.batchnorm.company import company_view
from explorer.labs.batchnorm.convergence import statistics_view
from explorer.labs.batchnorm.counts import bug_view, variance_view
from explorer.labs.batchnorm.mistakes import batch_of_one_view, left_on_view, useless_bias_view
from explorer.labs.words import words
from explorer.panels.view_switch import chosen_view, view_switch

VIEW = "norm_view"
VIEWS = {  # what to look for, and the picture
    "Move one": ("Move one example: in training mode all the others move too, in evaluation mode none.", company_view),
    "Three statistics": ("Look how far the running line is from the dashed one, and what it costs.", statistics_view),
    "Mode left on": ("Look how the same context gets another answer in each other batch.", left_on_view),
    "Batch of one": ("Look what comes out where the batch is a single example, and type another.", batch_of_one_view),
    "3-D bug": ("Look how the bug takes four means where one is right, each from a quarter of the numbers.", bug_view),
    "n or n − 1": ("Look how the variance over n shrinks with the batch, and that over n − 1 does not.", variance_view),
    "Useless bias": ("Look how far below the others the gradient of the bias before the norm is.", useless_bias_view),
}


def look_for() -> str:
    """The sentence that belongs to the chosen question."""
    return VIEWS[chosen_view(VIEW, VIEWS)][0]


def batchnorm_lab() -> None:
    VIEWS[view_switch(VIEW, VIEWS, "Question")][1](words())
