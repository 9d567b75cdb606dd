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
                "settings": dict(preset.settings),
            }
            for preset in PRESETS.values()
        ]
        print(json.dumps(rows, indent=2))
        return 0
    print(f"{'preset':14}  {'parameters':>10}  {'context':>7}  {'train':>6}  {'val':>6}  losses of the course")
    for preset in PRESETS.values():
        print(
            f"{preset.name:14}  {preset.parameters:>10,}  {preset.context:>7}  "
            f"{_loss(preset.train_loss):>6}  {_loss(preset.val_loss):>6}  {preset.title}"
        )
    return 0


def _loss(loss: float | None) -> str:
    return "-" if loss is None else f"{loss:.3f}"
