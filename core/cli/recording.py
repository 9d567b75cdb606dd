"""`python -m core recording RUN --to mine.run`: a watched run as one file, for another machine."""

import argparse

from core.runs.store import Store


def add(verbs) -> None:
    parser = verbs.add_parser("recording", help="write a watched run into one file")
    parser.add_argument("run", metavar="RUN", help="the run's id, as `python -m core runs` lists it")
    parser.add_argument("--to", metavar="FILE", required=True, help="the file to write")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    from core.watch import recording  # imports torch: a second that other verbs need not wait

    store = Store()
    store.reconcile(options.run)
    recording.write(store, options.run, options.to)
    print(f"{options.to} has the run {options.run}: `python -m core open {options.to}` shows it on another machine.")
    return 0
