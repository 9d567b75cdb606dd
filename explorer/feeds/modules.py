"""From frames of a watched run to what Activations and Gradients draw of a part of its model, once for all sessions.

    >>> view = modules.histograms(run_id, moment=None, part="encoder", show=ALL, gradients=False, own=False)
    >>> view.chosen.total, view.chosen.level, sorted(view.tables)
    (212, 3, ['bins', 'nans', 'rules', 'texts'])

What comes back is shared: leave it as it is.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from core.training.frame import STATS, Frame
from explorer.charts.histogram_layouts import GRADIENTS, OUTPUTS
from explorer.charts.histogram_tables import histogram_tables, reach, squeezed
from explorer.charts.ratios import ratio_tables
from explorer.feeds import frames, recorded
from explorer.feeds.module_rows import MOST_LINES, Chosen, ModuleTree, inside, spread_out
from explorer.shared import Shared

_recent = Shared(seconds=0.4)


@dataclass(frozen=True)
class Histograms:
    """The picture of a part's modules at one moment."""

    frame: Frame
    chosen: Chosen
    squeezed: int  # rows that show no shape on the scale they share
    tables: dict[str, pa.Table]


@dataclass(frozen=True)
class Ratios:
    """The picture of a part's weights over time."""

    names: tuple[str, ...]
    total: int  # weights with two dimensions or more that the part has
    tables: dict[str, pa.Table]
    dropped: int  # ratios that are not a number


def tree(run_id: str) -> ModuleTree:
    at = recorded.store()
    return _recent.get(("tree", at.home, run_id), lambda: ModuleTree(recorded.watched(run_id).modules))


def histograms(run_id: str, moment: int | None, part: str, show: str, gradients: bool, own: bool) -> Histograms | None:
    """As `frames.histograms`; None where nothing is recorded."""
    frame = recorded.frame(run_id, moment)
    if frame is None:
        return None

    def compute() -> Histograms:
        layout = GRADIENTS if gradients else OUTPUTS
        roles = ("output_grad", "weight_grad") if gradients else ("output", "weight")
        chosen = tree(run_id).rows(frame.tensors, part, show, *roles)
        far: list[float | None] = [None, None]
        if not own:
            stats = frames.history(run_id).until(frame.step).with_frame(frame).stats
            far = [reach(stats, [getattr(row, side) for row in chosen.rows]) for side in ("left", "right")]
        tables = histogram_tables(frame, chosen.rows, layout, *far)
        return Histograms(frame, chosen, squeezed(frame, chosen.rows, *far), tables)

    return _recent.get((recorded.store().home, run_id, frame.step, part, show, gradients, own), compute)


def ratios(run_id: str, moment: int | None, kind: str, part: str) -> Ratios | None:
    """As `frames.ratios`, of the weights in a part of the model: of more than MOST_LINES some, evenly chosen."""
    frame = recorded.frame(run_id, None)
    if frame is None:
        return None

    def compute() -> Ratios:
        all_time = frames.history(run_id).with_frame(frame)
        found = [
            i
            for i, tensor in enumerate(all_time.tensors)
            if tensor.role == "weight" and len(tensor.shape) > 1 and inside(tensor.layer, part)
        ]
        picked = spread_out(found, MOST_LINES)
        values = all_time.stats[:, picked, STATS.index(kind)].astype(np.float64)
        if kind == "grad_data":  # update_data is a logarithm already
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log10(values)
        weights = [all_time.tensors[i] for i in picked]
        names, labels = tuple(w.name for w in weights), [tree(run_id).label(w.layer, part) for w in weights]
        tables = ratio_tables(all_time.steps, values, names, moment, kind, labels)
        return Ratios(names, len(found), tables, int((~np.isfinite(values)).sum()))

    return _recent.get((recorded.store().home, run_id, "ratios", frame.step, moment, kind, part), compute)
