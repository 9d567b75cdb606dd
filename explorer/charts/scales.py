"""Where axes end: only at 1, 2 or 5 times a power of ten, so that they stand still while data moves.

>>> round_up(0.7), round_up(3.1), round_up(200.0)
(1.0, 5.0, 200.0)
>>> axis_number(0.05), axis_number(-2.0), axis_number(1e-6)
('0.05', '-2', '1e-6')
"""

import math

import numpy as np


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


def axis_number(value: float) -> str:
    """A tick's label, as short as it can be: 0.05, 20, 1e-6."""
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e5:
        return f"{value:.6g}"
    mantissa, power = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(power)}"
