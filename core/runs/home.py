"""Where runs live."""

import os
from pathlib import Path

from platformdirs import user_data_path

from core.runs.errors import StoreError


def home_folder(home: str | Path | None = None) -> Path:
    """The folder of the run store and its locks, created where it is missing.

    >>> home_folder("/tmp/lesson")
    PosixPath('/tmp/lesson')

    Without an argument: what the environment variable EXPLORER_HOME names, else the user's own data folder.
    Raises StoreError where no folder can be there.
    """
    folder = Path(home or os.environ.get("EXPLORER_HOME") or user_data_path("makemore-explorer", appauthor=False))
    folder = folder.expanduser().absolute()
    try:
        (folder / "locks").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The runs cannot be kept in {folder} ({error.strerror}): name another folder with EXPLORER_HOME."
        ) from None
    return folder
