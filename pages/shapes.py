"""What shape comes out of each layer?"""

from explorer.panels.lens import head, more
from explorer.panels.shapes import look_for, shapes_panel

head(
    "What shape comes out of each layer?",
    look_for(),
    help="B: examples in a batch. T: positions, at first one a character. C: channels, the numbers at each position.",
    findings=True,
)
shapes_panel()
more(
    "`@` multiplies the last dimension and treats all earlier ones as batch: a Linear layer works on every position "
    "apart, with the same weights. `FlattenConsecutive(n)` is only a view: no number moves, n neighbouring positions"
    " become one with n times the channels, and a T of 1 is dropped. The flat model does this once for all "
    "characters; the hierarchical one does it in pairs, level by level, so that information flows together slowly.",
    page="shapes",
    try_this="Press Edit and change one `FlattenConsecutive(2)` to 4: the error says what the next layer has to be.",
)
