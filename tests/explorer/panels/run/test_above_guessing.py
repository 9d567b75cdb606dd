"""A run that ended worse than guessing is told apart from one that learnt."""

import math

import numpy as np
import pytest

from explorer.feeds import recorded
from explorer.panels.run.above_guessing import above_guessing
from tests.explorer.app import app
from tests.explorer.recorded import falling, record

GUESSING = math.log(27)


def said(home, losses, **status) -> str | None:
    return above_guessing(recorded.info(record(home, losses.astype(np.float32), **status)))


def test_a_run_that_blew_up_says_so_on_every_page(home):
    losses = np.append(falling(100), np.full(2_000, 2.81e31, np.float32))
    at = app("predict", run=record(home, losses))
    (warning,) = at.warning
    assert warning.value == (
        "Its loss ended at 2.81e31, above 3.30, that of guessing: train again with a smaller learning rate, such as "
        "0.01."
    )


def test_a_run_that_never_began_to_learn_is_told_to_go_on(home):
    assert said(home, np.linspace(3.4, 3.35, 500)).endswith("for more steps, or with another learning rate than 0.1.")


@pytest.mark.parametrize(
    ("losses", "status"),
    [
        (np.full(500, GUESSING - 0.01), {}),
        (np.full(99, 5.0), {}),
        (np.full(500, 5.0), {"state": "paused", "steps": 1_000}),
        (np.full(500, 5.0), {"train_loss": 2.0}),  # of the penalty, say
    ],
)
def test_others_are_left_in_peace(home, losses, status):
    assert said(home, losses, **status) is None
