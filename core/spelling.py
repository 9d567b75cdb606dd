"""How a number is spelt where it is none, or too large to be read in full.

>>> number(2.28834, ".3f"), number(float("nan"), ".3f"), number(float("-inf"))
('2.288', 'NaN', '-Inf')
>>> loss(2.28834), loss(2.28834, 4), loss(2.81e31)
('2.288', '2.2883', '2.81e31')
"""

import math


def number(value: float, spec: str = "") -> str:
    """`value` by a format spec; NaN, Inf and -Inf as the app and the course write them."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return format(value, spec)


def loss(value: float, decimals: int = 3) -> str:
    """With so many decimals; from 10,000 on, which only a run that fails has, by its power of ten: columns hold."""
    if not abs(value) >= 1e4 or math.isinf(value):
        return number(value, f".{decimals}f")
    mantissa, power = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(power)}"
