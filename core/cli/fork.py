"""`python -m core fork RUN --step N --lr 0.01`: goes on from a checkpoint of a run with something changed, here."""

import argparse

from core.cli import models, settings
from core.nn.notation import ModelTextError
from core.runs.claims import hold
from core.runs.forks import changed, check_forkable
from core.runs.store import Store


def add(verbs) -> None:
    parser = verbs.add_parser(
        "fork",
        help="go on from a checkpoint of a run, with something changed",
        description="What is not given is as in the run. The batches are the same ones, unless they are what changes.",
    )
    parser.add_argument("run", metavar="RUN", help="the run's id, as `python -m core runs` lists it")
    parser.add_argument(
        "--step", type=int, metavar="N", help="from the checkpoint nearest at or before it (default: the newest)"
    )
    parser.add_argument(
        "--model", metavar="FILE", dest="text_file", help="another model text: layers that stay keep their weights"
    )
    settings.add_arguments(parser, usual=False)
    parser.add_argument("--name", help="what to call the new run (default: as the one it is from)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with every step's loss")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    from core.cli.session import train_here  # imports torch: a second that other verbs need not wait
    from core.runs.warm import warm_up

    store, changes = Store(), settings.given(options)
    if options.text_file is not None:
        changes["model"] = models.read(options.text_file)
    check_forkable(store.run(options.run), changes)  # before the model is tried, whose sentence would name a hidden bug
    config = store.config(options.run)
    dataset = store.dataset(config.dataset)
    try:
        warm_up(changed(config, changes, dataset, at=0), dataset)  # what cannot be trained leaves no run behind
    except ModelTextError as error:
        raise models.named_after(error, options.text_file) if options.text_file else error from None
    run_id = store.new_id(None if "model" in changes else config.preset)
    with hold(store, run_id):
        store.fork(options.run, options.step, changes, name=options.name, taken=run_id)
        return train_here(store, run_id, options.json)
