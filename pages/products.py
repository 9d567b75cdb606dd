"""Which shapes fit together?"""

from explorer.labs.products.lab import look_for, products_lab
from explorer.panels.lens import head, more

head(
    "Which shapes fit together?",
    look_for(),
    help="A shape is how many numbers a tensor holds along each of its dimensions.",
)
products_lab()
more(
    "`@` multiplies the last dimension of a with the last but one of b and treats all earlier ones as batch: that is "
    "why a Linear layer works on (B, T, C) as it does on (B, C), at every position with the same weights. Number by "
    "number, shapes are aligned at the right, and a 1 or a missing dimension is repeated. `FlattenConsecutive(n)` is "
    "`x.view(B, T // n, C * n)`: the same numbers as the slices `x[:, 0::n]`, `x[:, 1::n]` and so on, concatenated "
    "along the last dimension, without moving one of them.",
    page="products",
    try_this="Under a + b choose `27, 27 + 27`: it fits, yet it is the course's classic mistake when each row is to be "
    "divided by its own sum. What does the b have to look like?",
)
