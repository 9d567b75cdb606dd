"""What is wrong with this run?"""

from explorer.panels.hunt.panel import hunt_panel
from explorer.panels.lens import head, more

head(
    "What is wrong with this run?",
    "A run is trained with a bug that you are not told of, or with none. Read it in the lenses, then say what it is.",
)
hunt_panel()
more(
    "Most bugs of a network raise no error: it trains, only worse. What tells them apart are figures that a healthy "
    "run keeps within bounds: the first loss, which is that of guessing; batches and validation, which fall together; "
    "outputs and gradients of about one size from layer to layer; running statistics that follow the batches'. Each "
    "bug lifts one of these over a line, and each answer is held against the run's own figures.",
    page="hunt",
    try_this="Plant a bug yourself: on Train, set up a new run, open Advanced and choose one. Its name is shown then: "
    "you know what you are looking at.",
)
