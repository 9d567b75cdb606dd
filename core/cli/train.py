"""`python -m core train --preset wavenet --steps 1000`: trains a model in this process, on the app's store."""

import argparse

from core.cli import models
from core.dataset import Dataset
from core.nn.notation import ModelTextError
from core.runs.claims import hold
from core.runs.store import Store
from core.training.config import RunConfig


def add(verbs) -> None:
    default = RunConfig(model="-")
    parser = verbs.add_parser("train", help="train a model; the run shows up in the app meanwhile")
    models.add_arguments(parser)
    parser.add_argument("--data", metavar="FILE", help="a text file with one word a line (default: the built-in names)")
    parser.add_argument("--seed", type=int, default=default.seed, metavar="N", help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=default.steps, metavar="N", help="default: %(default)s")
    parser.add_argument("--batch", type=int, default=default.batch_size, metavar="B", help="default: %(default)s")
    parser.add_argument("--lr", type=float, default=default.lr, metavar="R", help="default: %(default)s")
    parser.add_argument(
        "--lr-drop-step",
        type=int,
        default=default.lr_drop_step,
        metavar="N",
        help="the last step with --lr; from then on --lr-after holds (default: %(default)s)",
    )
    parser.add_argument("--lr-after", type=float, default=default.lr_after, metavar="R", help="default: %(default)s")
    parser.add_argument("--name", help="what to call the run (default: the preset's name)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with every step's loss")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    from core.cli.session import train_here  # imports torch: a second that other verbs need not wait
    from core.runs.warm import warm_up

    dataset = Dataset.from_file(options.data) if options.data is not None else Dataset.builtin()
    model = models.chosen(options, dataset.vocab_size)
    config = RunConfig(
        model=model.text,
        context=model.context,
        preset=model.preset,
        seed=options.seed,
        batch_size=options.batch,
        steps=options.steps,
        lr=options.lr,
        lr_drop_step=options.lr_drop_step,
        lr_after=options.lr_after,
    )
    store = Store()
    try:
        warm_up(config, dataset)  # what cannot be trained leaves no run behind
    except ModelTextError as error:
        raise models.named_after(error, model.source) from None
    run_id = store.new_id(model.preset)
    with hold(store, run_id):
        store.create(config, dataset, name=options.name, taken=run_id)
        return train_here(store, run_id, options.json)
