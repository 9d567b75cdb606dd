"""What the figures of the bug hunt say of its runs, computed once for all sessions.

>>> hunt.series(info, "first_loss")[0]
(1, 5.31)
"""

from core.lenses.hunt import records
from core.lenses.hunt.answer import Answer
from core.lenses.hunt.figures import FIGURES
from core.lenses.hunt.rounds import round_of
from core.lenses.hunt.series import Points
from core.lenses.hunt.verdict import reply
from core.runs.info import RunInfo
from explorer.feeds import recorded
from explorer.shared import Shared

_records = Shared(seconds=float("inf"), size=16)
_series = Shared(seconds=float("inf"), size=256)


def replies(info: RunInfo, answer: Answer) -> list[str]:
    """What is said to an answer to a round whose run has ended."""
    return reply(round_of(info.hunt), answer, record(info))


def record(info: RunInfo) -> records.Record:
    """What a run that has ended left behind."""
    at = recorded.store()
    return _records.get((at.home, info.id, info.step), lambda: records.of_run(at, info.id))


def series(info: RunInfo, figure: str) -> Points:
    """A figure over the steps of a run that has ended."""
    key = (recorded.store().home, info.id, info.step, figure)
    return _series.get(key, lambda: FIGURES[figure].series(record(info)))
