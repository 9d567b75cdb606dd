"""How a process becomes the one that works on a run: first the lock, then the word in the store.

So a run that is "running" or "paused" has its lock held, or its worker is dead; there is nothing in between.

    with hold(store, run_id) as held:
        if held and take_queued(store, run_id, limit=2):
            work(store, run_id)
"""

from contextlib import AbstractContextManager

from core.runs.info import ACTIVE
from core.runs.locks import held
from core.runs.store import Store
from core.runs.wishes import check_resumable

PATIENCE = 2.0  # seconds for somebody's look at the lock to pass, or for the last worker to be gone for good


def waiting(store: Store) -> list[tuple[str, str]]:
    """The queued runs, first come first served: [("wavenet-k3x9q2", "run"), ...], with what is wished of each."""
    return [
        tuple(row)
        for row in store.database.read("SELECT id, wish FROM runs WHERE state = 'queued' ORDER BY queued, id")
    ]


def running(store: Store) -> int:
    """How many runs take up a processor core now."""
    return store.database.read("SELECT count(*) FROM runs WHERE state = 'running' AND kind = 'trained'")[0][0]


def hold(store: Store, run_id: str) -> AbstractContextManager[bool]:
    """Holds the run's lock in the block. Yields False where another process holds it. Raises StoreError."""
    return held(store.home, run_id, PATIENCE)


def take_queued(store: Store, run_id: str, limit: int) -> bool:
    """From the queue, unless it is no longer there or `limit` runs are running; one that is to start paused may always.

    The caller holds the lock.
    """
    with store.database.write() as connection:
        return bool(
            connection.execute(
                "UPDATE runs SET state = 'running', message = '' WHERE id = ? AND state = 'queued' AND "
                "(wish = 'pause' OR (SELECT count(*) FROM runs WHERE state = 'running' AND kind = 'trained') < ?)",
                (run_id, limit),
            ).rowcount
        )


def take_ended(store: Store, run_id: str) -> None:
    """A stopped or failed run, to go on in this process. Raises NotResumable. The caller holds the lock."""
    with store.database.write() as connection:
        info = store.run(run_id)
        if info.state not in ACTIVE:  # the lock is ours: an active one has lost its worker
            check_resumable(info)
        connection.execute(
            "UPDATE runs SET state = 'running', wish = 'run', until = NULL, message = '' WHERE id = ?", (run_id,)
        )
