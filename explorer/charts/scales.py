"""Where axes end: only at 1, 2 or 5 times a power of ten, so that they stand still while data moves.

>>> round_up(0.7), round_up(3.1), round_up(200.0)
(1.0, 5.0, 200.0)
>>> axis_number(0.05), axis_number(-2.0), axis_number(1e-6)
('0.05', '-2', '1e-6')
>>> spread([1.0, 1.1, 3.0], low=0.0, high=4.0, gap=0.5)      # labels that would overlap, moved apart
[0.8, 1.3, 3.0]
"""

import json
import math
from collections.abc import Sequence

import altair as alt
import numpy as np


def anchored(column: str, table: str = "anchors") -> alt.ExprRef:
    """A scale's domain: as far as one table reaches, and none of the others, which may well be empty.

    Vega warns in the browser's console, at every tick, of each empty table that it is to find an extent in.
    """
    return alt.ExprRef(f"extent(pluck(data('{table}'), '{column}'))")


def round_up(value: float) -> float:
    """The smallest of 1, 2, 5 x 10^k that is at least `value`; 1.0 where `value` is not a number above 0."""
    if not (math.isfinite(value) and value > 0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    step = next(s for s in (1, 2, 5, 10) if value <= s * power * (1 + 1e-9))
    # 5 * 10.0**-2 is 0.05 but 5 * 10.0**-3 is 0.005000000000000001: through text, the number people would write
    return float(f"{step * power:.0e}")


def whole_range(values: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """`low` and `high` moved apart to whole numbers until every finite value lies between them."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return low, high
    return min(low, float(np.floor(finite.min()))), max(high, float(np.ceil(finite.max())))


def names_at(places: Sequence[float], names: Sequence[str]) -> str:
    """An axis's labelExpr: each name at its place. Names are quoted, so that a user's own characters stay text.

    >>> print(names_at([0, 1], ["a", "o'b"]))
    datum.value == 0 ? "a" : datum.value == 1 ? "o'b" : ""
    """
    cases = [f"datum.value == {place} ? {json.dumps(name)}" for place, name in zip(places, names, strict=True)]
    return " : ".join([*cases, '""'])


def signed(decimals: str = "~g") -> str:
    """An axis's labelExpr for differences: +0.1, 0, −0.1. `decimals` is d3's format of the number.

    >>> signed()
    "datum.value ? format(datum.value, '+~g') : '0'"
    """
    return f"datum.value ? format(datum.value, '+{decimals}') : '0'"


def axis_number(value: float) -> str:
    """A tick's label, as short as it can be: 0.05, 20, 1e-6."""
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e5:
        return f"{value:.6g}"
    mantissa, power = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(power)}"


def spread(places: Sequence[float], low: float, high: float, gap: float) -> list[float]:
    """Places as near as can be to those given, in their order, at least `gap` apart and from `low` to `high`.

    Where that is not room enough for all, the gap is as large as it can be.
    """
    n = len(places)
    gap = min(gap, (high - low) / max(n - 1, 1))
    order = np.argsort(places, kind="stable")
    blocks: list[tuple[float, int]] = []  # runs of neighbours that touch: their common shift, and how many they are
    for i, place in enumerate(np.asarray(places, np.float64)[order]):
        shift, size = place - i * gap, 1
        while blocks and blocks[-1][0] > shift:
            before, count = blocks.pop()
            shift, size = (before * count + shift * size) / (count + size), count + size
        blocks.append((shift, size))
    shifts = np.repeat([shift for shift, _ in blocks], [size for _, size in blocks])
    moved = np.empty(n)
    moved[order] = np.clip(shifts, low, high - gap * max(n - 1, 0)) + gap * np.arange(n)
    return [round(float(place), 9) for place in moved]
