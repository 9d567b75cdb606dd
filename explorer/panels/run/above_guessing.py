"""A run that ended worse than guessing says so: all its steps are done, and yet it has failed.

>>> above_guessing(info)
'Its loss ended at 2.81e31, above 3.30, that of guessing: train again with a smaller learning rate, such as 0.1.'
"""

import math

from core.nn.notation import parse
from core.runs.info import RunInfo
from core.training.config import USUAL_LR
from explorer import theme
from explorer.feeds import recorded

LAST = 1_000  # steps whose mean loss counts
ENOUGH = 100  # steps before which no run is judged


def above_guessing(info: RunInfo) -> str | None:
    """One sentence, with what to do; None where a run goes on, is too short to say, or ended below log(vocabulary).

    A penalty, or the noise of small batches, may lift a loss in training: one loss below guessing is enough.
    """
    losses = recorded.losses(info.id)
    if info.kind != "trained" or info.state not in ("finished", "stopped") or len(losses) < ENOUGH:
        return None
    config = recorded.config(info.id)
    guessing = math.log(parse(config.model)[0].arguments["vocab"])
    smoothed = float(losses[-LAST:].mean(dtype="float64"))
    ended = smoothed if info.train_loss is None else min(smoothed, info.train_loss)
    if not ended > guessing:
        return None
    if ended > losses[0]:
        do = f"with a smaller learning rate, such as {min(USUAL_LR, config.lr / 10):g}"
    else:
        do = f"for more steps, or with another learning rate than {config.lr:g}"
    return f"Its loss ended at {theme.loss(ended)}, above {guessing:.2f}, that of guessing: train again {do}."
