"""How much room a run may take: which of its checkpoints and frames are kept."""

import math
from collections.abc import Sequence

KEPT_BYTES = 100_000_000  # of a run's checkpoints, and of its frames; ALWAYS are there whatever their size
ALWAYS = 3  # the first, the newest and, in a fork, the one it began with


def kept(moments: Sequence[int], size: int) -> set[int]:
    """The moments whose checkpoints or frames of `size` bytes are kept, besides ALWAYS: as many as there is room for.

    >>> kept([1, 2, 3, 4, 5, 6], 1_000), kept([1, 2, 3, 4, 5, 6], 17_000_000)
    ({1, 2, 3, 4, 5, 6}, {1, 3, 5})
    """
    room = KEPT_BYTES // size - ALWAYS
    return set(moments[:: math.ceil(len(moments) / room)]) if room > 0 else set()
