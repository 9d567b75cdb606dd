"""`python -m core resume RUN`: goes on with an interrupted run, from its last checkpoint, in this process."""

import argparse

from core.runs.claims import hold, take_ended
from core.runs.errors import NotResumable
from core.runs.store import Store
from core.runs.wishes import check_resumable


def add(verbs) -> None:
    parser = verbs.add_parser("resume", help="go on with a run that was stopped or cut off")
    parser.add_argument("run", metavar="RUN", help="the run's id, as `python -m core runs` lists it")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with every step's loss")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    from core.cli.session import train_here  # imports torch: a second that other verbs need not wait
    from core.runs.warm import warm_up

    store = Store()
    store.reconcile(options.run)
    info = store.run(options.run)
    if info.live:
        raise NotResumable(f"The run {info.id} is being trained by another process: stop it there first.")
    check_resumable(info)
    config = store.config(info.id)
    warm_up(config, store.dataset(config.dataset))
    with hold(store, info.id) as held:
        if not held:
            raise NotResumable(f"The run {info.id} was just taken by another process.")
        take_ended(store, info.id)
        return train_here(store, info.id, options.json)
