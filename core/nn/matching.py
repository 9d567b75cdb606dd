"""Which layers of one model stay in another, as a reader of the two texts would say."""

import difflib
from collections.abc import Hashable, Sequence

from core.nn.notation import LayerSpec, flat

DRAWING = ("std", "bias_std")  # arguments that only say how weights begin: changed, they ask for new ones


def matched(before: Sequence[LayerSpec], after: Sequence[LayerSpec]) -> list[tuple[int, int]]:
    """Pairs (place before, place after) of layers that stay, ascending; places count from 0 as in `model.layers`.

    >>> from core.nn.notation import parse
    >>> matched(parse("Linear(4, 8)\\nTanh()\\nLinear(8, 5)"), parse("Linear(4, 8)\\nReLU()\\nLinear(8, 5)"))
    [(0, 0), (2, 2)]

    A layer stays where its kind, its sizes and how it is drawn stay; other arguments, such as BatchNorm1d's dims, may
    change. Layers inside others are matched each by itself.
    """
    left, right = (list(map(_identity, flat(specs))) for specs in (before, after))
    blocks = difflib.SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return [(block.a + i, block.b + i) for block in blocks for i in range(block.size)]


def _identity(spec: LayerSpec) -> Hashable:
    return (spec.kind, spec.args, *(spec.kwargs.get(name) for name in DRAWING))
