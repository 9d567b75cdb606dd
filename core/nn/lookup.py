"""The first product of a model, done with less work: looked up, where symbols are fewer than the places that read them.

>>> lookup = Lookup.of(model.layers)      # Embedding(27, 24), FlattenConsecutive(2), Linear(48, 128, bias=False), ...
>>> lookup.forward(); lookup.backward()   # in place of those three layers: the same numbers, rounding apart

What a Linear makes of a character depends on the character and on which of the n joined places it stands at: it is a
row of `embedding @ weight[k]`, where weight[k] (C, H) are the weights for place k. So n tables of V rows are computed
and their rows added up, and gradients go back the same way: V * n * C * H multiplications instead of N * n * C * H.

All is there as ever but the gradient at the Embedding's output, which training has no use for. `fill` computes it for
who looks, with the bits that the Linear itself would have put there. A Skip is a Linear, too, but passes its input on,
and the Embedding learns from what comes back there: such a model runs its layers themselves.
"""

from collections.abc import Sequence

import numpy as np

from core.nn.characters import OneHot
from core.nn.kernels import kernel
from core.nn.layers import Embedding, FlattenConsecutive, Layer, Linear
from core.nn.variable import aligned_zeros

WORTH_IT = 300_000  # multiplications saved in a forward pass: measured, below that the tables cost what they save


class Lookup:
    """Stands in for three connected layers. Shapes: N rows out, n places joined, V symbols, C channels in, H out."""

    def __init__(self, embedding: Embedding, flatten: FlattenConsecutive, linear: Linear):
        self._embedding, self._linear = embedding, linear
        (symbols, channels), hidden, n = embedding.weight.shape, linear.weight.shape[1], flatten.n
        self._index = embedding.x.data.reshape(-1, n)  # (N, n)
        self._out, self._out_grad = (a.reshape(-1, hidden) for a in (linear.out.data, linear.out.grad))
        by_place = (n, channels, hidden)
        self._weight, self._weight_grad = linear.weight.data.reshape(by_place), linear.weight.grad.reshape(by_place)
        self._tables, self._tables_grad = aligned_zeros((n, symbols, hidden)), aligned_zeros((n, symbols, hidden))
        self._shares = aligned_zeros((n, symbols, channels))  # of the Embedding's gradient, one a place

    @classmethod
    def of(cls, layers: Sequence[Layer]) -> "Lookup | None":
        """For the first three of some connected layers; None where they are others, or where it does not pay."""
        match layers:
            case [Embedding() as first, FlattenConsecutive(n=n), Linear(kind="Linear", bias=None) as linear, *_]:
                rows, symbols = first.x.data.size // n, first.weight.shape[0]
                if (rows - symbols) * linear.weight.data.size >= WORTH_IT:
                    return cls(*layers[:3])
        return None

    def forward(self, training: bool = True) -> None:
        self._embedding.forward(training)
        np.matmul(self._embedding.weight.data, self._weight, out=self._tables)  # (V, C) @ (n, C, H)
        add_rows(self._tables, self._index, self._out)

    def backward(self, training: bool = True) -> None:
        embedding = self._embedding.weight
        add_rows_backward(self._index, self._out_grad, self._tables_grad)
        np.matmul(embedding.data.T, self._tables_grad, out=self._weight_grad)  # (C, V) @ (n, V, H)
        np.matmul(self._tables_grad, self._weight.transpose(0, 2, 1), out=self._shares)  # (n, V, H) @ (n, H, C)
        np.add.reduce(self._shares, axis=0, out=embedding.grad)

    def fill(self) -> None:
        """The gradient at the outputs of Embedding and FlattenConsecutive, after a backward pass."""
        self._linear.backward_to_input()


class OneHotProduct:
    """Stands in for the OneHot, FlattenConsecutive and Linear that a model begins with: the same bits, and less work.

    >>> product = OneHotProduct.of(model.stack)      # None where the first three layers are others
    >>> product.forward(); product.backward(); product.fill()

    Below a OneHot nothing learns, so `backward` leaves the gradient at its output out, half of all the work of a
    backward pass. `fill` computes it for who looks.
    """

    def __init__(self, one_hot: OneHot, linear: Linear):
        self._one_hot, self._linear = one_hot, linear

    @classmethod
    def of(cls, layers: Sequence[Layer]) -> "OneHotProduct | None":
        match layers:
            case [OneHot() as one_hot, FlattenConsecutive(), Linear(kind="Linear") as linear, *_]:
                return cls(one_hot, linear)
        return None

    def forward(self, training: bool = True) -> None:
        self._one_hot.forward(training)
        self._linear.forward(training)

    def backward(self, training: bool = True) -> None:
        self._linear.backward_to_weights()

    def fill(self) -> None:
        self._linear.backward_to_input()


@kernel("matrices", "indices 2d", "matrix")
def add_rows(tables, index, out):  # (n, V, C), (N, n) -> (N, C)
    """Row i of out: row index[i, k] of table k, added up over the n tables. Loops that do not read index vectorise."""
    for i in range(out.shape[0]):
        symbol = index[i, 0]
        for c in range(out.shape[1]):
            out[i, c] = tables[0, symbol, c]
        for k in range(1, tables.shape[0]):
            symbol = index[i, k]
            for c in range(out.shape[1]):
                out[i, c] += tables[k, symbol, c]


@kernel("indices 2d", "matrix", "matrices")
def add_rows_backward(index, grad, tables_grad):  # (N, n), (N, C) -> (n, V, C)
    tables_grad[:] = 0
    for i in range(grad.shape[0]):
        for k in range(tables_grad.shape[0]):
            symbol = index[i, k]
            for c in range(grad.shape[1]):
                tables_grad[k, symbol, c] += grad[i, c]
