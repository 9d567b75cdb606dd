"""`python -m core shapes --preset wavenet --batch 4`: what every layer makes of the shape of its input."""

import argparse
import json

from core.cli import models
from core.cli.errors import UsageError
from core.nn.limits import MAX_BATCH, MAX_CONTEXT
from core.nn.notation import ModelTextError, parse
from core.nn.shapes import infer


def add(verbs) -> None:
    parser = verbs.add_parser("shapes", help="show the shape after every layer of a model")
    models.add_arguments(parser)
    parser.add_argument("--batch", type=int, default=32, metavar="B", help="examples in a batch (default: 32)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    if not 1 <= options.batch <= MAX_BATCH:
        raise UsageError(f"--batch is {options.batch}: it must be a whole number from 1 to {MAX_BATCH:,}.")
    model = models.chosen(options, None)
    if not 1 <= model.context <= MAX_CONTEXT:
        raise UsageError(f"--context is {model.context}: it must be a whole number from 1 to {MAX_CONTEXT}.")
    try:
        layers = infer(parse(model.text), options.batch, model.context)
    except ModelTextError as error:
        raise models.named_after(error, model.source) from None
    rows = [{"layer": layer.layer, "shape": list(layer.shape), "parameters": layer.parameters} for layer in layers]
    if options.json:
        print(json.dumps({"layers": rows}, indent=2))
        return 0
    names = ["  " * layer.depth + layer.layer for layer in layers]  # layers inside others stand above them
    width = max(map(len, names))
    print(f"{'characters':{width}}  ({options.batch}, {model.context})")
    for name, layer in zip(names, layers, strict=True):
        shape = f"({', '.join(map(str, layer.shape))})"
        print(f"{name:{width}}  {shape:16}  {layer.parameters:>9,}  {layer.what}")
    print(f"{'parameters':{width}}  {'':16}  {sum(layer.parameters for layer in layers):>9,}")
    return 0
