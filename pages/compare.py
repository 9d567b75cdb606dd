"""Where do two runs part?"""

from explorer.panels.compare import compare_panel, look_for
from explorer.panels.lens import head, more
from explorer.panels.run.state import current_run

head(
    "Where do two runs part?",
    look_for(),
    help="Two runs with the same words, layers and seed take the same numbers, to the last bit, until something that "
    "differs between them first matters.",
)
compare_panel(current_run())
more(
    "Change one thing and look what it changes: that is how the course finds out what matters. A fork begins with its "
    "parent's weights and draws the same batches, so whatever is different afterwards comes from what you changed. "
    "Both runs are taken once more, side by side, from their last checkpoint in common; each step reads its batch, "
    "puts out layer after layer, has a loss, gradients from the last layer back to the first, and changes the weights. "
    "The first number of all that differs is where they part.",
    page="compare",
    try_this="On Train, fork a run at step 1,000 with a tenth of its learning rate. Then look which layers' weights "
    "have moved apart most after another 1,000 steps.",
)
