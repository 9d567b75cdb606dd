"""How should a network start?"""

from explorer.labs.initialisation.lab import initialisation_lab, look_for
from explorer.panels.lens import head, more

head(
    "How should a network start?",
    look_for(),
    help="Five ways to begin one network, each a fix more than the one before: the small network of part 2, 3 "
    "characters in, 200 tanh units.",
)
initialisation_lab()
more(
    "A network starts with random weights, and their **scale** decides what it can learn at first. Output weights "
    "that are too large make it sure of wrong characters, and thousands of steps go into taking that back. Hidden "
    "weights that are too large push tanh to its flat ends, where hardly any gradient gets through. Weights of "
    "randn × gain / √(fan-in) keep the spread of a layer’s sums: the gain (5/3 for tanh, √2 for ReLU) makes up for "
    "what the nonlinearity squeezes (**kaiming**). In deep networks small errors of scale multiply from layer to "
    "layer. For linear and ReLU one gain keeps outputs and gradients level. For tanh none does both: 5/3 keeps the "
    "outputs, while gradients grow by 10% a layer on their way back; near 1.1 gradients stay level and outputs fade. "
    "**BatchNorm** sets the spread anew at each layer, so the gain no longer matters. Its gradients have a growth of "
    "their own, 9% a layer with tanh and 21% with ReLU, as they are divided by the spread that was taken out.",
    page="initialisation",
    try_this="Under “Depth and gain” choose linear with 50 layers, then move the gain a little off 1.",
)
