"""A model of causal convolutions taken apart into cells: each computes one layer at one position of the text.

>>> cells = cells_of(model)            # a connected Sequential such as wavenet-conv's
>>> [cell.name for cell in cells][:3], cells[1].reads
(['1.Embedding', '2.CausalConv1d', '3.BatchNorm1d'], ((0, 1), (0, 0)))

A cell reads earlier cells, each so many positions back, and runs the engine's own layer, in evaluation mode, on a
"text" just long enough for one output. Whoever computes with cells decides what is remembered and what is not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.lenses.convolution.stack import ConvolutionError
from core.nn.containers import Gated, Residual, Skip, SkipSum
from core.nn.convolution import CausalConv1d
from core.nn.layers import BatchNorm1d, Embedding, Layer, Linear, ReLU, Tanh
from core.nn.sequential import Sequential
from core.nn.variable import Variable

TEXT = -1  # in place of a cell: the codes of the text
_HALF, _ONE = np.float32(0.5), np.float32(1)


@dataclass(frozen=True)
class Cell:
    """`compute(inputs)` -> (C,), a new array; `inputs` in the order of `reads`."""

    name: str
    reads: tuple[tuple[int, int], ...]  # (index of a cell, how many positions back)
    width: int  # C
    weights: int  # that it multiplies with: its multiply-adds
    compute: Callable[[Sequence[np.ndarray]], np.ndarray]


def cells_of(model: Sequential) -> list[Cell]:
    """In the order of computing; the last one gives the logits. Weights are shared with the model, which must be
    connected. Raises ConvolutionError for layers that do not treat all positions alike.
    """
    assembly = _Assembly()
    source = TEXT
    for layer in model.stack:
        source = assembly.add(layer, source)
    return assembly.cells


class _Assembly:
    """Cells so far, and those that Skips made for the next SkipSum."""

    def __init__(self):
        self.cells: list[Cell] = []
        self._skips: list[int] = []

    def add(self, layer: Layer, source: int) -> int:
        """The layer's cells, reading the cell `source`; the index of the one that the next layer reads."""
        match layer:
            case Residual():
                inner = source
                for part in layer.inside:
                    inner = self.add(part, inner)
                return self._combine(layer, (source, inner), _add)
            case Gated():
                return self._combine(layer, [self.add(part, source) for part in layer.inside], _gate)
            case SkipSum():
                skips, self._skips = self._skips, []
                return self._combine(layer, skips, _sum)
            case Skip():
                self._skips.append(self._layer(layer, source, (0,)))
                return source
            case CausalConv1d():
                reach = (layer.kernel - 1) * layer.dilation
                return self._layer(layer, source, range(reach, -1, -layer.dilation))
            case Embedding() | Linear() | Tanh() | ReLU() | BatchNorm1d(dims=None):
                return self._layer(layer, source, (0,))
        raise ConvolutionError(f"{layer.name} does not slide along a text: all positions must be treated alike.")

    def _combine(self, layer: Layer, sources: Sequence[int], function) -> int:
        reads = tuple((source, 0) for source in sources)
        self.cells.append(Cell(layer.name, reads, self.cells[sources[-1]].width, 0, function))
        return len(self.cells) - 1

    def _layer(self, layer: Layer, source: int, backs: Sequence[int]) -> int:
        own = layer.twin()
        if isinstance(own, CausalConv1d):
            own.dilation = 1  # its inputs are handed over side by side
        if source == TEXT:
            x = Variable(layer.name, np.zeros((1, 1), np.int64), None)
        else:
            x = Variable.empty(layer.name, (1, len(backs), self.cells[source].width))
        own.connect(x)
        data, out = x.data[0], own.out.data.reshape(-1)

        def compute(inputs: Sequence[np.ndarray]) -> np.ndarray:
            for i, values in enumerate(inputs):
                data[i] = values
            own.forward(training=False)
            return out.copy()

        weights = layer.weight.data.size if isinstance(layer, (Linear, CausalConv1d)) else 0
        reads = tuple((source, back) for back in backs)
        self.cells.append(Cell(layer.name, reads, own.out.shape[-1], weights, compute))
        return len(self.cells) - 1


def _add(inputs: Sequence[np.ndarray]) -> np.ndarray:
    return inputs[0] + inputs[1]


def _sum(inputs: Sequence[np.ndarray]) -> np.ndarray:
    return np.add.reduce(np.stack(inputs), axis=0)


def _gate(inputs: Sequence[np.ndarray]) -> np.ndarray:
    filtered, gate = inputs
    return np.tanh(filtered) * ((_ONE + np.tanh(gate * _HALF)) * _HALF)  # sigmoid(x) = (1 + tanh(x / 2)) / 2
