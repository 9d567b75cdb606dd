"""What people call a run, and what tells it from others.

    >>> called(info), apart(info, built_in)
    ('wavenet-p7m4da', ['lr 0.01', 'fork of k3x9q2 at 1,000'])
    >>> called(other), described(other, built_in)
    ('half the rate', 'half the rate · words.txt · lr 0.05 · seed 7')

What is as in every run (the built-in names, the usual learning rate and seed) is left out.
"""

from core.runs.errors import BadName
from core.runs.info import RunInfo
from core.training.config import RunConfig

LONGEST_NAME = 60  # characters
SHOWN = 20  # of them, among other things of a run
BETWEEN = " · "


def checked_name(name: str) -> str:
    """What somebody wants to call a run, in one line and without spaces around. Raises BadName.

    >>> checked_name(" slower, \\n from 1,000 on ")
    'slower, from 1,000 on'
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadName(f"A run's name is one line of 1 to {LONGEST_NAME} characters.")
    return name


def called(info: RunInfo) -> str:
    """The name that somebody gave it; else its id."""
    return shortened(given(info)) or info.id


def given(info: RunInfo) -> str:
    """The name that somebody gave it; "" where it has that of its preset."""
    return "" if info.name == (info.preset or "model") else info.name


def apart(info: RunInfo, built_in: str) -> list[str]:
    """What was chosen for it, besides its name and its steps; `built_in` is the sha256 of the usual words."""
    parts = []
    if info.dataset not in ("", built_in):  # nobody knows the words of a watched run
        parts.append(shortened(info.words))
    if info.lr not in (None, RunConfig.lr):
        parts.append(f"lr {info.lr:g}")
    if info.seed not in (None, RunConfig.seed):
        parts.append(f"seed {info.seed}")
    if info.defect:
        parts.append(f"bug {info.defect}")
    if info.parent:
        parts.append(f"fork of {ending(info.parent)} at {info.parent_step:,}")
    return parts


def described(info: RunInfo, built_in: str) -> str:
    """What tells it apart beside its id: its name, where one was given, and what was chosen for it."""
    return BETWEEN.join(filter(None, [shortened(given(info)), *apart(info, built_in)]))


def ending(run_id: str) -> str:
    """What tells an id from all others: its last six letters."""
    return run_id[-6:]


def shortened(name: str) -> str:
    """Of a long name, its beginning; in one line."""
    name = " ".join(name.split())
    return name if len(name) <= SHOWN else f"{name[: SHOWN - 1]}…"
