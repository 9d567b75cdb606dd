"""What can go wrong with runs, each one clear sentence."""


class StoreError(Exception):
    """The run store cannot be read or written: which file, and what to do."""


class NotNow(StoreError):
    """The store cannot be written at the moment: nothing of what is stored is harmed, trying again will work."""


class DiskFull(NotNow):
    """There is no room to write."""


class Busy(NotNow):
    """Another program holds the store's file for longer than anybody needs to."""


class Unreadable(StoreError):
    """What the store says of a run makes no sense: another version wrote it, or somebody changed it."""


class NoSuchRun(StoreError):
    """There is no run of that name in the store."""

    def __init__(self, run_id: str):
        super().__init__(f"There is no run {run_id!r} here: `python -m core runs` lists those there are.")


class WordsInUse(StoreError):
    """A list of words cannot be removed while runs need it."""

    def __init__(self, name: str, runs: int):
        count = "1 run was" if runs == 1 else f"{runs:,} runs were"
        super().__init__(f"{name} stays: {count} trained on these words and cannot go on without them.")


class NotResumable(Exception):
    """Why a run cannot go on, and what to do instead."""


class NotForkable(Exception):
    """Why there is no fork of a run with these changes, and what to do instead."""


class InUse(StoreError):
    """A run cannot be deleted while a worker holds it."""

    def __init__(self, run_id: str):
        super().__init__(f"The run {run_id} is being worked on: stop it first, then delete it.")


class BadName(StoreError):
    """What somebody wants to call a run is no name."""
