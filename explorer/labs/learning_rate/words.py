"""What is said of a search: where the valley is, and what was out of the ordinary.

>>> st.caption(" ".join(words(finding, question)))
"""

import math

from core.lenses.learning_rate import DEPTH, EXPLODED, LIMIT, RECENT, USUAL, Finding
from explorer import theme
from explorer.charts.learning_rate import ceiling
from explorer.labs.learning_rate.question import Question, fitting


def words(finding: Finding, question: Question) -> list[str]:
    said = [_where(finding), "Dots are single batches."]
    if question.steps == fitting(question.config) < USUAL:
        said.append(
            f"A step of this model takes long, so {theme.steps(question.steps)} were chosen: more draw a finer curve."
        )
    if finding.exploded is not None:
        grown = f"the mean loss of {RECENT} steps was {EXPLODED:g} times its lowest"
        how = grown if math.isfinite(finding.losses[-1]) else "the loss was not a number any more"
        said.append(f"Stopped at a learning rate of {_rate(finding.exploded)}: {how}.")
    if finding.late is not None:
        said.append(
            f"Stopped at a learning rate of {_rate(finding.late)}, after {LIMIT:.0f} seconds: take fewer steps, a "
            "smaller batch or a smaller model."
        )
    elif not finding.flat and finding.end >= question.high and finding.lowest > question.high - 0.1:
        said.append("It still falls at the largest rate: raise the upper exponent.")
    if beyond := int((finding.losses > ceiling(finding)).sum()):
        many = "One loss above the picture is" if beyond == 1 else f"{theme.steps(beyond)} losses above the picture are"
        said.append(f"{many} drawn at its edge.")
    if question.run:
        said.append(f"Started from a copy of {question.run} at step {theme.steps(question.step)}.")
    return said


def _where(finding: Finding) -> str:
    if finding.flat:
        rises = finding.end < finding.exponents[-1]
        more = f"It begins to rise at {_rate(finding.end)}" if rises else "Nor does it rise: raise the upper exponent"
        why = "as of a model that has learnt, or because all are too small"
        return f"The smoothed loss hardly falls at any of these rates, {why}: it has no valley. {more}."
    return (
        f"The smoothed loss is lowest at {_rate(finding.lowest)} and falls most steeply at {_rate(finding.steepest)}; "
        f"the valley, within {DEPTH - 1:.0%} of its lowest, is from {_rate(finding.start)} to "
        f"{_rate(finding.end)}."
    )


def _rate(exponent: float) -> str:
    """The learning rate of an exponent: -0.71 -> '0.19'."""
    return theme.number(10**exponent, 2)
