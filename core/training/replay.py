"""Takes the last steps of a run that diverged once more, and keeps them whole.

>>> box = record(trainer, checkpoint, step=70)    # the trainer that diverged there, a checkpoint from before

Nothing is kept while training goes well: as a run is decided by its numbers alone, steps that are taken once more, from
the checkpoint on, are the same to the bit.
"""

from collections.abc import Callable

import numpy as np

from core.nn.containers import SkipSum
from core.nn.sequential import Sequential
from core.training import probe
from core.training.black_box import EXAMPLES, STEPS, BlackBox, Moment
from core.training.frame import ROLES
from core.training.trainer import Diverged, Trainer

ROOM = 32_000_000  # bytes that the whole arrays of all steps may take
AT_ONCE = 64  # steps between two looks at whether it may go on


def record(
    trainer: Trainer,
    checkpoint: dict[str, np.ndarray],
    step: int,
    may_go_on: Callable[[], bool] = lambda: True,
    room: int = ROOM,
) -> BlackBox | None:
    """Takes the steps from a checkpoint to the one that diverges once more and keeps the last of them.

    `trainer` ends where it was when it diverged. `may_go_on()` is asked every few steps; None where it says no, or
    where the steps come out otherwise: another processor may round otherwise. Of a model whose arrays of STEPS steps
    need more than `room` bytes, only the last steps are kept whole, as many as fit: of the others, and of a batch of
    more than EXAMPLES examples, there is a frame and the beginning of the batch.
    """
    moments: list[Moment] = []
    whole = room // sum(array.nbytes for array in _arrays(trainer.model).values())

    def look(at: Trainer) -> None:
        moments.append(_moment(at, at.step > step - whole))

    trainer.restore(checkpoint)
    try:
        while trainer.step < step - STEPS:
            if not may_go_on():
                return None
            trainer.advance(min(AT_ONCE, step - STEPS - trainer.step))
        while trainer.step < step:
            trainer.advance(1, look=look)
    except Diverged:
        return BlackBox(tuple(moments), _reads(trainer.model)) if trainer.step == step else None
    return None


def _moment(trainer: Trainer, whole: bool) -> Moment:
    frame = probe.look(trainer.model, trainer.step, trainer.loss, trainer.lr(trainer.step), trainer.moves())
    model = trainer.model
    arrays = {name: array.copy() for name, array in _arrays(model).items()} if whole else {}
    return Moment(frame, model.contexts.data[:EXAMPLES].copy(), model.targets[:EXAMPLES].copy(), arrays)


def _reads(model: Sequential) -> dict[str, tuple[str, ...]]:
    """By the memory that it reads, by the skips that it adds up, and of a container by the layers inside."""
    reads, owner = {}, {}
    for layer in model.layers:
        names = [owner[layer.x.data.ctypes.data]] if layer.x.data.ctypes.data in owner else []
        names += [inside.name for inside in layer.flat() if inside is not layer]
        names += [skip.name for skip in layer.skips] if isinstance(layer, SkipSum) else []
        reads[layer.name] = tuple(dict.fromkeys(names))
        owner[layer.out.data.ctypes.data] = layer.name
    return reads


def _arrays(model: Sequential) -> dict[str, np.ndarray]:
    """All that a step computes with, by role and name, as in a frame."""
    output, output_grad, weight, weight_grad = ROLES
    arrays = {}
    for layer in model.layers:
        arrays[f"{output}/{layer.name}"] = layer.out.data
        if layer.out.grad is not None:
            arrays[f"{output_grad}/{layer.name}"] = layer.out.grad
        for parameter in layer.parameters():
            arrays[f"{weight}/{parameter.name}"] = parameter.data
            arrays[f"{weight_grad}/{parameter.name}"] = parameter.grad
    return arrays
