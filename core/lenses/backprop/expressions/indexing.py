"""`x[range(n), Yb]`: indexes and slices, and how large what they give is.

>>> index = checked(budget, logprobs, (range(32), Yb))
>>> logprobs[index].shape
torch.Size([32])
"""

import torch
from torch import Tensor

from core.lenses.backprop.expressions.budget import Budget
from core.lenses.backprop.expressions.fitting import Unfit, broadcast, written
from core.lenses.backprop.expressions.operations import Value


def checked(budget: Budget, x: Tensor, index: Value) -> tuple:
    """The index as torch takes it, its result claimed. Raises Unfit."""
    parts = index if isinstance(index, tuple) else (index,)
    takes = sum(part is not None and part is not Ellipsis for part in parts)
    if takes > x.ndim:
        raise Unfit(f"there are {takes} indexes for {written(x.shape)}, which has {x.ndim} dims")
    if sum(part is Ellipsis for part in parts) > 1:
        raise Unfit("only one ... is possible")
    result, kept, picked, dim = [], [], (), 0
    for part in parts:
        if part is Ellipsis:
            skipped = x.ndim - takes
            kept += x.shape[dim : dim + skipped]
            dim += skipped
        elif part is None:
            kept.append(1)
        else:
            part = _one(budget, part, x.shape[dim], dim)
            if isinstance(part, Tensor):
                picked = broadcast(picked, part.shape)
            elif isinstance(part, slice):
                kept.append(len(range(*part.indices(x.shape[dim]))))
            dim += 1
        result.append(part)
    budget.claim((*picked, *kept, *x.shape[dim:]))
    return tuple(result)


def _one(budget: Budget, part: Value, size: int, dim: int) -> Value:
    if isinstance(part, range):
        budget.claim((len(part),))
        end = part.start + len(part) * part.step  # arange takes no stop that lies before the start
        part = torch.arange(part.start, end, part.step)
    if isinstance(part, slice):
        if part.step is not None and part.step < 1:
            raise Unfit("the step of a slice is at least 1")
        return part
    if isinstance(part, Tensor):
        if part.dtype != torch.int64:
            raise Unfit("an index is made of whole numbers, such as Yb or range(n)")
        low, high = (int(part.min()), int(part.max())) if part.numel() else (0, -1)
    elif isinstance(part, int):
        low = high = part
    else:
        raise Unfit("an index is a whole number, a slice, range(n) or a tensor of whole numbers")
    if low < -size or high >= size:
        outside = low if low < -size else high
        raise Unfit(f"index {outside} is outside of dim {dim}, which has {size} places")
    return part
