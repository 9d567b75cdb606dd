"""The functions, methods and attributes that an expression may use, by name: nothing else is reachable.

Each takes the run's `Budget` first and claims its result before it is computed; what does not fit is an `Unfit`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor

from core.lenses.backprop.expressions.budget import Budget
from core.lenses.backprop.expressions.fitting import Unfit, broadcast, product_shape, written

Value = Any  # Tensor, int, float, a tuple of ints, a range, an Extremum


@dataclass(frozen=True)
class Extremum:
    """What `x.max(dim)` gives."""

    values: Tensor
    indices: Tensor


@dataclass(frozen=True)
class Operation:
    """How a function is written, and what computes it."""

    usage: str
    run: Callable[..., Value]


def need_tensor(x: Value, what: str) -> Tensor:
    if not isinstance(x, Tensor):
        raise Unfit(f"{what} works on a tensor, and this is {'a number' if isinstance(x, int | float) else 'none'}")
    return x


def _dims(x: Tensor, dim: Value) -> tuple[int, ...]:
    dims = dim if isinstance(dim, tuple) else (dim,)
    for one in dims:
        if not isinstance(one, int):
            raise Unfit("a dim is a whole number")
        if not -max(x.ndim, 1) <= one < max(x.ndim, 1):
            raise Unfit(f"there is no dim {one}: {written(x.shape)} has {x.ndim}")
    return dims


def _sizes(*sizes: Value) -> tuple[int, ...]:
    flat = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], tuple) else sizes
    if not all(isinstance(size, int) for size in flat):
        raise Unfit("sizes are whole numbers")
    return tuple(flat)


def _unary(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    def run(budget: Budget, x: Value) -> Tensor:
        x = need_tensor(x, "this")
        budget.claim(x.shape)
        return function(x)

    return run


def _reduction(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def run(
        budget: Budget,
        x: Value,
        dim: Value = None,
        keepdim: bool = False,
        *,
        axis: Value = None,
        keepdims: bool = False,
    ) -> Tensor:
        x, dim = need_tensor(x, "this"), axis if dim is None else dim
        budget.claim(x.shape)
        dims = tuple(range(x.ndim)) if dim is None else _dims(x, dim)
        return function(x, dim=dims, keepdim=bool(keepdim or keepdims))

    return run


def _extremum(function: Callable) -> Callable[..., Value]:
    def run(
        budget: Budget,
        x: Value,
        dim: Value = None,
        keepdim: bool = False,
        *,
        axis: Value = None,
        keepdims: bool = False,
    ) -> Value:
        x, dim = need_tensor(x, "this"), axis if dim is None else dim
        budget.claim(x.shape)
        if dim is None:
            return function(x)
        (dim,) = _dims(x, dim)
        found = function(x, dim=dim, keepdim=bool(keepdim or keepdims))
        return Extremum(found.values, found.indices)

    return run


def _argmax(budget: Budget, x: Value, dim: Value = None, keepdim: bool = False) -> Tensor:
    x = need_tensor(x, "argmax")
    budget.claim(x.shape)
    return x.argmax() if dim is None else x.argmax(_dims(x, dim)[0], keepdim=bool(keepdim))


def _softmax(budget: Budget, x: Value, dim: Value = None, *, axis: Value = None) -> Tensor:
    x, dim = need_tensor(x, "softmax"), axis if dim is None else dim
    budget.claim(x.shape)
    return torch.softmax(x, _dims(x, dim)[0])


def _one_hot(budget: Budget, x: Value, num_classes: Value = -1) -> Tensor:
    x = need_tensor(x, "one_hot")
    if x.dtype != torch.int64:
        raise Unfit("one_hot takes whole numbers, such as Yb or what .indices gives")
    if not isinstance(num_classes, int):
        raise Unfit("num_classes is a whole number")
    low, high = (int(x.min()), int(x.max())) if x.numel() else (0, 0)
    classes = high + 1 if num_classes == -1 else num_classes
    if low < 0 or high >= classes:
        raise Unfit(
            f"one_hot of {classes} classes takes numbers from 0 to {classes - 1}, and there is {max(high, -low)}"
        )
    budget.claim((*x.shape, classes))
    return torch.nn.functional.one_hot(x, classes)


def _filled(value: float) -> Callable[..., Tensor]:
    def run(budget: Budget, *sizes: Value) -> Tensor:
        shape = _sizes(*sizes)
        if any(size < 0 for size in shape):
            raise Unfit("a size is not negative")
        budget.claim(shape)
        return torch.full(shape, value)

    return run


def _arange(budget: Budget, stop: Value) -> Tensor:
    if not isinstance(stop, int) or stop < 0:
        raise Unfit("arange takes one whole number that is not negative")
    budget.claim((stop,))
    return torch.arange(stop)


def _view(budget: Budget, x: Value, *sizes: Value) -> Tensor:
    x, shape = need_tensor(x, "view"), _sizes(*sizes)
    known = prod(size for size in shape if size != -1)
    free = shape.count(-1)
    fits = x.numel() % known == 0 if free == 1 and known > 0 else not free and known == x.numel()
    if not fits or any(size < -1 for size in shape):
        raise Unfit(f"{written(x.shape)} has {x.numel():,} numbers and cannot be seen as {written(shape)}")
    shape = tuple(x.numel() // known if size == -1 else size for size in shape)
    budget.claim(shape)  # a turned tensor is copied
    return x.reshape(shape)


def _expand(budget: Budget, x: Value, *sizes: Value) -> Tensor:
    x, shape = need_tensor(x, "expand"), _sizes(*sizes)
    if any(size < 0 for size in shape) or broadcast(x.shape, shape) != shape:
        raise Unfit(f"{written(x.shape)} cannot be broadcast to {written(shape)}")
    budget.claim(shape)
    return x.expand(shape).clone()


def _transpose(budget: Budget, x: Value, dim0: Value = 0, dim1: Value = 1) -> Tensor:
    x = need_tensor(x, "transpose")
    budget.count()
    if x.ndim < 2:
        raise Unfit(f"{written(x.shape)} has no two dims to swap")
    return x.transpose(*_dims(x, (dim0, dim1)))


def _turned(budget: Budget, x: Value) -> Tensor:
    x = need_tensor(x, ".T")
    budget.count()
    if x.ndim > 2:
        raise Unfit(f".T turns a tensor of two dims, and {written(x.shape)} has {x.ndim}: view it as two first")
    return x.t()


def _unsqueeze(budget: Budget, x: Value, dim: Value) -> Tensor:
    x = need_tensor(x, "unsqueeze")
    budget.claim((*x.shape, 1))
    if not isinstance(dim, int) or not -x.ndim - 1 <= dim <= x.ndim:
        raise Unfit(f"unsqueeze has no place {dim} in {written(x.shape)}")
    return x.unsqueeze(dim)


def _squeeze(budget: Budget, x: Value, dim: Value = None) -> Tensor:
    x = need_tensor(x, "squeeze")
    budget.count()
    return x.squeeze() if dim is None else x.squeeze(_dims(x, dim))


def _size(budget: Budget, x: Value, dim: Value = None) -> Value:
    x = need_tensor(x, "size")
    budget.count()
    return tuple(x.shape) if dim is None else x.shape[_dims(x, dim)[0]]


def _index_add(budget: Budget, x: Value, dim: Value, index: Value, source: Value) -> Tensor:
    x, index, source = (need_tensor(value, "index_add") for value in (x, index, source))
    (dim,) = _dims(x, dim)
    if index.ndim != 1 or index.dtype != torch.int64:
        raise Unfit("index_add takes a list of whole numbers as index, such as Xb.view(-1)")
    wanted = (*x.shape[:dim], len(index), *x.shape[dim + 1 :])
    if tuple(source.shape) != wanted:
        raise Unfit(f"index_add needs a source of shape {written(wanted)} here, and got {written(source.shape)}")
    budget.claim(x.shape, work=source.numel())
    return x.index_add(dim, index, source.to(x.dtype))


def _matmul(budget: Budget, a: Value, b: Value) -> Tensor:
    a, b = need_tensor(a, "matmul"), need_tensor(b, "matmul")
    shape = product_shape(a, b)
    budget.claim(shape, work=prod(shape) * a.shape[-1])
    return a @ b


def _float(x: Tensor) -> Tensor:
    return x.to(torch.get_default_dtype())


_BOTH = {  # x.exp() and torch.exp(x)
    "exp": Operation("x.exp()", _unary(torch.exp)),
    "log": Operation("x.log()", _unary(torch.log)),
    "sqrt": Operation("x.sqrt()", _unary(torch.sqrt)),
    "rsqrt": Operation("x.rsqrt()", _unary(torch.rsqrt)),
    "square": Operation("x.square()", _unary(torch.square)),
    "reciprocal": Operation("x.reciprocal()", _unary(torch.reciprocal)),
    "tanh": Operation("x.tanh()", _unary(torch.tanh)),
    "neg": Operation("x.neg()", _unary(torch.neg)),
    "clone": Operation("x.clone()", _unary(torch.clone)),
    "sum": Operation("x.sum(dim, keepdim=True)", _reduction(torch.sum)),
    "mean": Operation("x.mean(dim, keepdim=True)", _reduction(torch.mean)),
    "max": Operation("x.max(dim, keepdim=True)", _extremum(torch.max)),
    "min": Operation("x.min(dim, keepdim=True)", _extremum(torch.min)),
    "argmax": Operation("x.argmax(dim)", _argmax),
    "softmax": Operation("x.softmax(dim)", _softmax),
    "matmul": Operation("a.matmul(b)", _matmul),
    "reshape": Operation("x.reshape(sizes)", _view),
    "transpose": Operation("x.transpose(0, 1)", _transpose),
    "unsqueeze": Operation("x.unsqueeze(dim)", _unsqueeze),
    "squeeze": Operation("x.squeeze(dim)", _squeeze),
    "index_add": Operation("x.index_add(0, index, source)", _index_add),
}
METHODS = _BOTH | {
    "view": Operation("x.view(sizes)", _view),
    "expand": Operation("x.expand(sizes)", _expand),
    "size": Operation("x.size(dim)", _size),
    "float": Operation("x.float()", _unary(_float)),
    "t": Operation("x.t()", _turned),
}
FUNCTIONS = {f"torch.{name}": operation for name, operation in _BOTH.items()} | {
    "torch.zeros_like": Operation("torch.zeros_like(x)", _unary(torch.zeros_like)),
    "torch.ones_like": Operation("torch.ones_like(x)", _unary(torch.ones_like)),
    "torch.zeros": Operation("torch.zeros(sizes)", _filled(0.0)),
    "torch.ones": Operation("torch.ones(sizes)", _filled(1.0)),
    "torch.arange": Operation("torch.arange(n)", _arange),
    "F.one_hot": Operation("F.one_hot(index, num_classes)", _one_hot),
    "torch.nn.functional.one_hot": Operation("F.one_hot(index, num_classes)", _one_hot),
    "F.softmax": Operation("F.softmax(x, dim)", _softmax),
}
ATTRIBUTES = ("T", "shape", "ndim", "values", "indices")


def attribute(budget: Budget, x: Value, name: str) -> Value:
    """`x.T` and the like. Raises Unfit."""
    if name in ("values", "indices"):
        if not isinstance(x, Extremum):
            raise Unfit(f".{name} stands behind .max(dim) or .min(dim)")
        return getattr(x, name)
    x = need_tensor(x, f".{name}")
    return {"T": lambda: _turned(budget, x), "shape": lambda: tuple(x.shape), "ndim": lambda: x.ndim}[name]()
