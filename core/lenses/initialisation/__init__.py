"""How a network starts: the five states of part 3, and what depth and gain do to its signals."""
