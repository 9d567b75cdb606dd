"""What is said of a round, and how that is judged: `verdict.py` judges.

>>> Answer("frozen-layer", layer="7.Linear", figure="without_gradient")
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What was said of a round: a bug's name (None: there is none), its layer, and the figure that shows it."""

    defect: str | None
    layer: str | None = None
    figure: str | None = None


@dataclass(frozen=True)
class Verdict:
    """`right`: bug and layer are; the evidence is judged in words alone."""

    right: bool
    sentences: tuple[str, ...]
