"""`python -m core presets`: the course's models."""

import argparse
import json

from core.nn.presets import PRESETS


def add(verbs) -> None:
    parser = verbs.add_parser("presets", help="list the course's models")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    if options.json:
        rows = [
            {
                "preset": preset.name,
                "title": preset.title,
                "description": preset.description,
                "context": preset.context,
                "parameters": preset.parameters,
                "train_loss": preset.train_loss,
                "val_loss": preset.val_loss,
            }
            for preset in PRESETS.values()
        ]
        print(json.dumps(rows, indent=2))
        return 0
    print(f"{'preset':14}  {'parameters':>10}  {'context':>7}  {'train':>6}  {'val':>6}  losses of the course")
    for preset in PRESETS.values():
        print(
            f"{preset.name:14}  {preset.parameters:>10,}  {preset.context:>7}  "
            f"{preset.train_loss:>6.3f}  {preset.val_loss:>6.3f}  {preset.title}"
        )
    return 0
