"""`python -m core train --preset wavenet --steps 1000`: trains a model in this process, on the app's store."""

import argparse
from dataclasses import fields

from core.cli import data, models
from core.nn.notation import ModelTextError
from core.nn.presets import PRESETS
from core.runs.claims import hold
from core.runs.store import Store
from core.training.config import OPTIMISERS, TRAIN_ON, RunConfig


def add(verbs) -> None:
    parser = verbs.add_parser(
        "train",
        help="train a model; the run shows up in the app meanwhile",
        argument_default=argparse.SUPPRESS,  # a setting that is not given is the preset's own
        description="A preset brings its own settings where they are not given here; a model text has the usual ones.",
    )
    models.add_arguments(parser)
    parser.add_argument("--data", metavar="FILE", help="a text file with one word a line (default: the built-in names)")
    _setting(parser, "--seed", int, "N")
    _setting(parser, "--steps", int, "N")
    _setting(parser, "--batch", _batch, "B", "examples a step, or all", "batch_size")
    _setting(parser, "--lr", float, "R", "learning rate")
    _setting(parser, "--lr-drop-step", int, "N", "the last step with --lr; from then on --lr-after holds")
    _setting(parser, "--lr-after", float, "R")
    _setting(parser, "--optimiser", str, "|".join(OPTIMISERS))
    _setting(
        parser, "--l2", float, "R", "adds R times the mean squares of Linear, Skip and CausalConv1d weights to the loss"
    )
    _setting(parser, "--positions", int, "P", "how many of a text's characters are predicted in one pass")
    _setting(parser, "--train-on", str, "|".join(TRAIN_ON), "the training split, or all words")
    parser.add_argument("--name", default=None, help="what to call the run (default: the preset's name)")
    parser.add_argument(
        "--json", action="store_true", default=False, help="print one JSON object, with every step's loss"
    )
    parser.set_defaults(verb=run, data=None)


def _setting(parser, flag: str, kind, metavar: str, help: str = "", field: str | None = None) -> None:
    """An argument that becomes a field of RunConfig."""
    field = field or flag.lstrip("-").replace("-", "_")
    usual = f"(default: {getattr(RunConfig, field)})"
    parser.add_argument(flag, type=kind, metavar=metavar, dest=field, help=f"{help} {usual}".strip())


def _batch(text: str) -> int | None:
    return None if text == "all" else int(text)


_batch.__name__ = "int"  # argparse: "invalid int value"


def run(options: argparse.Namespace) -> int:
    from core.cli.session import train_here  # imports torch: a second that other verbs need not wait
    from core.runs.warm import warm_up

    dataset = data.chosen(options.data)
    model = models.chosen(options, dataset.vocab_size)
    settings = dict(PRESETS[model.preset].settings) if model.preset else {}
    given = {field.name: getattr(options, field.name) for field in fields(RunConfig) if hasattr(options, field.name)}
    own = {"model": model.text, "context": model.context, "preset": model.preset}
    config = RunConfig(**settings | given | own)
    store = Store()
    try:
        warm_up(config, dataset)  # what cannot be trained leaves no run behind
    except ModelTextError as error:
        raise models.named_after(error, model.source) from None
    run_id = store.new_id(model.preset)
    with hold(store, run_id):
        store.create(config, dataset, name=options.name, taken=run_id)
        return train_here(store, run_id, options.json)
