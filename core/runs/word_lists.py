"""The lists of words that a store keeps, beside the built-in one."""

import sqlite3
from dataclasses import dataclass

from core.dataset import Dataset
from core.runs.database import Database
from core.runs.errors import WordsInUse


@dataclass(frozen=True)
class WordList:
    """A kept list of words: its file's name, and how many runs were trained on it."""

    sha256: str
    name: str
    runs: int


class WordLists:
    """The part of a store that keeps words: of runs, and of files for runs to come.

    >>> store.keep_words(Dataset.from_file("towns.txt"))    # 'towns.txt', the name it is kept under
    >>> [kept.name for kept in store.word_lists()]
    ['towns.txt']
    >>> store.remove_words(sha256)                          # WordsInUse where runs were trained on them
    """

    database: Database

    def keep_words(self, dataset: Dataset) -> str:
        """Keep a list for later runs; returns its name. The same words are kept once, under their first name."""
        self._keep(dataset)
        with self.database.write() as connection:
            insert_words(connection, dataset)
            kept = connection.execute("SELECT name FROM datasets WHERE sha256 = ?", (dataset.sha256,))
            return kept.fetchone()["name"]

    def word_lists(self) -> list[WordList]:
        """All lists but the built-in one, in the order of their names."""
        rows = self.database.read(
            "SELECT sha256, name, (SELECT count(*) FROM runs WHERE runs.dataset = datasets.sha256) AS runs "
            "FROM datasets WHERE sha256 != ? ORDER BY name COLLATE NOCASE, sha256",
            self.dataset("").sha256,
        )
        return [WordList(**row) for row in rows]

    def remove_words(self, sha256: str) -> None:
        """Remove a list. Raises WordsInUse, and keeps it, where runs were trained on it: they cannot do without."""
        with self.database.write() as connection:
            row = connection.execute(
                "SELECT name, (SELECT count(*) FROM runs WHERE dataset = ?1) AS runs FROM datasets WHERE sha256 = ?1",
                (sha256,),
            ).fetchone()
            if row and row["runs"]:
                raise WordsInUse(row["name"], row["runs"])
            connection.execute("DELETE FROM datasets WHERE sha256 = ?", (sha256,))
        self._forget(sha256)


def insert_words(connection: sqlite3.Connection, dataset: Dataset) -> None:
    """Part of a transaction: words that are kept already stay as they are."""
    row = (dataset.sha256, dataset.name, dataset.text)
    connection.execute("INSERT OR IGNORE INTO datasets VALUES (?, ?, ?)", row)
