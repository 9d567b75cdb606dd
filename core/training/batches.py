"""Where the contexts and targets of each step come from: drawn at random, or all of them.

>>> batches = drawn(*dataset.examples("train", 8), batch_size=32, generator=generator)
>>> for contexts, targets in batches(10): ...     # int64 (32, 8) and (32,), overwritten later

Of texts with several predicted positions targets are (B, P). The arrays are the batches' own: read, do not keep.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from core.nn import kernels

Batch = tuple[np.ndarray, np.ndarray]
Batches = Callable[[int], Iterator[Batch]]  # the next n
DRAWN_AT_ONCE = 32  # steps


def drawn(contexts: np.ndarray, targets: np.ndarray, batch_size: int, generator: torch.Generator) -> Batches:
    """The numbers of the course's torch.randint(0, N, (B,)) a step, drawn for many at once.

    After n steps the generator has drawn for those n and no more.
    """
    shape = (DRAWN_AT_ONCE, batch_size)
    draws = torch.zeros(shape, dtype=torch.int64)
    rows = draws.numpy()  # a view
    gather = _single(contexts, targets, rows) if targets.ndim == 1 else _several(contexts, targets, rows)

    def batches(n: int) -> Iterator[Batch]:
        for first in range(0, n, DRAWN_AT_ONCE):
            steps = min(DRAWN_AT_ONCE, n - first)
            draws[:steps].random_(0, len(contexts), generator=generator)
            yield from gather(steps)

    return batches


def whole(contexts: np.ndarray, targets: np.ndarray) -> Batches:
    """All examples at every step; nothing is drawn."""

    def batches(n: int) -> Iterator[Batch]:
        for _ in range(n):
            yield contexts, targets

    return batches


def _single(contexts: np.ndarray, targets: np.ndarray, rows: np.ndarray) -> Batches:
    """One target an example: the next n batches, gathered for all n in one kernel.

    Contexts and targets lie side by side as bytes, (N, T + 1): a random example is then one cache line, not two far
    away. A byte holds every code, because a dataset has at most 200 characters.
    """
    examples = np.concatenate([contexts, targets[:, None]], axis=1, dtype=np.uint8, casting="unsafe")
    into, wanted = np.zeros((*rows.shape, contexts.shape[1]), np.int64), np.zeros(rows.shape, np.int64)

    def gather(n: int) -> Iterator[Batch]:
        kernels.gather(examples, rows[:n], into[:n], wanted[:n])
        return zip(into[:n], wanted[:n], strict=True)

    return gather


def _several(contexts: np.ndarray, targets: np.ndarray, rows: np.ndarray) -> Batches:
    return lambda n: ((contexts[row], targets[row]) for row in rows[:n])
