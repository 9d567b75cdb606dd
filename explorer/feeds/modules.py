"""From frames of a watched run to what Activations and Gradients draw of a part of its model, once for all sessions.

    >>> chosen, view = modules.histograms(run_id, moment=None, part="encoder", show=ALL, gradients=False, own=False)
    >>> chosen.total, chosen.level, sorted(view.tables)
    (212, 3, ['bins', 'nans', 'rules', 'texts'])

What comes back is shared: leave it as it is.
"""

from explorer.charts.module_rows import MOST_LINES, Chosen, ModuleTree, inside, spread_out
from explorer.feeds import frames, recorded
from explorer.feeds.frames import Histograms, Ratios
from explorer.shared import Shared

_recent = Shared(seconds=0.4)


def tree(run_id: str) -> ModuleTree:
    at = recorded.store()
    return _recent.get(("tree", at.home, run_id), lambda: ModuleTree(recorded.watched(run_id).modules))


def histograms(
    run_id: str, moment: int | None, part: str, show: str, gradients: bool, own: bool
) -> tuple[Chosen, Histograms] | None:
    """As `frames.histograms`, and which of the part's modules are in it; None where nothing is recorded."""
    frame = recorded.frame(run_id, moment)
    if frame is None:
        return None

    def compute() -> tuple[Chosen, Histograms]:
        chosen = tree(run_id).rows(frame.tensors, part, show, *frames.ROLES[gradients])
        return chosen, frames.histograms_of(run_id, frame, chosen.rows, gradients, own)

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
        labels = [tree(run_id).label(all_time.tensors[i].layer, part) for i in picked]
        return frames.ratios_of(all_time, picked, labels, moment, kind, len(found))

    return _recent.get((recorded.store().home, run_id, "ratios", frame.step, moment, kind, part), compute)
