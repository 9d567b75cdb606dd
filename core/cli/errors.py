"""Mistakes of the command line itself."""


class UsageError(Exception):
    """One line: what is wrong with the arguments, and what to write instead."""
