"""What is said to an answer: is it right, what speaks against it, what does the evidence say?

>>> reply(round_of(token), Answer("huge-logits", None, "first_loss"), record)[0]
"Right: Huge initial logits. The last layer's weights begin a hundred times too large."

Sentences on a wrong answer say what speaks against it, and never what the bug is.
"""

from core.lenses.hunt.answer import Answer
from core.lenses.hunt.figures import FIGURES, Figure
from core.lenses.hunt.records import Record
from core.lenses.hunt.rounds import Round, places
from core.training.defects import DEFECTS, Defect

NONE = "No bug"


def title(defect: str | None) -> str:
    return DEFECTS[defect].title if defect else NONE


def reply(hidden: Round, answer: Answer, record: Record) -> list[str]:
    """The sentences on an answer, by the record of the round's run."""
    guessed = DEFECTS[answer.defect] if answer.defect else None
    if answer.right(hidden):
        first = f"Right: {truth(hidden)}"
        if guessed and answer.figure == guessed.figure:
            return [first, "Your evidence shows it."]
    elif guessed == hidden.defect:
        first = f"“{guessed.title}” is right, but it does not sit in {answer.layer}: look at the layers once more."
    elif guessed is None:
        first = f"There is a bug: a figure that can be read on {_page(hidden.defect)} is over its line."
    else:
        first = f"It is not “{guessed.title}”. {_against(hidden, answer, record)}"
        if answer.figure == guessed.figure:
            return [first]  # it has the evidence in it
    return [first, *([f"Your evidence: {said(FIGURES[answer.figure], record)}"] if answer.figure else [])]


def truth(hidden: Round) -> str:
    """What the round was, in full."""
    if hidden.defect is None:
        return "This run has no bug. It is as it should be."
    where = f" Here it is {hidden.layer}." if hidden.layer else ""
    return f"{hidden.defect.title}. {hidden.defect.did}{where}"


def _against(hidden: Round, answer: Answer, record: Record) -> str:
    """Why this bug, which is not it, cannot be, or why what speaks for it does not."""
    guessed = DEFECTS[answer.defect]
    if not places(guessed, hidden.model):
        return f"It needs {guessed.needs}, and this model has none."
    figure = FIGURES[guessed.figure]
    value = figure.value(record)
    if value is None:
        return "The figure that would show it cannot be read in this run."
    if not figure.crossed(record):
        return f"{_upper(figure.told(value))}; with this bug it would be {figure.beyond()}."
    further = ""
    if hidden.defect:
        again = "again" if _page(hidden.defect) == _page(guessed) else "as well"
        further = f": look at {_page(hidden.defect)} {again}"
    return f"{_upper(figure.told(value))}. This bug would do that, too, but here it has another cause{further}."


def _page(defect: Defect) -> str:
    return FIGURES[defect.figure].page.capitalize()


def said(figure: Figure, record: Record) -> str:
    """A figure of a run, and on which side of its line it is, as a sentence."""
    value = figure.value(record)
    if value is None:
        return "The run has recorded nothing of it."
    side = "over its line" if figure.crossed(record) else "not over its line"
    return f"{_upper(figure.told(value))}, {side} ({figure.beyond()})."


def _upper(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
