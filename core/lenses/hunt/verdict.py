"""Is an answer right, and what does the evidence say to it?

>>> verdict = judge(round_of(token), Answer("huge-logits", None, "first_loss"), record)
>>> verdict.right, verdict.sentences[0]
(True, "Right: Huge initial logits. The last layer's weights begin a hundred times too large.")

Sentences on a wrong answer say what speaks against it, and never what the bug is.
"""

from core.lenses.hunt.answer import Answer, Verdict
from core.lenses.hunt.figures import FIGURES, Figure
from core.lenses.hunt.records import Record
from core.lenses.hunt.rounds import Round
from core.training.defects import DEFECTS

NONE = "No bug"


def title(defect: str | None) -> str:
    return DEFECTS[defect].title if defect else NONE


def judge(hidden: Round, answer: Answer, record: Record) -> Verdict:
    """The verdict on an answer, by the record of the round's run."""
    same = answer.defect == (hidden.defect.name if hidden.defect else None)
    right = same and answer.layer == hidden.layer
    if right:
        first = f"Right: {truth(hidden)}"
    elif same:
        first = f"{title(answer.defect)} it is, but not in {answer.layer}."
    else:
        first = f"{title(answer.defect)}: that is not it. {_against(hidden, answer, record)}"
    return Verdict(right, (first, *_evidence(answer, record)))


def truth(hidden: Round) -> str:
    """What the round was, in full."""
    if hidden.defect is None:
        return f"{NONE}: this run is as it should be."
    where = f" Here it is {hidden.layer}." if hidden.layer else ""
    return f"{hidden.defect.title}. {hidden.defect.did}{where}"


def _against(hidden: Round, answer: Answer, record: Record) -> str:
    if answer.defect is None:
        return f"One figure crosses its line, and it can be read on {_page(hidden)}."
    figure = FIGURES[DEFECTS[answer.defect].figure]
    value = figure.value(record)
    if value is None:
        return f"It would show in this figure, which the run has nothing of: {figure.title}."
    if not figure.crossed(record):
        return f"It would lift this figure above {figure.line:g}, and it is {spelt(value)}: {figure.title}."
    return f"What it would lift is above its line, but another bug does that, too: look at {_page(hidden)} as well."


def _page(hidden: Round) -> str:
    return FIGURES[hidden.defect.figure].page.capitalize()


def _evidence(answer: Answer, record: Record) -> tuple[str, ...]:
    if answer.figure is None:
        return ()
    figure = FIGURES[answer.figure]
    return (f"Your evidence: {said(figure, figure.value(record))}",)


def said(figure: Figure, value: float | None) -> str:
    """A figure and where it stands, as a sentence."""
    if value is None:
        return f"{figure.title}: this run has nothing of it."
    side = "above" if value > figure.line else "not above"
    return f"{figure.title}: {spelt(value)}, {side} the line of {figure.line:g}."


def spelt(value: float) -> str:
    """Three digits, with a true minus."""
    return f"{value:.3g}".replace("-", "−") if abs(value) < 1e6 else f"{value:.1e}"
