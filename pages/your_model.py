"""What goes on inside a model of your own?"""

from explorer.panels.lens import head, more
from explorer.panels.watched.your_model import your_model_panel

head(
    "What goes on inside your own model?",
    "Three lines around any PyTorch loop; every page that looks into layers then shows it, live while it trains.",
    findings=True,
)
your_model_panel()
more(
    "`watch` asks torch to be told of forward passes and optimiser steps while the block is open, looks at few steps "
    "(the first ones, then ever fewer, and every `every`-th) and writes what it saw into the same store that this app "
    "reads. Your model is not changed, the loss has the same bits, and nothing is left behind when the block ends. "
    "**Update : data** is measured from what the weights really did, so it holds for any optimiser. A **module** is "
    "seen by what it puts out; functions such as `torch.relu` are none, so they have no row.",
    page="your_model",
    try_this="Watch your model with `every=50`, open Gradients, Update : data, and see which weights move far less "
    "than a thousandth of their size.",
)
