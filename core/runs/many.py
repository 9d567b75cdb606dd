"""Training many runs to their end, several at a time, whoever began them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from core.dataset import Dataset
from core.runs.errors import Unreadable
from core.runs.info import ENDED, RunInfo
from core.runs.store import Store
from core.runs.supervisor import start_nursery
from core.training.config import RunConfig

LOOK = 0.25  # seconds between two looks at how they are getting on


def train_all(
    store: Store,
    configs: Sequence[RunConfig],
    dataset: Dataset,
    progress: Callable[[Mapping[str, RunInfo]], None] = lambda infos: None,
) -> list[RunInfo]:
    """One ended run for each config, in their order; equal configs have the same one.

    >>> infos = train_all(store, [of_preset(preset(name), words) for name in ("mlp", "flat")], words)
    >>> [info.state for info in infos]
    ['finished', 'finished']

    A run that is in the store already, with just these settings and words, is not trained again: a finished one counts,
    one that waits or runs is waited for, one that was stopped or cut off goes on from its checkpoint, also where that
    happens meanwhile, because the program that trained it ends. As many train at once as EXPLORER_WORKERS says. Cut
    short (KeyboardInterrupt), the runs end with a checkpoint. `progress` gets all of them by id, four times a second.
    """
    begun = _known(store, dataset)
    wanted = [replace(config, dataset=dataset.sha256) for config in configs]
    ids = {config: _go_on(store, begun.get(config), config, dataset) for config in dict.fromkeys(wanted)}
    infos = {run_id: store.run(run_id) for run_id in ids.values()}
    if all(_ended(info) for info in infos.values()):
        return [infos[ids[config]] for config in wanted]
    nursery = start_nursery(store.home)
    try:
        while True:
            infos = {run_id: store.run(run_id) for run_id in ids.values()}
            progress(infos)
            for info in infos.values():
                if _interrupted(info):
                    store.resume(info.id)
            if all(_ended(info) for info in infos.values()):
                return [infos[ids[config]] for config in wanted]
            time.sleep(LOOK)
    finally:
        nursery.close()


def _interrupted(info: RunInfo) -> bool:
    return info.state == "stopped" and bool(info.message)  # one that was to stop has nothing to say


def _ended(info: RunInfo) -> bool:
    return info.state in ENDED and not _interrupted(info)


def _known(store: Store, dataset: Dataset) -> dict[RunConfig, RunInfo]:
    """By settings: the run that is furthest, of those with these words."""
    found: dict[RunConfig, RunInfo] = {}
    store.reconcile()
    for info in store.runs():
        if info.dataset != dataset.sha256 or info.parent:  # a fork's settings are not all that decided its numbers
            continue
        try:
            config = store.config(info.id)
        except Unreadable:
            continue
        before = found.get(config)
        if before is None or _furthest(info) > _furthest(before):
            found[config] = info
    return found


def _furthest(info: RunInfo) -> tuple[bool, int]:
    return info.state == "finished", info.step


def _go_on(store: Store, info: RunInfo | None, config: RunConfig, dataset: Dataset) -> str:
    if info is None:
        return store.create(config, dataset)
    if info.resumable or info.state == "paused":
        store.resume(info.id)
    return info.id
