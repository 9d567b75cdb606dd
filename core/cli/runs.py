"""`python -m core runs`: what runs there are, newest first."""

import argparse
import json

from core.runs.info import RunInfo
from core.runs.names import described
from core.runs.store import Store
from core.spelling import loss


def add(verbs) -> None:
    parser = verbs.add_parser("runs", help="list all runs, newest first")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    store = Store()
    store.reconcile()
    infos = [info for info in store.runs() if not info.is_twin]  # beside its round's run it would say what is hidden
    if options.json:
        print(json.dumps([_as_json(info) for info in infos], indent=2))
    elif not infos:
        print("No runs yet: `python -m core train --preset wavenet` makes one.")
    else:
        built_in = store.dataset("").sha256
        print(f"  {'run':20}  {'state':9}  {'step':>17}  {'train':>7}  {'val':>7}")
        for info in infos:
            steps = f"{info.step:,}/{info.steps:,}" if info.kind == "trained" else f"{info.step:,}"
            train, val = _loss(info.train_loss), _loss(info.val_loss)
            star = "*" if info.starred else " "
            said = "  ".join(filter(None, [described(info, built_in), info.message]))
            print(f"{star} {info.id:20}  {info.state:9}  {steps:>17}  {train:>7}  {val:>7}  {said}".rstrip())
    return 0


def _loss(value: float | None) -> str:
    return "" if value is None else loss(value)


def _as_json(info: RunInfo) -> dict:
    return {
        "run": info.id,
        "name": info.name,
        "preset": info.preset,
        "state": info.state,
        "step": info.step,
        "steps": info.steps,
        "parameters": info.parameters,
        "train_loss": info.train_loss,
        "val_loss": info.val_loss,
        "created": info.created,
        "message": info.message,
        "starred": info.starred,
        "parent": info.parent,
        "parent_step": info.parent_step,
        "defect": info.defect,
        "hunt": info.hunt,
    }
