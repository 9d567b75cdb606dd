"""`python -m core rename RUN NAME`: calls a run something else; its id stays."""

import argparse

from core.runs.store import Store


def add(verbs) -> None:
    parser = verbs.add_parser("rename", help="call a run something else")
    parser.add_argument("run", metavar="RUN", help="the run's id, as `python -m core runs` lists it")
    parser.add_argument("name", metavar="NAME", help="one line")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    name = Store().rename(options.run, options.name)
    print(f"{options.run} is called {name}.")
    return 0
