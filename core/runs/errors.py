"""What can go wrong with runs, each one clear sentence."""


class StoreError(Exception):
    """The run store cannot be read or written: which file, and what to do."""


class DiskFull(StoreError):
    """There is no room to write: nothing of what is stored is harmed, and writing works again once there is."""


class NoSuchRun(StoreError):
    """There is no run of that name in the store."""

    def __init__(self, run_id: str):
        super().__init__(f"There is no run {run_id!r} here: `python -m core runs` lists those there are.")


class NotResumable(Exception):
    """Why a run cannot go on, and what to do instead."""
