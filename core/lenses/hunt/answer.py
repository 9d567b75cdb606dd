"""What is said of a round, and how far one is with it.

>>> from core.lenses.hunt.rounds import round_of
>>> progress = Progress().after(round_of("k3x9-q7"), Answer("no-gain", figure="fading"))
>>> progress.found, progress.closed
(True, True)
"""

from dataclasses import dataclass, replace

from core.lenses.hunt.rounds import Round


@dataclass(frozen=True)
class Answer:
    """What was said of a round: a bug's name (None: there is none), its layer, and the figure that shows it."""

    defect: str | None
    layer: str | None = None
    figure: str | None = None

    def right(self, hidden: Round) -> bool:
        """Bug and layer are; the evidence is judged in words alone, by `verdict.py`."""
        return (self.defect, self.layer) == (hidden.defect and hidden.defect.name, hidden.layer)


@dataclass(frozen=True)
class Progress:
    """How far one is with a round."""

    answers: tuple[Answer, ...] = ()
    found: bool = False
    revealed: bool = False

    @property
    def closed(self) -> bool:
        return self.found or self.revealed

    def after(self, hidden: Round, answer: Answer) -> "Progress":
        return replace(self, answers=(*self.answers, answer), found=self.found or answer.right(hidden))
