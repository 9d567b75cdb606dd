"""The command line: one file a verb, each with `add(parsers)` and the function that does it."""
