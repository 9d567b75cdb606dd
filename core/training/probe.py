"""One look at a model: every output, gradient and weight as a row of statistics and a histogram.

>>> frame = look(model, step=100, loss=2.9, lr=0.1)      # after model.backward(), before model.update()
>>> frame.tensors[4].name, frame.stats[4], frame.counts[4]

Looking draws no random number and writes nothing that the model reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from core.nn.layers import BatchNorm1d, Layer, ReLU, Tanh
from core.nn.sequential import Sequential
from core.training.frame import BINS, NAN_INT8, STATS, Frame, TensorInfo
from core.training.summary import saturation, summarise

MAP_EXAMPLES, MAP_UNITS = 32, 256

_SATURATED, _GRAD_DATA, _UPDATE_DATA, _STD = (STATS.index(n) for n in ("saturated", "grad_data", "update_data", "std"))


@dataclass
class _Plan:
    """What to look at in a connected model, worked out once: flat views of its arrays."""

    logits: object  # as the model was connected
    tensors: tuple[TensorInfo, ...]
    values: list[np.ndarray]  # one a tensor, float32 (n,)
    tanh: list[tuple[int, np.ndarray]]  # row and output (N, C)
    relu: list[tuple[int, np.ndarray]]  # the same
    pictures: list[tuple[Layer, np.ndarray]]  # a Tanh or ReLU and its output, as much of it as a map shows
    weights: slice  # rows of the weights; those of their gradients follow in the same order
    norms: list[BatchNorm1d]


_PLANS: WeakKeyDictionary[Sequential, _Plan] = WeakKeyDictionary()


def look(model: Sequential, step: int, loss: float, lr: float, moves: Sequence[np.ndarray] | None = None) -> Frame:
    """The Frame of the step that `model` has in its arrays: rows for outputs, output gradients, weights, gradients.

    Within each role, layers stand in order; one without a gradient has no row for it. `moves` are what the step is
    about to subtract from each parameter, where that is not lr * grad (`Trainer.moves`).
    """
    plan = _PLANS.get(model)
    if plan is None or plan.logits is not model.logits:
        plan = _PLANS[model] = _plan(model)
    model.fill()
    stats = np.full((len(plan.tensors), len(STATS)), np.nan, np.float32)
    counts = np.empty((len(plan.tensors), BINS), np.int32)
    for values, row, histogram in zip(plan.values, stats, counts, strict=True):
        summarise(values, row, histogram)
    for row, output in plan.tanh:
        stats[row, _SATURATED : _SATURATED + 2] = saturation(output, np.empty(output.shape[1], np.float32))
    for row, output in plan.relu:
        silent = output <= 0
        stats[row, _SATURATED : _SATURATED + 2] = silent.mean(), silent.all(axis=0).mean()
    _ratios(stats, plan.weights, lr, moves)
    return Frame(step, loss, lr, plan.tensors, stats, counts, _maps(plan))


def _ratios(stats: np.ndarray, weights: slice, lr: float, moves: Sequence[np.ndarray] | None) -> None:
    """grad:data and update:data of the weights; NaN where the weights are all equal or there is no gradient."""
    data, grad = stats[weights, _STD].astype(float), stats[weights.stop :, _STD].astype(float)
    ratio = np.divide(grad, data, out=np.full_like(data, np.nan), where=(data > 0) & np.isfinite(grad))
    stats[weights, _GRAD_DATA] = ratio
    step = lr * ratio
    if moves is not None:
        sizes = np.array([move.std(ddof=1, dtype=np.float64) if move.size > 1 else np.nan for move in moves])
        step = np.divide(sizes, data, out=np.full_like(data, np.nan), where=data > 0)
    stats[weights, _UPDATE_DATA] = np.log10(step, out=np.full_like(data, np.nan), where=step > 0)


def _maps(plan: _Plan) -> dict[str, np.ndarray]:
    maps = {layer.name: _PICTURES[layer.kind](values) for layer, values in plan.pictures}
    for norm in plan.norms:
        for key, array in (norm.batch_statistics() | norm.buffers()).items():
            maps[f"{norm.name}.{key}"] = array.copy()
    return maps


def tanh_picture(values: np.ndarray) -> np.ndarray:
    """Tanh outputs times 127 as int8, rounded so that |value| > 0.97 is |int8| >= SATURATED_INT8."""
    scaled = np.trunc(np.clip(values, -1, 1) * np.float32(127) + np.copysign(np.float32(0.81), values))
    return np.where(np.isnan(scaled), NAN_INT8, scaled).astype(np.int8)


def relu_picture(values: np.ndarray) -> np.ndarray:
    """ReLU outputs as int8: 0 where the unit is silent, else 1 to 127, by the largest of the picture."""
    finite = np.isfinite(values)
    largest = values.max(where=finite, initial=0) or 1
    scaled = np.ceil(np.clip(values / largest, 0, 1, where=finite, out=np.ones_like(values)) * 127)
    return np.where(np.isnan(values), NAN_INT8, scaled).astype(np.int8)


_PICTURES = {"Tanh": tanh_picture, "ReLU": relu_picture}


def _plan(model: Sequential) -> _Plan:
    tensors, values = [], []

    def add(name: str, role: str, layer: str, array: np.ndarray) -> None:
        tensors.append(TensorInfo(name, role, layer, array.shape))
        values.append(array.reshape(-1))

    for role, attribute in (("output", "data"), ("output_grad", "grad")):
        for layer in model.layers:
            if (array := getattr(layer.out, attribute)) is not None:  # what counts has no gradient
                add(layer.name, role, layer.name, array)
    first = len(tensors)
    for role, attribute in (("weight", "data"), ("weight_grad", "grad")):
        for layer in model.layers:
            for parameter in layer.parameters():
                add(parameter.name, role, layer.name, getattr(parameter, attribute))
    outputs = [(row, layer, layer.out.data.reshape(-1, layer.out.shape[-1])) for row, layer in enumerate(model.layers)]
    return _Plan(
        model.logits,
        tuple(tensors),
        values,
        [(row, output) for row, layer, output in outputs if isinstance(layer, Tanh)],
        [(row, output) for row, layer, output in outputs if isinstance(layer, ReLU)],
        [
            (layer, _last_position(layer.out.data)[:MAP_EXAMPLES, :MAP_UNITS])
            for layer in model.layers
            if layer.kind in _PICTURES
        ],
        slice(first, first + len(model.parameters())),
        [layer for layer in model.layers if isinstance(layer, BatchNorm1d)],
    )


def _last_position(output: np.ndarray) -> np.ndarray:
    """(B, T, C) or (B, C) -> (B, C): the position that has seen the latest characters."""
    return output[:, -1] if output.ndim == 3 else output
