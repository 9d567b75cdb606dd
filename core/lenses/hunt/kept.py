"""How far one is with each round, as a text that is kept where a stranger could write it.

>>> from_json(to_json({"k3x9-q7": progress})) == {"k3x9-q7": progress}
True
"""

import json
from collections.abc import Mapping
from dataclasses import astuple, replace

from core.lenses.hunt.answer import Answer, Progress
from core.lenses.hunt.figures import FIGURES
from core.lenses.hunt.rounds import NoRound, Round, places, round_of
from core.training.defects import DEFECTS

MAX_TEXT = 200_000  # characters


def to_json(rounds: Mapping[str, Progress]) -> str:
    """Of the rounds that were answered or given up: {"k3x9-q7": {"answers": [["no-gain", null, "fading"]], ...}}."""
    kept = {
        token: {"answers": [astuple(answer) for answer in progress.answers], "revealed": progress.revealed}
        for token, progress in rounds.items()
        if progress.answers
    }
    return json.dumps(kept)


def from_json(text: str) -> dict[str, Progress]:
    """What can be read; the rest is left out. Whether an answer was right is found anew."""
    try:
        data = json.loads(text) if len(text) <= MAX_TEXT else None
    except (ValueError, RecursionError):
        data = None
    kept = {}
    for token, said in data.items() if isinstance(data, dict) else ():
        try:
            hidden = round_of(token)
        except NoRound:
            continue
        if progress := _read(hidden, said):
            kept[hidden.token] = progress
    return kept


def _read(hidden: Round, said: object) -> Progress | None:
    """None where no answer can be read."""
    answers = said.get("answers") if isinstance(said, dict) else None
    progress = Progress()
    for fields in answers if isinstance(answers, list) else ():
        if isinstance(fields, list) and len(fields) == 3 and _possible(hidden, *fields):
            progress = progress.after(hidden, Answer(*fields))
    return replace(progress, revealed=said.get("revealed") is True) if progress.answers else None


def _possible(hidden: Round, defect: object, layer: object, figure: object) -> bool:
    """Could it have been given to this round?"""
    return (
        defect in [None, *DEFECTS]
        and layer in ([None] if defect is None or not DEFECTS[defect].single else places(DEFECTS[defect], hidden.model))
        and figure in [None, *FIGURES]
    )
