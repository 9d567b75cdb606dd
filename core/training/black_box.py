"""The last steps before a loss that is not finite, kept whole.

>>> box = record(trainer, checkpoint, step=70)    # the trainer that diverged there, a checkpoint from before
>>> box.moments[-1].frame.step, sorted(box.moments[-1].arrays)[:2]
(70, ['output/1.Embedding', 'output/2.FlattenConsecutive'])
>>> box = BlackBox.from_bytes(box.to_bytes())

Nothing is kept while training goes well: the steps are taken once more, from the checkpoint on, and as a run is decided
by its numbers alone they are the same to the bit.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from safetensors.numpy import load, save

from core.nn.containers import SkipSum
from core.nn.sequential import Sequential
from core.training import probe
from core.training.frame import ROLES, Frame
from core.training.trainer import Diverged, Trainer

STEPS = 20
ROOM = 32_000_000  # bytes that the whole arrays of all steps may take
EXAMPLES = 256  # of a larger batch, those whose characters are kept
AT_ONCE = 64  # steps of the replay between two looks at whether it may go on


@dataclass(frozen=True)
class Moment:
    """One step as it was taken: its batch, what a frame says of it, and, where there is room, every number."""

    frame: Frame
    contexts: np.ndarray  # int64 (B, T), the first EXAMPLES of them
    targets: np.ndarray  # int64 (B,) or (B, P)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)  # "output/3.Linear", "weight_grad/3.Linear.weight"


@dataclass(frozen=True)
class BlackBox:
    """`moments` are the steps up to the one that diverged, in order; the last `whole` of them have their arrays.

    `reads` says for each layer, in computing order, which others' outputs it is computed from.
    """

    moments: tuple[Moment, ...]
    reads: dict[str, tuple[str, ...]]

    @property
    def whole(self) -> int:
        return sum(bool(moment.arrays) for moment in self.moments)

    def to_bytes(self) -> bytes:
        """One safetensors file: plain arrays and JSON, nothing that runs."""
        arrays = {}
        for i, moment in enumerate(self.moments):
            arrays[f"{i}/frame"] = np.frombuffer(moment.frame.to_bytes(), np.uint8)
            arrays[f"{i}/contexts"], arrays[f"{i}/targets"] = moment.contexts, moment.targets
            arrays |= {f"{i}/array/{name}": array for name, array in moment.arrays.items()}
        head = {"steps": len(self.moments), "reads": self.reads}
        arrays["head"] = np.frombuffer(json.dumps(head).encode(), np.uint8)
        return save(arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> "BlackBox":
        found = load(data)
        head, moments = json.loads(found["head"].tobytes()), []
        for i in range(head["steps"]):
            start = f"{i}/array/"
            arrays = {name.removeprefix(start): array for name, array in found.items() if name.startswith(start)}
            frame = Frame.from_bytes(found[f"{i}/frame"].tobytes())
            moments.append(Moment(frame, found[f"{i}/contexts"], found[f"{i}/targets"], arrays))
        return cls(tuple(moments), {layer: tuple(names) for layer, names in head["reads"].items()})


def record(
    trainer: Trainer,
    checkpoint: dict[str, np.ndarray],
    step: int,
    may_go_on: Callable[[], bool] = lambda: True,
    room: int = ROOM,
) -> BlackBox | None:
    """Takes the steps from a checkpoint to the one that diverges once more and keeps the last of them.

    `trainer` ends where it was when it diverged. `may_go_on()` is asked every few steps; None where it says no. Of a
    model whose arrays of STEPS steps need more than `room` bytes, only the last steps are kept whole, as many as fit:
    of the others, and of a batch of more than EXAMPLES examples, there is a frame and the beginning of the batch.
    """
    trainer.restore(checkpoint)
    while trainer.step < step - STEPS:
        if not may_go_on():
            return None
        trainer.advance(min(AT_ONCE, step - STEPS - trainer.step))
    whole = room // sum(array.nbytes for array in _arrays(trainer.model).values())
    moments: list[Moment] = []

    def look(at: Trainer) -> None:
        moments.append(_moment(at, at.step > step - whole))

    try:
        while trainer.step < step:
            trainer.advance(1, look=look)
    except Diverged:
        return BlackBox(tuple(moments), _reads(trainer.model))
    raise ValueError(f"Step {step:,} does not diverge after this checkpoint: it is of another run.")


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
