"""How a number that is none is spelt, wherever people read it.

>>> number(2.28834, ".3f"), number(float("nan"), ".3f"), number(float("-inf"))
('2.288', 'NaN', '-Inf')
"""

import math


def number(value: float, spec: str = "") -> str:
    """`value` by a format spec; NaN, Inf and -Inf as the app and the course write them."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return format(value, spec)
