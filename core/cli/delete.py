"""`python -m core delete RUN ...`: removes runs and all that they recorded."""

import argparse

from core.runs.store import Store
from core.spelling import size


def add(verbs) -> None:
    parser = verbs.add_parser("delete", help="remove runs and all that they recorded")
    parser.add_argument("run", metavar="RUN", nargs="+", help="a run's id, as `python -m core runs` lists it")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    store = Store()
    for run_id in options.run:
        store.run(run_id)  # raises NoSuchRun before the first one is gone
    sizes = store.sizes()
    for run_id in dict.fromkeys(options.run):
        store.delete(run_id)
        print(f"{run_id} is deleted: {size(sizes[run_id])}.")
    return 0
