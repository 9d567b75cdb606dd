"""The last steps before a loss that is not finite, kept whole: what `replay.py` records.

>>> box.moments[-1].frame.step, sorted(box.moments[-1].arrays)[:2]
(70, ['output/1.Embedding', 'output/2.FlattenConsecutive'])
>>> box = BlackBox.from_bytes(box.to_bytes())
"""

import json
from dataclasses import dataclass, field

import numpy as np
from safetensors.numpy import load, save

from core.training.frame import Frame

STEPS = 20  # how many
EXAMPLES = 256  # of a larger batch, those whose characters are kept


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
