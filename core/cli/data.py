"""The words that `--data` names, read as the app reads an upload."""

import sys
from pathlib import Path

from core.dataset import Dataset, content
from core.lenses.data.word_file import read


def chosen(path: str | None) -> Dataset:
    """The file's words, or the built-in names for None. Lines that are no words are left out, and stderr says so.

    Raises DatasetError.
    """
    if path is None:
        return Dataset.builtin()
    reading = read(content(path), Path(path).name)
    if reading.notice:
        print(reading.notice, file=sys.stderr)
    return reading.dataset
