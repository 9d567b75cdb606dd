"""One step of somebody's training loop, looked at: every output, gradient, weight and update becomes a row.

Nothing of the model is kept: a tensor is summed up at once, in the hook that sees it. Of each weight a sample is kept
between the moments before and after its update, for the size of the change.
"""

import math
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterable
from functools import wraps

import numpy as np
import torch
from torch import Tensor, nn

from core.training.frame import BINS, ROLES, STATS, Frame, TensorInfo
from core.training.probe import MAP_EXAMPLES, MAP_UNITS, relu_picture, tanh_picture
from core.watch.tree import Tree, Weight, is_there
from core.watch.values import Row, leaves, numbers, resolve

SAMPLE = 2**18  # values of a weight at most, evenly spread over it, that its update is measured by
SATURATED = 0.97
CHANNELS_FIRST = (nn.modules.conv._ConvNd, nn.modules.batchnorm._NormBase, nn.GroupNorm)
RELU, TANH = (nn.ReLU, nn.ReLU6), (nn.Tanh, nn.Hardtanh)  # a ReLU6 is a Hardtanh to torch
GRAD_DATA, UPDATE_DATA, STD = (STATS.index(name) for name in ("grad_data", "update_data", "std"))


def _timed(method: Callable) -> Callable:
    @wraps(method)
    def run(self, *args):
        began = time.perf_counter()
        try:
            return method(self, *args)
        finally:
            self.seconds += time.perf_counter() - began

    return run


class _Seen:
    """An output as it was seen last: which rows it is, and whether its gradient is awaited."""

    def __init__(self, tensor: Tensor, names: list[tuple[str, str]], row: Row):
        self.names, self.row = names, row  # (layer, name) of the module and of the containers that pass it on
        self.tensor, self.version = weakref.ref(tensor), tensor._version
        self.learns = False

    def is_still(self, tensor: Tensor) -> bool:
        return self.tensor() is tensor and self.version == tensor._version


