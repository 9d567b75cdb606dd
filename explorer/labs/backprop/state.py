"""What the views of the Backprop lab share: the batch, the chosen tensor, and what this session has solved."""

import pandas as pd
from torch import Tensor

from core.dataset import Dataset
from core.lenses.backprop.backward import EXERCISES, SMALL_STEPS
from core.lenses.backprop.comparison import comparison_table
from core.lenses.backprop.exercise import Exercise
from core.lenses.backprop.forward import PARAMETERS, STEPS
from core.lenses.backprop.network import Look, first_look
from core.lenses.backprop.progress import Progress, accepted
from core.lenses.backprop.verdict import Verdict, judge
from explorer import session
from explorer.shared import Shared

CHOSEN, TURN, SOLVED, VIEW = "backprop_chosen", "backprop_turn", "backprop_solved", "backprop_view"
LOOK, EXERCISES_VIEW, SHORT_VIEW, TRAIN_VIEW = "Look", "Exercises", "In one expression", "Train with it"
TENSORS = tuple(exercise.tensor for exercise in SMALL_STEPS.values())  # from the loss back
TELLING = "bndiff"  # where Look begins: its lines are long, its value and its gradient show well

_looks = Shared(seconds=float("inf"), size=8)
_tables = Shared(seconds=float("inf"), size=8)
_accepted = Shared(seconds=600, size=64)


def look(dataset: Dataset) -> Look:
    """The first batch with all its gradients."""
    return _looks.get(dataset.sha256, lambda: first_look(dataset))


def table(dataset: Dataset) -> pd.DataFrame:
    """Our gradients beside autograd's, see `core.lenses.backprop.comparison`."""
    return _tables.get(dataset.sha256, lambda: comparison_table(look(dataset)))


def chosen() -> str:
    """The tensor that all views look at; before one is chosen, TELLING, or the one whose gradient is found first."""
    return session.get(CHOSEN) or (TELLING if session.get(VIEW, LOOK) == LOOK else TENSORS[0])


def choose(tensor: str) -> None:
    session.put(CHOSEN, tensor)
    session.put(TURN, turn() + 1)


def turn() -> int:
    """How often a tensor was chosen."""
    return session.get(TURN, 0)


def progress(dataset: Dataset) -> Progress:
    """This session's answers that hold for these words (one that was written for others may not)."""
    everything = all_answers()
    key = ("holding", dataset.sha256, everything)
    return _accepted.get(key, lambda: everything.holding(look(dataset)))


def all_answers() -> Progress:
    """What was ever accepted in this session, for any words."""
    return session.get(SOLVED, Progress())


def begun() -> bool:
    """Has this session answers of its own, or had some?"""
    return session.get(SOLVED) is not None


def keep_answers(solved: Progress) -> None:
    session.put(SOLVED, solved)


def gradients(dataset: Dataset, on_the_way_to: str | None = None) -> dict[str, Tensor]:
    """Autograd's numbers of those that are found, in an order in which they can be found; without those that are made
    from the gradient that is looked for, which would go round in a circle."""
    solved = progress(dataset)
    if on_the_way_to:
        solved = solved.without(on_the_way_to)
    return _accepted.get(("values", dataset.sha256, solved), lambda: accepted(solved, look(dataset)))


def judged(dataset: Dataset, text: str, exercise: Exercise) -> Verdict:
    """The verdict on an answer, given what this session has found."""
    found = gradients(dataset, exercise.name)
    made_from_it = progress(dataset).answers.keys() - found.keys()
    return judge(text, exercise, look(dataset), found, made_from_it)


def text_key(name: str) -> str:
    """The key of the text area of an exercise."""
    return f"backprop_text_{name.replace('-', '_')}"


def next_open(solved: Progress, after: str) -> str | None:
    """The next tensor after one of them whose gradient is not found yet, from the loss back and around."""
    place = TENSORS.index(after) + 1 if after in TENSORS else 0
    names = (*SMALL_STEPS,)
    order = names[place:] + names[:place]
    return next((EXERCISES[name].tensor for name in order if name not in solved.answers), None)


def axes(tensor: str) -> tuple[str, str]:
    """What the rows and columns of a tensor's picture are."""
    named = {
        "C": ("character", "embedding"),
        "W1": ("input", "unit"),
        "W2": ("unit", "character"),
        "b2": ("", "character"),
        "emb": ("example", "position and embedding"),
        "embcat": ("example", "input"),
    }
    if tensor in named:
        return named[tensor]
    groups = {step.name: step.group for step in STEPS}
    one_row = tensor in PARAMETERS or tensor in ("bnmeani", "bnvar", "bnvar_inv")
    if tensor in ("logit_maxes", "counts_sum", "counts_sum_inv"):
        return "example", ""
    letters = tensor == "logits" or groups.get(tensor) == "cross-entropy"
    return "" if one_row else "example", "character" if letters else "unit"
