"""How much an expression may compute: looked at before anything is computed, `TooLarge` where there is too little left.

>>> budget = Budget()
>>> budget.claim((32, 27))              # one operation with a result of 864 numbers
>>> budget.work, budget.operations
(19999136, 19999)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

MAX_RESULT = 1_000_000  # numbers in one result
MAX_DIMS = 6  # of one result
MAX_WORK = 20_000_000  # numbers computed, and multiplications of products, in all
MAX_OPERATIONS = 20_000  # a loop over every character of a batch takes some thousand


class TooLarge(ValueError):
    """Part of a sentence: what is too large."""


@dataclass
class Budget:
    """What is left of one run's allowance."""

    work: int = MAX_WORK
    operations: int = MAX_OPERATIONS

    def claim(self, shape: Sequence[int], work: int | None = None) -> None:
        """Take an operation with a result of `shape` off the allowance; `work` where it is more than the result.

        A dim of 0 counts as 1: nothing else bounds the other sizes, and a sum over it would leave just them.
        """
        if len(shape) > MAX_DIMS:
            raise TooLarge(f"the result would have {len(shape)} dims, at most {MAX_DIMS} are allowed")
        size = prod(max(length, 1) for length in shape)
        if size > MAX_RESULT:
            raise TooLarge(f"the result would have {size:,} numbers, at most {MAX_RESULT:,} are allowed")
        self.work -= max(size, work or 0)
        if self.work < 0:
            raise TooLarge(f"all in all more than {MAX_WORK:,} numbers would be computed")
        self.count()

    def count(self) -> None:
        """Take one step that computes next to nothing."""
        self.operations -= 1
        if self.operations < 0:
            raise TooLarge(f"more than {MAX_OPERATIONS:,} operations would be done")
