"""What is wrong with a run at a moment, once for all sessions of the server.

    >>> [finding.rule.title for finding in diagnosis.findings(info, moment=None)]
    ['The first loss is too high', 'A layer is saturated']

What comes back is shared: leave it as it is.
"""

from core.lenses.diagnosis.evidence import Evidence, MeasuredAgain, logged
from core.lenses.diagnosis.rule import Finding
from core.lenses.diagnosis.rules import diagnose
from core.runs.info import Evaluation, RunInfo
from core.training.config import RunConfig
from explorer.feeds import frames, recorded
from explorer.shared import Shared

SMALL = 300_000  # parameters of models whose validation loss is measured again: 0.1 s on one core

_recent = Shared(seconds=0.4)
_again = Shared(seconds=float("inf"), size=128)


def findings(info: RunInfo, moment: int | None) -> list[Finding]:
    """In the rules' order; nothing of a run that is healthy, or too young to say."""
    key = (recorded.store().home, info.id, moment)
    return _recent.get(key, lambda: diagnose(_evidence(info, moment)))


def _evidence(info: RunInfo, moment: int | None) -> Evidence:
    frame = recorded.frame(info.id, moment)
    history = frames.history(info.id)
    if frame is not None:
        history = history.until(frame.step).with_frame(frame)
    losses = logged(recorded.losses(info.id)[:moment])
    evaluations = [e for e in recorded.evaluations(info.id) if e.step <= len(losses)]
    config = recorded.config(info.id) if info.kind == "trained" else None
    return Evidence(
        steps=history.steps if frame is not None else history.steps[:0],
        stats=history.stats if frame is not None else history.stats[:0],
        tensors=history.tensors,
        frame=frame,
        losses=losses,
        evaluations=evaluations,
        config=config,
        again=_measured_again(info, config, evaluations),
    )


def _measured_again(info: RunInfo, config: RunConfig | None, found: list[Evaluation]) -> MeasuredAgain | None:
    """The last validation loss, measured anew from its checkpoint, where it has one."""
    validations = [evaluation for evaluation in found if evaluation.split == "val" and evaluation.step]
    if config is None or not validations or info.parameters > SMALL:
        return None
    last, at = validations[-1], recorded.store()

    def compute() -> MeasuredAgain | None:
        from core.lenses.diagnosis.again import measure_again  # imports torch, which the first page does not wait for

        step, state = at.checkpoint(info.id, last.step) or (None, {})
        return measure_again(config, at.dataset(config.dataset), state, last) if step == last.step else None

    return _again.get((at.home, info.id, last.step), compute)
