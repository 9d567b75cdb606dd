"""What does a model learn from?"""

from explorer.labs.data.lab import data_lab, look_for
from explorer.panels.lens import head, more

head(
    "What does a model learn from?",
    look_for(),
    help="The characters that a model sees are its context. What it should predict is the target.",
)
data_lab()
more(
    "A word of four letters is five examples: one for each letter, and one for its end. The longer the context, the "
    "more a model could know and the fewer contexts come twice: of the 27 x 27 x 27 possible ones of three characters "
    "a list of names has less than a third. That is the **curse of dimensionality**. A table of counts cannot get "
    "around it; a network can, because contexts that are alike lie close together in it. Words are split once into "
    "**train** (the weights fit these), **val** (settings are chosen by these) and **test** (looked at once, at the "
    "end).",
    page="data",
    try_this="Type your own name and drag the context from 1 to 8. Then see under Contexts how many of all contexts "
    "of 8 the data has.",
)
