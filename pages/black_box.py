"""What broke first?"""

from explorer.panels.black_box import black_box_panel
from explorer.panels.lens import head, more
from explorer.panels.run.state import current_run

head(
    "What broke first?",
    "Look for the first cross: one layer produced a number that is none, all after it only passed it on.",
    help="Inf is a number too large for float32, beyond 3.4e38. NaN, not a number, is what comes of Inf − Inf or "
    "0 × Inf. Whatever is computed from a NaN is NaN.",
)
black_box_panel(current_run())
more(
    "When a loss is NaN or Inf, the run goes back to a checkpoint before and takes its last steps once more, the same "
    "to the bit, and keeps all of them. A step uses its weights, computes outputs from the first layer to the last, "
    "the loss, and gradients from the last layer back to the first; then the update changes the weights. Whatever is "
    "broken though all it is computed from is finite was **produced** there; everything else was **passed on**. "
    "Usually the numbers grow for a few steps before: read the rows from left to right.",
    page="black_box",
    try_this="Train `wavenet` with a learning rate of 1e30, then a model of ReLUs without BatchNorm with 30.",
)
