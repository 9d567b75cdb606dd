"""What a rule is, and what it finds.

>>> rule = Rule(name="dead-units", figure=dead, condition=">", threshold=0.2, evidence="At step {step} ...", ...)
>>> finding = rule.find(evidence)       # None where the figure does not cross the line
>>> finding.evidence
'At step 100, 100% of the units of 4.ReLU pass on no gradient for any example of the batch.'
"""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.lenses.diagnosis.evidence import Evidence

CONDITIONS = {">": operator.gt, "<": operator.lt}


@dataclass(frozen=True)
class Figure:
    """What a rule measures: a number, the step it is of, and what its sentence says besides."""

    value: float
    step: int
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One thing that goes wrong in trainings, and how to see it: `figure(evidence)` beyond `threshold`.

    `figure` says None where a run is too young to be judged, or has not what is judged. `evidence` is one sentence, in
    which {step} and the figure's words are filled in. Where the threshold comes from stands beside the rule.
    """

    name: str  # "dead-units"
    title: str
    figure: Callable[[Evidence], Figure | None]
    condition: str  # ">" or "<": on which side of the threshold something is wrong
    threshold: float
    evidence: str
    cause: str  # what it most likely comes from
    try_: str  # what to do
    chapter: str  # where the course meets it

    def find(self, evidence: Evidence) -> "Finding | None":
        figure = self.figure(evidence)
        if figure is None or math.isnan(figure.value):
            return None
        if not CONDITIONS[self.condition](figure.value, self.threshold):
            return None
        return Finding(self, figure, self.evidence.format(step=f"{figure.step:,}", **figure.words))


@dataclass(frozen=True)
class Finding:
    """A rule that a run breaks, with the run's own numbers in a sentence."""

    rule: Rule
    figure: Figure
    evidence: str
