"""How should a network start?"""

from explorer.labs.initialisation_lab import initialisation_lab, look_for
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
    "layer; BatchNorm sets the spread anew at each one, whatever the gain.",
    page="initialisation",
    try_this="Under “Depth and gain” choose linear with 50 layers, then move the gain a little off 1.",
)
