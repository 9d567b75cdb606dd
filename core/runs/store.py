"""The run store: what runs there are, what they recorded, and what is wanted of them."""

import dataclasses
import functools
import secrets
import threading
import time
from pathlib import Path

from core.dataset import Dataset
from core.runs.database import Database, insert
from core.runs.errors import NoSuchRun, Unreadable
from core.runs.forks import Forks
from core.runs.home import home_folder
from core.runs.housekeeping import Housekeeping
from core.runs.info import ACTIVE, RunInfo
from core.runs.locks import is_held
from core.runs.names import checked_name
from core.runs.records import Records
from core.runs.watched_runs import WatchedRuns
from core.runs.wishes import Wishes
from core.runs.word_lists import WordLists, insert_words
from core.spelling import ALPHABET
from core.training.config import ConfigError, RunConfig

KEPT_DATASETS = 8


def _setting(name: str, *types: str) -> str:
    """A field of the config; NULL where it is of another type, or the config makes no sense."""
    found = f"json_type(iif(json_valid(config), config, '{{}}'), '$.{name}')"
    return f"iif({found} IN ({', '.join(map(repr, types))}), json_extract(config, '$.{name}'), NULL)"


COMPUTED = {
    "words": "coalesce((SELECT name FROM datasets WHERE sha256 = dataset), '')",
    "lr": _setting("lr", "integer", "real"),
    "seed": _setting("seed", "integer"),
    "defect": f"iif(hunt IS NULL, {_setting('defect', 'text')}, NULL)",
}
FIELDS = [field.name for field in dataclasses.fields(RunInfo) if field.name not in ("queue_place", "live")]
COLUMNS = ", ".join(f"{COMPUTED[name]} AS {name}" if name in COMPUTED else name for name in FIELDS)
QUEUE_PLACE = "rank() OVER (PARTITION BY state ORDER BY queued, id)"


class Store(Records, Wishes, WordLists, Forks, Housekeeping, WatchedRuns):
    """One folder of runs.

    >>> store = Store()                                     # EXPLORER_HOME, else the user's data folder
    >>> run_id = store.create(config, Dataset.builtin())    # 'wavenet-k3x9q2', queued
    >>> store.run(run_id).state, len(store.losses(run_id))
    ('running', 1200)

    Reading waits for no writer and takes well under a millisecond; every method may be called from any thread. Raises
    StoreError where the file cannot be used (DiskFull where it cannot grow), NoSuchRun for an unknown id.
    """

    def __init__(self, home: str | Path | None = None):
        self.home = home_folder(home)
        self.database = Database(self.home / "runs.sqlite")
        self._datasets: dict[str, Dataset] = {}
        self._keeping = threading.Lock()

    def create(
        self,
        config: RunConfig,
        dataset: Dataset,
        paused: bool = False,
        *,
        name: str | None = None,
        taken: str | None = None,
        prefix: str | None = None,
        hunt: str | None = None,
    ) -> str:
        """Put a new run into the queue and return its id.

        `paused`: its worker initialises it, then waits. `taken`: an id from `new_id` whose lock the caller holds; the
        run then starts out in the caller's hands, as running. `prefix`: what its id begins with, in place of the
        preset's name. `hunt`: the round of the bug hunt it belongs to. Raises ModelTextError or ConfigError where the
        model does not fit.
        """
        config = dataclasses.replace(config, dataset=dataset.sha256)
        shapes = config.shapes(dataset)
        now = time.time()
        row = {
            "id": taken or self.new_id(prefix or config.preset),
            "name": checked_name(name) if name else config.preset or "model",
            "preset": config.preset,
            "created": now,
            "config": config.to_json(),
            "dataset": dataset.sha256,
            "parameters": sum(shape.parameters for shape in shapes),
            "steps": config.steps,
            "state": "running" if taken else "queued",
            "queued": now,
            "wish": "pause" if paused else "run",
            "hunt": hunt,
        }
        self._keep(dataset)
        with self.database.write() as connection:
            insert_words(connection, dataset)
            insert(connection, "runs", row)
        return row["id"]

    def new_id(self, preset: str | None) -> str:
        """An id that no run has: the preset's name and six random letters."""
        while True:
            run_id = f"{preset or 'model'}-{''.join(secrets.choice(ALPHABET) for _ in range(6))}"
            if not self.database.read("SELECT 1 FROM runs WHERE id = ?", run_id):
                return run_id

    def runs(self) -> list[RunInfo]:
        """All runs, newest first."""
        rows = self.database.read(f"SELECT {COLUMNS}, {QUEUE_PLACE} AS place FROM runs ORDER BY created DESC, id")
        return [self._info(row) for row in rows]

    def run(self, run_id: str) -> RunInfo:
        rows = self.database.read(
            f"SELECT * FROM (SELECT {COLUMNS}, {QUEUE_PLACE} AS place FROM runs "
            "WHERE id = ?1 OR state = 'queued') WHERE id = ?1",
            run_id,
        )
        if not rows:
            raise NoSuchRun(run_id)
        return self._info(rows[0])

    def config(self, run_id: str) -> RunConfig:
        """What decides the run's numbers; its `dataset` is always a sha256. Raises Unreadable."""
        rows = self.database.read("SELECT kind, config FROM runs WHERE id = ?", run_id)
        if not rows:
            raise NoSuchRun(run_id)
        if rows[0]["kind"] == "watched":
            raise Unreadable(f"The run {run_id} was watched: its loop has settings of its own, unknown here.")
        try:
            return RunConfig.from_json(rows[0]["config"])
        except ConfigError as error:
            raise Unreadable(f"The run {run_id} cannot be read: {error}") from None

    def dataset(self, sha256: str) -> Dataset:
        """A kept list of words; "" is the built-in one. The last few are kept in memory. Raises Unreadable."""
        with self._keeping:
            dataset = self._datasets.pop(sha256, None)
        if dataset is None:
            dataset = _builtin() if sha256 in ("", _builtin().sha256) else self._load_dataset(sha256)
        self._keep(dataset)
        return dataset

    def disk_full(self) -> bool:
        """Is there too little room to go on recording? Runs then wait, and go on by themselves once there is."""
        return self.database.disk_full()

    def close(self) -> None:
        """Close the connections that are not in use; the next call opens one again. Needed before a fork."""
        self.database.close()

    def _keep(self, dataset: Dataset) -> None:
        with self._keeping:
            self._datasets.pop(dataset.sha256, None)
            self._datasets[dataset.sha256] = dataset  # the newest comes last
            while len(self._datasets) > KEPT_DATASETS:
                self._datasets.pop(next(iter(self._datasets)))

    def _forget(self, sha256: str) -> None:
        with self._keeping:
            self._datasets.pop(sha256, None)

    def _load_dataset(self, sha256: str) -> Dataset:
        rows = self.database.read("SELECT name, text FROM datasets WHERE sha256 = ?", sha256)
        if not rows:
            raise Unreadable(
                f"{self.database.path} has no words with the sha256 {sha256[:12]}: load their file on the Data page."
            )
        return Dataset.from_text(rows[0]["text"], rows[0]["name"])

    def _info(self, row) -> RunInfo:
        values = dict(row)
        place = values.pop("place")
        values["starred"] = bool(values["starred"])
        return RunInfo(
            **values,
            queue_place=place if row["state"] == "queued" else None,
            live=row["state"] in ACTIVE and is_held(self.home, row["id"]),
        )


@functools.lru_cache(1)
def _builtin() -> Dataset:
    return Dataset.builtin()
