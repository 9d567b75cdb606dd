"""What does each layer put out?"""

from explorer.panels.frames.layers import layer_views, look_for
from explorer.panels.lens import head, more
from explorer.panels.run.state import current_run

head(
    "What does each layer put out?",
    look_for("activations"),
    help="An activation is what a layer puts out. A tanh squashes it into −1 to 1: near the ends its slope is almost "
    "0. A ReLU makes 0 of all below 0, where it has no slope. A unit that stays there hardly learns.",
    findings=True,
)
layer_views(current_run(), "activations")
more(
    "Each row is one layer, from input to output, with the numbers it put out for one batch and the weights that "
    "made them. If the histograms grow wider from layer to layer, later layers saturate; if they shrink, all "
    "examples look the same to them. BatchNorm holds them in place: it brings every channel to mean 0 and standard "
    "deviation 1 before the tanh. **Saturated** is the share of outputs beyond ±0.97. A unit that is saturated for "
    "every example is **dead**: no gradient passes it, so its weights stand still.",
    page="activations",
    try_this="Train `wavenet-bug` and `wavenet`, then compare their BatchNorm pictures: the bug keeps statistics for"
    " every position apart.",
)
