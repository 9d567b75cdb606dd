"""`python -m core defects`: the deliberate bugs that `train --defect` plants."""

import argparse
import json
from dataclasses import asdict

from core.training.defects import DEFECTS


def add(verbs) -> None:
    parser = verbs.add_parser("defects", help="list the deliberate bugs that a run can be planted with")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    if options.json:
        shown = [{key: value for key, value in asdict(d).items() if key != "layers"} for d in DEFECTS.values()]
        print(json.dumps(shown, indent=2))
        return 0
    for defect in DEFECTS.values():
        where = ":LAYER" if defect.single else ""
        print(f"{defect.name + where:18}  {defect.title}\n{'':18}  {defect.did}\n{'':18}  Needs {defect.needs}.\n")
    return 0
