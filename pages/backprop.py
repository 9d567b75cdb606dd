"""How does the gradient get back to every number?"""

from explorer.labs.backprop.lab import backprop_lab, look_for
from explorer.panels.lens import head, more

head(
    "How does the gradient get back to every number?",
    look_for(),
    help="A gradient says how the loss changes when a number changes. The backward pass goes from the loss up to the "
    "parameters, one small step at a time.",
)
backprop_lab()
more(
    "The chain rule goes one step at a time: the gradient that arrives, times the slope of the step. Three rules carry "
    "you through. A gradient has the **shape of its tensor**. What was **broadcast** forward is **summed** backward, "
    "and the other way round. A tensor that is used **twice** gets both gradients, added. Each is compared with "
    "autograd's: **exact** means every bit, **approximately equal** all but float noise.",
    page="backprop",
    try_this="Solve dlogits without the path through logit_maxes and read the verdict; then find out why this gradient "
    "is 0.",
)
