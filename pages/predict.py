"""What comes next?"""

from explorer.panels.lens import head, more
from explorer.panels.predict.next_character import predict_panel
from explorer.panels.run.state import current_run

head(
    "What comes next?",
    "Look how few letters share most of the probability, and how the bars change when you type one letter more.",
    findings=True,
)
predict_panel(current_run())
more(
    "A language model does one thing: from the last characters it gives every character a probability to come next. "
    "To make up a name, one character is drawn from that distribution, put behind the text, and the model is asked "
    "again, until it draws the end (a dot). Here the distribution is used as it is (temperature 1). A good model "
    "makes up names that sound right and are mostly new; one that only repeats its training data has learnt it by "
    "heart. *Its letters* shows where the embedding puts each character: those that are followed by the same letters "
    "come to lie together over thousands of steps, vowels first of all. *What it goes by* asks the model what it was "
    "not trained for: it should do worse there, and not mind what else is predicted at the same time.",
    page="predict",
    try_this="Drag the moment in the sidebar back to step 0 and forward again, and read the names it writes on the "
    "way. Then train a model with `Embedding(27, 2)` and do the same with its letters.",
)
