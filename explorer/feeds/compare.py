"""Two runs side by side: where they part, their losses on one axis, their layers in one picture.

    >>> compare.parting("wavenet-k3x9q2", "wavenet-p7m4da")
    Parting(step=1001, what='update', name='1.Embedding.weight')

What comes back is shared by all sessions: leave it as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from core.lenses import parting as lens
from core.training.frame import Frame
from explorer.charts.compare_losses import compared
from explorer.charts.frame_rows import ALL, Row, kind_of
from explorer.charts.histogram_layouts import COMPARED, COMPARED_OUTPUTS
from explorer.charts.histogram_tables import histogram_tables
from explorer.charts.loss_tables import LossSummary, LossTables, loss_tables
from explorer.feeds import recorded
from explorer.shared import Shared

_partings = Shared(seconds=float("inf"), size=64)
_recent = Shared(seconds=0.4)


@dataclass(frozen=True)
class Layers:
    """What a role's tensors are like in both runs: the frames, and the picture's tables."""

    frames: tuple[Frame, Frame]
    rows: int
    tables: dict[str, pa.Table]


def parting(left: str, right: str, progress: Callable[[float], None] = lambda share: None) -> lens.Parting | None:
    """See `core.lenses.parting.part`; computed anew only where both have taken more steps alike."""
    at = recorded.store()
    last = lens.horizon(recorded.losses(left), recorded.losses(right))
    return _partings.get((at.home, left, right, last), lambda: lens.part(at, left, right, progress))


def losses(left: str, right: str, window: int, until: int | None = None) -> dict[str, pa.Table]:
    """The mean losses of both and their validation losses, in one table each; `until`: the last step of both."""
    key = ("losses", recorded.store().home, left, right, window, until)
    return _recent.get(key, lambda: compared(*(_first(run, window, until) for run in (left, right)), until))


def _first(run: str, window: int, until: int | None) -> LossTables:
    """The loss tables of a run, or of its first steps alone: their means are over fewer steps."""
    if until is None:
        return recorded.loss(run, window, log=True)
    few = LossSummary(recorded.losses(run)[:until])
    return loss_tables(few, recorded.evaluations(run), recorded.config(run), window, log=True)


def layers(left: str, right: str, moment: int, show: str, role: str) -> Layers | None:
    """One row a layer (of kind `show`), each on a scale of its own; None where one run has nothing recorded there."""
    frames = recorded.frame(left, moment), recorded.frame(right, moment)
    if None in frames:
        return None
    key = ("layers", recorded.store().home, left, right, frames[0].step, frames[1].step, show, role)
    return _recent.get(key, lambda: _layers(frames, show, role))


def _layers(frames: tuple[Frame, Frame], show: str, role: str) -> Layers:
    both = _joined(*frames)
    here, there = ({t.name: i for i, t in enumerate(frame.tensors) if t.role == role} for frame in frames)
    names = [name for name in here if name in there and _is_shown(frames[0], here[name], show)]
    rows = [Row(name, here[name], len(frames[0].tensors) + there[name]) for name in names]
    layout = COMPARED_OUTPUTS if role == "output" else COMPARED
    return Layers(frames, len(rows), histogram_tables(both, rows, layout, None, None))


def _is_shown(frame: Frame, tensor: int, show: str) -> bool:
    return show in (ALL, kind_of(frame.tensors[tensor].layer))


def _joined(left: Frame, right: Frame) -> Frame:
    """One frame with the tensors of both, those of the right one after the others."""
    return replace(
        left,
        tensors=left.tensors + right.tensors,
        stats=np.concatenate([left.stats, right.stats]),
        counts=np.concatenate([left.counts, right.counts]),
    )
