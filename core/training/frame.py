"""What one look at a model records."""

import json
from dataclasses import dataclass, field

import numpy as np
from safetensors.numpy import load, save

BINS = 64
ROLES = ("output", "output_grad", "weight", "weight_grad")
STATS = ("mean", "std", "min", "max", "low", "high", "nan", "inf", "saturated", "dead", "grad_data", "update_data")
SATURATED_INT8 = 124  # in a map of tanh outputs: the least |int8| of a saturated unit, |value| > 0.97
NAN_INT8 = -128  # in a map of tanh outputs


@dataclass(frozen=True)
class TensorInfo:
    """Which tensor a row of a frame describes: `TensorInfo("5.Tanh", "output", "5.Tanh", (32, 4, 68))`."""

    name: str  # the layer's name for outputs, the parameter's ("3.Linear.weight") for weights
    role: str  # one of ROLES
    layer: str  # the layer it belongs to
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Frame:
    """One moment of a run: a row of statistics and a histogram for every tensor.

    >>> frame = Frame.from_bytes(frame.to_bytes())
    >>> frame.stats[i, STATS.index("std")], frame.counts[i].sum()

    `tensors[i]` says what row i is. `stats` is float32 (tensors, len(STATS)):
    mean, std (unbiased), min, max of the finite values; low, high: the histogram's outer edges (64 equal bins);
    nan, inf: how many; saturated: share of |value| > 0.97 (of a ReLU: of zeros) and dead: share of units saturated for
    the whole batch, at every position (both for Tanh and ReLU outputs, else NaN); grad_data: std(grad) / std(data) and
    update_data: log10(std(step) / std(data)), where the step is what is subtracted, in plain descent lr * grad (both
    for weights, else NaN, also where all weights are equal or no gradient flows).
    `counts` is int32 (tensors, 64).
    `maps` holds small pictures by name: a Tanh output, at its last position, as int8 (batch <= 32, units <= 256): value
    * 127, saturated from SATURATED_INT8 on, NAN_INT8 for NaN; a ReLU output as 0 where it is 0, else 1 to 127 by the
    picture's largest; and the BatchNorm statistics as float32:
    "4.BatchNorm1d.batch_mean", ".batch_var", ".running_mean", ".running_var".
    """

    step: int  # the step looked at: its batch, its gradients, the weights before its update
    loss: float
    lr: float
    tensors: tuple[TensorInfo, ...]
    stats: np.ndarray
    counts: np.ndarray
    maps: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Of its arrays; a kilobyte or so less than `to_bytes` takes."""
        return self.stats.nbytes + self.counts.nbytes + sum(array.nbytes for array in self.maps.values())

    def to_bytes(self) -> bytes:
        """The frame as one safetensors file: plain arrays and JSON, nothing that runs."""
        head = {"step": self.step, "loss": self.loss, "lr": self.lr, "tensors": [_as_list(t) for t in self.tensors]}
        arrays = {"stats": self.stats, "counts": self.counts} | {f"map/{k}": v for k, v in self.maps.items()}
        return save(arrays | {"head": np.frombuffer(json.dumps(head).encode(), np.uint8)})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frame":
        arrays = load(data)
        head = json.loads(arrays["head"].tobytes())
        tensors = tuple(TensorInfo(name, role, layer, tuple(shape)) for name, role, layer, shape in head["tensors"])
        maps = {k.removeprefix("map/"): v for k, v in arrays.items() if k.startswith("map/")}
        return cls(head["step"], head["loss"], head["lr"], tensors, arrays["stats"], arrays["counts"], maps)

    def edges(self, row: int) -> np.ndarray:
        """The 65 bin edges of one row's histogram."""
        return np.linspace(*self.stats[row, [STATS.index("low"), STATS.index("high")]].tolist(), BINS + 1)


def _as_list(info: TensorInfo) -> list:
    return [info.name, info.role, info.layer, list(info.shape)]
