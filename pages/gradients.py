"""Does the gradient reach every layer?"""

from explorer.panels.frames.layers import layer_views, look_for
from explorer.panels.lens import head, more
from explorer.panels.run.state import current_run

head(
    "Does the gradient reach every layer?",
    look_for("gradients"),
    help="A gradient says how the loss changes when a number changes. An update is the learning rate times the "
    "gradient: what a step takes off a weight.",
    findings=True,
)
layer_views(current_run(), "gradients")
more(
    "The backward pass starts at the loss and goes up through all layers. If gradients shrink on their way, the first "
    "layers stand still; if they grow, the first layers jump. **Update : data** compares the size of one step with the "
    "size of the weights: far above −3 a weight is thrown about, far below it learns too slowly. The last layer starts "
    "high because its weights are made small at the start, and comes down within a few hundred steps.",
    page="gradients",
    try_this="Train with a learning rate of 0.001 and look where the lines of update : data come to rest.",
)