class Look:
    """Gathers what one step shows.

    >>> look = Look(tree)
    >>> look.output(module, inputs, output)      # in a forward hook; the gradient comes by itself
    >>> look.before(weights)                     # right before an update,
    >>> look.after(weights)                      # and right after it
    >>> look.frame(layout)
    """

    def __init__(self, tree: Tree):
        self.tree = tree
        self.rows: dict[tuple[str, str], Row] = {}  # by role and name
        self.calls: Counter[str] = Counter()
        self.shapes: dict[str, tuple[tuple[int, ...], ...]] = {}
        self.seconds = 0.0  # spent looking
        self.open = True
        self.step, self.lr = 0, math.nan  # known at its end
        self._pictures: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Tensor]] = {}
        self._norms: dict[str, Tensor] = {}
        self._seen: dict[str, _Seen] = {}  # by the name of the row
        self._last: _Seen | None = None
        self._channels_first = False  # is the last output (N, C, ...)?
        self._samples: dict[str, Tensor] = {}

    def new_pass(self) -> None:
        """Calls are counted in one pass; rows stay until the new pass comes to them."""
        self.calls.clear()

    @_timed
    @torch.no_grad()
    def output(self, module: nn.Module, inputs: tuple, output: object) -> None:
        path = self.tree.paths[module]
        recomputed = torch._C._current_graph_task_id() != -1  # by activation checkpointing, inside the backward pass
        if recomputed and path in self._seen and self._seen[path].learns:
            return
        if not recomputed or path not in self.calls:
            self.calls[path] += 1
        found = leaves(output)
        self.shapes[path] = tuple(tuple(tensor.shape) for _, tensor in found)
        for i, (key, tensor) in enumerate(found):
            self._see(path, path + key if i else path, tensor)
        if found:
            self._kinds(path, module, inputs, found[0][1])

    @_timed
    def before(self, weights: Iterable[Weight]) -> None:
        """The weights and gradients as the update finds them, and a sample of each weight that learns."""
        for weight in weights:
            if is_there(weight.parameter):
                self.rows["weight", weight.name] = Row(weight.layer, weight.parameter)
                self._gradient_of(weight)
                sample = _sample(weight.parameter) if weight.parameter.requires_grad else None
                if sample is not None:
                    self._samples[weight.name] = sample.clone()

    @_timed
    def after(self, weights: Iterable[Weight]) -> None:
        """How far the update moved each weight. A gradient that came up inside it (LBFGS) is taken now."""
        for weight in weights:
            before = self._samples.pop(weight.name, None)
            if before is not None:
                if ("weight_grad", weight.name) not in self.rows:
                    self._gradient_of(weight)
                moved = _sample(weight.parameter) - before
                self.rows["weight", weight.name].moved = moved.std() if moved.numel() > 1 else None

    @_timed
    def gradients(self, weights: Iterable[Weight]) -> None:
        for weight in weights:
            self._gradient_of(weight)

    def moved(self, weights: Iterable[Weight]) -> bool:
        """Is any weight another than `before` found it?"""
        return any(
            not torch.equal(_sample(weight.parameter), self._samples[weight.name])
            for weight in weights
            if weight.name in self._samples
        )

    @_timed
    def frame(self, layout: "Layout") -> Frame:
        """All of it, without the loss. Weights that no optimiser has are here as well: they did not move."""
        self.before(w for w in self.tree.weights if ("weight", w.name) not in self.rows)
        self._samples.clear()
        resolve(self.rows.values())
        self._ratios()
        maps = {path: draw(part.float().cpu().numpy()) for path, (draw, part) in self._pictures.items()}
        maps |= {name: values.float().cpu().numpy() for name, values in self._norms.items()}
        return Frame(self.step, math.nan, self.lr, *layout.lay_out(self.rows), maps)

    def close(self) -> None:
        """What a late backward pass brings is not taken any more."""
        self.open, self._last = False, None
        self._seen.clear()

    def _see(self, layer: str, name: str, tensor: Tensor) -> None:
        if tensor.is_inference():
            return
        last = self._last
        if last is not None and last.is_still(tensor):  # a container gives what the last module in it gave
            last.names.append((layer, name))
            self.rows["output", name] = last.row.also(layer)
            self._seen[name] = last
            self.rows.pop(("output_grad", name), None)
            return
        row = self.rows["output", name] = Row(layer, tensor)
        self.rows.pop(("output_grad", name), None)
        seen = self._seen[name] = self._last = _Seen(tensor, [(layer, name)], row)
        if tensor.requires_grad and row.readable:
            seen.learns = True
            tensor.register_hook(lambda gradient: self._gradient(seen, gradient))

    @_timed
    def _gradient(self, seen: _Seen, gradient: Tensor) -> None:
        names = [(layer, name) for layer, name in seen.names if self._seen.get(name) is seen]
        if self.open and names:
            first = Row(names[0][0], gradient)
            for layer, name in names:
                self.rows["output_grad", name] = first if name == names[0][1] else first.also(layer)

    def _gradient_of(self, weight: Weight) -> None:
        gradient = weight.parameter.grad if is_there(weight.parameter) else None
        if gradient is not None:
            self.rows["weight_grad", weight.name] = Row(weight.layer, gradient)

    def _kinds(self, path: str, module: nn.Module, inputs: tuple, output: Tensor) -> None:
        """What only some kinds of module show: saturation and a picture of activations, a BatchNorm's statistics."""
        if isinstance(module, CHANNELS_FIRST):
            self._channels_first = True
        elif any(True for _ in module.parameters(recurse=False)):
            self._channels_first = False
        row = self.rows.get(("output", path))
        if row is None or not row.readable or output.layout != torch.strided:
            return
        if isinstance(module, RELU + TANH) and output.numel() and output.is_floating_point():
            self._activation(path, row, isinstance(module, RELU), output.detach())
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and inputs and isinstance(inputs[0], Tensor):
            self._batch_norm(path, module, inputs[0].detach())

    def _activation(self, path: str, row: Row, relu: bool, output: Tensor) -> None:
        channel = 1 if (self._channels_first and output.ndim > 2) or output.ndim > 3 else output.ndim - 1
        units = output.movedim(channel, -1) if output.ndim else output.reshape(1)
        units = units.reshape(-1, units.shape[-1])  # (N, C): a unit, here, is a channel at any place
        hit = units <= 0 if relu else units.abs() > SATURATED
        row.shares = torch.stack([hit.float().mean(), hit.all(0).float().mean()])
        part = output if output.ndim > 1 else output.reshape(1, -1)
        if channel == 1 and output.ndim > 2:
            part = part.flatten(2)[..., part[0, 0].numel() // 2]  # (B, C, ...) -> (B, C), in the middle
        else:
            part = part.flatten(1, -2)[:, -1] if part.ndim > 2 else part  # (B, T, C) -> (B, C), at the end
        self._pictures[path] = (relu_picture if relu else tanh_picture, part[:MAP_EXAMPLES, :MAP_UNITS].clone())

    def _batch_norm(self, path: str, module: nn.modules.batchnorm._BatchNorm, x: Tensor) -> None:
        over = [0, *range(2, x.ndim)]
        if x.ndim < 2 or x.numel() <= x.shape[1]:
            return
        var, mean = torch.var_mean(x.float(), over, keepdim=True)  # unbiased, as the running one
        shape = (1, x.shape[1])
        self._norms |= {f"{path}.batch_mean": mean.reshape(shape), f"{path}.batch_var": var.reshape(shape)}
        for name in ("running_mean", "running_var"):
            buffer = getattr(module, name)
            if buffer is not None:
                self._norms[f"{path}.{name}"] = buffer.detach().reshape(shape).clone()

    def _ratios(self) -> None:
        """grad:data and update:data, of standard deviations; NaN where all weights are equal or nothing moved."""
        for (role, name), row in self.rows.items():
            data = float(row.stats[STD])
            if role != "weight" or not data > 0:
                continue
            gradient = self.rows.get(("weight_grad", name))
            if gradient is not None:
                row.stats[GRAD_DATA] = gradient.stats[STD] / data
            if row.moved is not None and row.moved > 0:
                row.stats[UPDATE_DATA] = math.log10(row.moved / data)


class Layout:
    """The rows of a watched run's frames: one that was there once is in every later frame, NaN where it is not seen."""

    def __init__(self):
        self._rows: dict[str, dict[str, TensorInfo]] = {role: {} for role in ROLES}

    def lay_out(self, rows: dict[tuple[str, str], Row]) -> tuple[tuple[TensorInfo, ...], np.ndarray, np.ndarray]:
        """`tensors`, `stats` and `counts` of a Frame."""
        for (role, name), row in rows.items():
            self._rows[role][name] = TensorInfo(name, role, row.layer, row.shape)
        gradients = self._rows["output_grad"]  # arrive from the last to the first: they are to stand as the outputs do
        for name in [name for name in self._rows["output"] if name in gradients]:
            gradients[name] = gradients.pop(name)
        tensors = tuple(info for role in self._rows.values() for info in role.values())
        stats = np.full((len(tensors), len(STATS)), np.nan, np.float32)
        counts = np.zeros((len(tensors), BINS), np.int32)
        for i, info in enumerate(tensors):
            row = rows.get((info.role, info.name))
            if row is not None:
                stats[i], counts[i] = row.stats, row.counts
        return tensors, stats, counts


def _sample(parameter: nn.Parameter) -> Tensor | None:
    """A parameter's values, float32, at most SAMPLE of them."""
    flat = numbers(parameter)
    return flat if flat is None or flat.numel() <= SAMPLE else flat[:: math.ceil(flat.numel() / SAMPLE)]
