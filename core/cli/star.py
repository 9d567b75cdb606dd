"""`python -m core star RUN`: marks a run as one that matters; `--off` takes the mark away."""

import argparse

from core.runs.store import Store


def add(verbs) -> None:
    parser = verbs.add_parser("star", help="mark a run as one that matters")
    parser.add_argument("run", metavar="RUN", help="the run's id, as `python -m core runs` lists it")
    parser.add_argument("--off", action="store_true", help="take the mark away")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    Store().star(options.run, not options.off)
    print(f"{options.run} has {'no' if options.off else 'a'} star.")
    return 0
