"""How far does counting pairs get?"""

from explorer.labs.bigram.lab import bigram_lab, look_for
from explorer.panels.lens import head, more

head(
    "How far does counting pairs get?",
    look_for(),
    help="A bigram is a pair of neighbours. The bigram model knows only the last character. Shades of "
    "its counts grow with the square root.",
)
bigram_lab()
more(
    "The simplest language model counts how often each character follows each other one; a row of counts, divided by "
    "its sum, is a distribution to draw the next character from. How good it is, one number says: the mean of −log "
    "probability over all pairs, its **loss**. A network of one layer comes to the same place by another way. A "
    "character goes in as a **one-hot** row, which picks a row of the weights W; these **logits** are log-counts, exp "
    "makes counts of them, and dividing by their sum (**softmax**) makes probabilities. Gradient descent cannot beat "
    "the counts, but it still works where there are too many contexts to count.",
    page="bigram",
    try_this="Type `andrejq` under The loss of a word, and drag the smoothing to 0.",
)
