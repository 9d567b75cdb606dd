"""What somebody has solved: texts, kept as text and computed anew wherever they are needed.

>>> progress = Progress().solved("dprobs", "dprobs = dlogprobs / probs")
>>> Progress.from_json(progress.to_json()) == progress
True
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from torch import Tensor

from core.lenses.backprop.backward import EXERCISES, SMALL_STEPS
from core.lenses.backprop.expressions.parsing import MAX_TEXT
from core.lenses.backprop.network import Look
from core.lenses.backprop.verdict import judge

FORMAT = "makemore-explorer backprop 1"
MAX_FILE = 100_000  # characters


class ProgressError(ValueError):
    """One clear sentence on a file that cannot be read."""


@dataclass(frozen=True)
class Progress:
    """Accepted answers by exercise, and which of them were taken from the solution. May be a key of a cache."""

    answers: Mapping[str, str] = field(default_factory=dict, hash=False)
    taken: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        return hash((frozenset(self.answers.items()), self.taken))

    def solved(self, name: str, text: str, taken: bool = False) -> "Progress":
        others = self.taken - {name}
        return replace(self, answers={**self.answers, name: text}, taken=others | {name} if taken else others)

    def without(self, name: str) -> "Progress":
        """All answers but one: what can be read on the way to it (gradients that are made from it fall away)."""
        return replace(self, answers={key: text for key, text in self.answers.items() if key != name})

    def to_json(self) -> str:
        data = {"format": FORMAT, "answers": dict(self.answers), "taken": sorted(self.taken)}
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Progress":
        """Raises ProgressError. The answers are read as texts; whether they hold, `accepted` says."""
        try:
            data = json.loads(text) if len(text) <= MAX_FILE else None
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ProgressError("This file holds no progress of these exercises: choose one that was downloaded here.")
        answers, taken = data.get("answers"), data.get("taken", [])
        if not isinstance(answers, dict) or not isinstance(taken, list):
            raise ProgressError("The answers in this file cannot be read: choose another file.")
        for name, answer in answers.items():
            if name not in EXERCISES:
                raise ProgressError(f"This file has an answer to {name[:40]!r}, which is no exercise here.")
            if not isinstance(answer, str) or len(answer) > MAX_TEXT:
                raise ProgressError(f"The answer to {name} in this file is no text of at most {MAX_TEXT:,} characters.")
        return cls(answers, frozenset(name for name in taken if isinstance(name, str) and name in answers))

    def holding(self, look: Look) -> "Progress":
        """Only the answers that hold on this batch."""
        names = accepted(self, look).keys() | {
            name
            for name in self.answers.keys() - SMALL_STEPS.keys()
            if judge(self.answers[name], EXERCISES[name], look, {}).accepted
        }
        return Progress({name: text for name, text in self.answers.items() if name in names}, self.taken & names)


def accepted(progress: Progress, look: Look) -> dict[str, Tensor]:
    """The gradients that the answers find, each in terms of those before it, in an order in which they can be found.

    Their numbers are autograd's, so that nobody's last bits become those of the gradients behind.
    """
    found: dict[str, Tensor] = {}
    waiting = [name for name in SMALL_STEPS if name in progress.answers]
    while waiting:
        before = len(waiting)
        for name in list(waiting):
            verdict = judge(progress.answers[name], SMALL_STEPS[name], look, found)
            if verdict.accepted:
                found[name] = verdict.wanted
                waiting.remove(name)
        if len(waiting) == before:
            break
    return found
