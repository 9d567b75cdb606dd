"""The black box of a run that diverged, read once for all sessions of the server.

    >>> opened = black_box.opened(info)
    >>> opened.trace.first.layer
    '3.Linear'

What comes back is shared: leave it as it is.
"""

from dataclasses import dataclass

import pandas as pd

from core.dataset import END, Dataset
from core.lenses.black_box import Trace, examples, read
from core.runs.info import RunInfo
from core.training.black_box import BlackBox, Moment
from explorer.feeds import recorded
from explorer.shared import Shared

_opened = Shared(seconds=600, size=4)  # tens of megabytes each


@dataclass(frozen=True)
class Opened:
    """`trace.first` is there in every one: a loss that is not finite is broken itself."""

    box: BlackBox
    trace: Trace

    @property
    def culprit(self) -> Moment:
        """The moment whose batch did it: that of the first broken number, or of the update that broke a weight."""
        first = self.trace.first
        step = first.step - (first.phase == "update")
        return next((m for m in self.box.moments if m.frame.step == step), self.box.moments[0])


def opened(info: RunInfo) -> Opened | None:
    """None of a run that has not diverged, or of which none was kept."""
    if info.state != "diverged":
        return None
    at = recorded.store()

    def compute() -> Opened | None:
        box = at.black_box(info.id)
        return box and Opened(box, read(box))

    return _opened.get((at.home, info.id), compute)


def batch(found: Opened, dataset: Dataset) -> pd.DataFrame:
    """One row an example: context and target as characters, and where known whether it is one that broke first."""
    moment = found.culprit
    rows = [
        {"example": i, "context": _written(context, dataset), "target": _written(target.reshape(-1), dataset)}
        for i, (context, target) in enumerate(zip(moment.contexts, moment.targets, strict=True), 1)
    ]
    table = pd.DataFrame(rows)
    broken = examples(moment, found.trace.first)
    if broken is not None:
        table["NaN or Inf"] = ["✕" if bad else "" for bad in broken[: len(table)]]
    return table


def _written(codes, dataset: Dataset) -> str:
    """Characters as they are read, the end of a word as a dot; -1, where nothing is predicted, as a space."""
    symbols = END + dataset.chars
    return "".join(symbols[code] if code >= 0 else " " for code in codes)
