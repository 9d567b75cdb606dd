"""`python -m core train --preset wavenet --steps 1000`: trains a model in this process, on the app's store."""

import argparse

from core.cli import data, models, settings
from core.nn.notation import ModelTextError
from core.nn.presets import PRESETS
from core.runs.claims import hold
from core.runs.store import Store
from core.training.config import RunConfig


def add(verbs) -> None:
    parser = verbs.add_parser(
        "train",
        help="train a model; the run shows up in the app meanwhile",
        argument_default=argparse.SUPPRESS,  # a setting that is not given is the preset's own
        description="A preset brings its own settings where they are not given here; a model text has the usual ones.",
    )
    models.add_arguments(parser)
    parser.add_argument("--data", metavar="FILE", help="a text file with one word a line (default: the built-in names)")
    settings.add_arguments(parser)
    parser.add_argument("--name", default=None, help="what to call the run (default: the preset's name)")
    parser.add_argument(
        "--json", action="store_true", default=False, help="print one JSON object, with every step's loss"
    )
    parser.set_defaults(verb=run, data=None)


def run(options: argparse.Namespace) -> int:
    from core.cli.session import train_here  # imports torch: a second that other verbs need not wait
    from core.runs.warm import warm_up

    dataset = data.chosen(options.data)
    model = models.chosen(options, dataset.vocab_size)
    usual = dict(PRESETS[model.preset].settings) if model.preset else {}
    own = {"model": model.text, "context": model.context, "preset": model.preset}
    config = RunConfig(**usual | settings.given(options) | own)
    store = Store()
    try:
        warm_up(config, dataset)  # what cannot be trained leaves no run behind
    except ModelTextError as error:
        raise models.named_after(error, model.source) from None
    run_id = store.new_id(model.preset)
    with hold(store, run_id):
        store.create(config, dataset, name=options.name, taken=run_id)
        return train_here(store, run_id, options.json)
