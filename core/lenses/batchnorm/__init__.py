"""What BatchNorm does to a batch, and what can go wrong with it: each question measured on the engine."""
