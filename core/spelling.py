"""How a number is spelt where it is none, or too large to be read in full, and how several things are listed.

>>> number(2.28834, ".3f"), number(float("nan"), ".3f"), number(float("-inf"))
('2.288', 'NaN', '-Inf')
>>> short(17510), short(0.0332), short(6.53e-07)
('18,000', '0.033', '6.5e-7')
>>> loss(2.28834), loss(2.28834, 4), loss(2.81e31)
('2.288', '2.2883', '2.81e31')
>>> size(5_461_821), size(87), size(1_640_000_000)
('5.46 MB', '87 B', '1.64 GB')
>>> listing([2, 4, 8]), listing("abcde", "and", most=3)
('2, 4 or 8', 'a, b and 3 more')
"""

import math
from collections.abc import Iterable

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # of ids and tokens, read aloud and typed: without i, l, o, 0, 1


def number(value: float, spec: str = "") -> str:
    """`value` by a format spec; NaN, Inf and -Inf as the app and the course write them."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return format(value, spec)


def short(value: float) -> str:
    """Two significant digits, for a sentence: 17510 -> '18,000', 6.53e-07 -> '6.5e-7'."""
    if value == 0 or not math.isfinite(value):
        return number(value, ".0f")
    mantissa, power = f"{value:.1e}".split("e")
    if -5 < int(power) < 6:
        return f"{float(f'{mantissa}e{power}'):,g}"
    return f"{mantissa}e{int(power)}"


def loss(value: float, decimals: int = 3) -> str:
    """With so many decimals; from 10,000 on, which only a run that fails has, by its power of ten: columns hold."""
    if not abs(value) >= 1e4 or math.isinf(value):
        return number(value, f".{decimals}f")
    mantissa, power = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(power)}"


def size(count: int) -> str:
    """Bytes, in three digits and the unit that fits: of powers of 1,000."""
    scaled, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while scaled >= 999.5 and len(units) > 1:
        scaled /= 1000
        units.pop(0)
    whole = len(str(int(scaled)))
    return f"{scaled:.{max(3 - whole, 0) if scaled != int(scaled) else 0}f} {units[0]}"


def listing(items: Iterable, word: str = "or", most: int | None = None) -> str:
    """One or more things in a sentence; of more than `most`, the last place says how many others there are."""
    shown = list(map(str, items))
    if most is not None and len(shown) > most:
        shown[most - 1 :] = [f"{len(shown) - most + 1} more"]
    *head, last = shown
    return f"{', '.join(head)} {word} {last}" if head else last
