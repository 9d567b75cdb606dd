"""What a view does to the numbers of a tensor, beside a concatenation of its positions.

>>> viewed((4, 8, 10), (4, 4, 20))
(4, 4, 20)
>>> both = joined((4, 8, 10), 2)                  # FlattenConsecutive(2)
>>> both.equal, both.view[0, 1, 8:12].tolist()    # row 1 joins positions 2 and 3: the numbers 20 to 29, 30 to 39
(True, [28, 29, 30, 31])
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from core.lenses.products import Shape, show

MOST_NUMBERS = 4_000_000


class ViewError(ValueError):
    """One clear sentence on a view that is not possible. `fix`: sizes that would be."""

    def __init__(self, message: str, fix: Shape | None = None):
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True)
class Joined:
    """n neighbouring positions of x put side by side, in two ways: int64 (B, T/n, C*n), where n is T (B, C*n).

    A number is its place in x, counted along the last dimension first.
    """

    n: int
    view: np.ndarray  # x.view(B, T/n, C*n)
    concatenated: np.ndarray  # torch.cat([x[:, 0::n], x[:, 1::n], ...], dim=2)
    halves: np.ndarray  # not the same: torch.cat([x[:, :T/n], x[:, T/n:], ...], dim=2)

    @property
    def equal(self) -> bool:
        return np.array_equal(self.view, self.concatenated)


def viewed(shape: Shape, sizes: Shape) -> Shape:
    """The shape of x.view(sizes); one size may be -1, which is whatever is left. Raises ViewError."""
    total = prod(shape)
    if sizes.count(-1) > 1:
        raise ViewError("Only one size can be −1: whatever is left for it is not known twice.")
    known = prod(size for size in sizes if size != -1)
    if -1 in sizes:
        if known == 0 or total % known:
            raise ViewError(f"The {total:,} numbers of {show(shape)} cannot be shared out by {known:,}: change a size.")
        return tuple(total // known if size == -1 else size for size in sizes)
    if known != total:
        fix = (*sizes[:-1], total // prod(sizes[:-1])) if prod(sizes[:-1]) and total % prod(sizes[:-1]) == 0 else None
        raise ViewError(
            f"{show(shape)} holds {total:,} numbers, view{show(sizes)} would need {known:,}: a view neither makes nor "
            "drops any.",
            fix,
        )
    return sizes


def factor_of(shape: Shape, view: Shape) -> int | None:
    """The n for which a view of (B, T, C) is FlattenConsecutive(n); None where it is another view.

    >>> factor_of((4, 8, 10), (4, 2, 40)), factor_of((4, 8, 10), (4, 80)), factor_of((4, 8, 10), (32, 10))
    (4, 8, None)
    """
    batch, time, channels = shape
    return next((n for n in divisors(time) if view in _joined_shapes(batch, time, channels, n)), None)


def divisors(time: int) -> list[int]:
    """The n that FlattenConsecutive can have for so many positions."""
    return [n for n in range(1, time + 1) if time % n == 0]


def joined(shape: Shape, n: int) -> Joined:
    """FlattenConsecutive(n) of (B, T, C), n a divisor of T. Raises ViewError where there are too many numbers."""
    if prod(shape) > MOST_NUMBERS:
        raise ViewError(f"{show(shape)} holds {prod(shape):,} numbers, at most {MOST_NUMBERS:,} are compared here.")
    batch, time, channels = shape
    x = np.arange(prod(shape)).reshape(shape)
    groups = time // n
    out = _joined_shapes(batch, time, channels, n)[0]
    return Joined(
        n=n,
        view=x.reshape(batch, groups, channels * n).reshape(out),
        concatenated=np.concatenate([x[:, i::n] for i in range(n)], axis=2).reshape(out),
        halves=np.concatenate([x[:, i * groups : (i + 1) * groups] for i in range(n)], axis=2).reshape(out),
    )


def _joined_shapes(batch: int, time: int, channels: int, n: int) -> list[Shape]:
    """What FlattenConsecutive(n) gives, and the same where a T of 1 is not dropped."""
    whole = (batch, time // n, channels * n)
    return [(batch, channels * n), whole] if n == time else [whole]
