"""`python -m core resume RUN`: goes on with an interrupted run, from its last checkpoint, in this process."""

import argparse

from core.runs.claims import hold, take_ended
from core.runs.errors import NotResumable
from core.runs.store import Store


def add(verbs) -> None:
    parser = verbs.add_parser("resume", help="go on with a run that was stopped or cut off")
    parser.add_argument("run", metavar="RUN", help="the run's id, as `python -m core runs` lists it")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with every step's loss")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    from core.cli.session import train_here  # imports torch: seconds that the other verbs need not wait

    store = Store()
    store.run(options.run)  # NoSuchRun, before a lock file of that name appears
    with hold(store, options.run) as held:
        if not held:
            raise NotResumable(f"The run {options.run} is being trained by another process: stop it there first.")
        take_ended(store, options.run)
        return train_here(store, options.run, options.json)
