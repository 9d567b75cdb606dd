"""Which shapes fit together, and what comes out; where they do not, why.

>>> broadcast((32, 27), (32, 1)), written((32, 1))
((32, 27), '(32, 1)')
"""

from collections.abc import Sequence

from torch import Tensor


class Unfit(ValueError):
    """Part of a sentence: why something has no result."""


def written(shape: Sequence[int]) -> str:
    """A shape as people write it: (32, 1), (27), ()."""
    return f"({', '.join(map(str, shape))})"


def broadcast(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    """The shape of a + b: compared from the right, sizes are equal or one of them is 1. Raises Unfit.

    >>> broadcast((32, 27), (32, 1)), broadcast((32, 64), (64,))
    ((32, 27), (32, 64))
    """
    longer, shorter = (tuple(a), tuple(b)) if len(a) >= len(b) else (tuple(b), tuple(a))
    shorter = (1,) * (len(longer) - len(shorter)) + shorter
    for x, y in zip(longer, shorter, strict=True):
        if x != y and 1 not in (x, y):
            raise Unfit(f"shapes {written(a)} and {written(b)} do not fit: compared from the right, {x} meets {y}")
    return tuple(y if x == 1 else x for x, y in zip(longer, shorter, strict=True))


def product_shape(a: Tensor, b: Tensor) -> tuple[int, ...]:
    """The shape of a @ b. Raises Unfit."""
    if a.ndim < 1 or b.ndim < 1:
        raise Unfit("@ needs two tensors of at least one dimension")
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        raise Unfit(
            f"{written(a.shape)} @ {written(b.shape)} does not fit: the last size of the left ({a.shape[-1]}) has to be"
            f" the last but one of the right ({inner})"
        )
    rows = tuple(a.shape[-2:-1]) if a.ndim > 1 else ()
    columns = tuple(b.shape[-1:]) if b.ndim > 1 else ()
    return broadcast(a.shape[:-2], b.shape[:-2]) + rows + columns
