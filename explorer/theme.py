"""What each colour means and how each number is written, once for every page.

    >>> LIGHT.activation, steps(200_000), count(22_397), number(0.0012345), shape((32, 8, 10))
    ('#0072B2', '200,000', '22.4k', '0.00123', '(B 32, T 8, C 10)')

Colours come from a set that people with any kind of colour blindness tell apart, have the contrast that small text
needs, and never carry a meaning alone: a dash, a shape or a word says the same. This file knows no streamlit;
`panels.live_chart.palette()` says which of the two palettes the browser shows.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """The colours of one theme: `LIGHT.gradient`, `PALETTES["dark"].gradient`.

    Train is drawn solid, validation dashed (`DASH`); not-a-number as black crosses on yellow.
    """

    name: str
    ink: str  # text, axes, the smoothed curve
    paper: str  # the page
    faint: str  # gridlines, raw points, what stands behind
    activation: str  # layer outputs: blue
    gradient: str  # gradients: vermilion
    weight: str  # parameters: green
    update: str  # lr * gradient and the learning rate: purple
    guide: str  # lines that mark what is healthy: grey
    warning: str  # amber
    moment: str  # the rule at the current moment
    train: str
    validation: str
    nan_fill: str  # yellow below
    nan_ink: str  # the black cross or hatch
    saturated: str  # a tanh output beyond ±0.97: white, as in the course
    in_range: str  # any other
    batch: str  # dimension B: grey
    time: str  # dimension T: teal
    channel: str  # dimension C: violet
    depth: tuple[str, ...]  # layers side by side: from the input's end (dark) to the output's (bright)

    def of(self, role: str) -> str:
        """The colour of a frame's role: `of("output_grad")` is the gradients' colour."""
        return {"output": self.activation, "weight": self.weight}.get(role, self.gradient)

    def layers(self, n: int) -> list[str]:
        """A colour for each of n layers, from input to output, evenly along `depth`."""
        places = [(len(self.depth) - 1) * i / max(n - 1, 1) for i in range(n)]
        below = [min(int(place), len(self.depth) - 2) for place in places]
        return [blend(self.depth[k], self.depth[k + 1], at - k) for k, at in zip(below, places, strict=True)]


LIGHT = Palette(
    name="light",
    ink="#24292F",
    paper="#FFFFFF",
    faint="#C9CED6",
    activation="#0072B2",
    gradient="#BF5400",
    weight="#00855F",
    update="#A23B91",
    guide="#6A717B",
    warning="#985A00",
    moment="#24292F",
    train="#24292F",
    validation="#24292F",
    nan_fill="#F5D90A",
    nan_ink="#000000",
    saturated="#FFFFFF",
    in_range="#1B2733",
    batch="#6A717B",
    time="#0F8086",
    channel="#6C50B8",
    depth=("#14155E", "#6A1B9A", "#C02D6B", "#DD7A12"),
)
DARK = Palette(
    name="dark",
    ink="#E6E9EE",
    paper="#12161C",
    faint="#4A5260",
    activation="#56B4E9",
    gradient="#F28C4B",
    weight="#38C79A",
    update="#DB8FD0",
    guide="#949CA8",
    warning="#F2B134",
    moment="#E6E9EE",
    train="#E6E9EE",
    validation="#E6E9EE",
    nan_fill="#F5D90A",
    nan_ink="#000000",
    saturated="#FFFFFF",
    in_range="#1B2733",
    batch="#949CA8",
    time="#45C4BC",
    channel="#AB95F5",
    depth=("#6E63E8", "#B86BE0", "#F2809B", "#F9B45C", "#FBF08A"),
)
PALETTES = {"light": LIGHT, "dark": DARK}

DASH = {"train": [1, 0], "val": [5, 3]}  # Vega's strokeDash of a split


def blend(a: str, b: str, share: float) -> str:
    """A colour between two: `blend("#000000", "#ffffff", 0.5)` is "#808080"."""
    pairs = zip(bytes.fromhex(a[1:]), bytes.fromhex(b[1:]), strict=True)
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in pairs)


def number(value: float, digits: int = 3) -> str:
    """`digits` significant digits: 2.2883 -> '2.29', 12345 -> '12,300', 1e-7 -> '1.00e-7'; 'NaN' and 'Inf' as words.

    Below 0 it begins with a true minus, as the axes of the charts do.
    """
    if value is None or math.isnan(value):
        return "–" if value is None else "NaN"
    if value < 0:
        return f"−{number(-value, digits)}"
    if math.isinf(value):
        return "Inf"
    if value == 0:
        return "0"
    mantissa, power = f"{value:.{digits - 1}e}".split("e")  # rounded first: 99.96 is a 100
    exponent = int(power)
    if exponent < -4 or exponent > 8:
        return f"{mantissa}e{exponent}"
    return f"{round(value, digits - 1 - exponent):,.{max(digits - 1 - exponent, 0)}f}"


def loss(value: float | None) -> str:
    """Three decimals, because the course tells models apart by the third: 1.9934 -> '1.993'; '–' where none is.

    Of losses far from the course's, three digits: 0.002144 -> '0.00214'.
    """
    return f"{value:.3f}" if value is not None and 1 <= value < 100 else number(value)


def losses(train: float, val: float | None) -> str:
    """'1.912 train, 2.022 validation'; without the second where no words are held out."""
    return f"{loss(train)} train" + ("" if val is None else f", {loss(val)} validation")


def count(value: int) -> str:
    """A large count: 22_397 -> '22.4k', 1_250_000 -> '1.25M', 729 -> '729'."""
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if abs(value) >= max(0.9995 * size, 1_000):
            return f"{number(value / size)}{letter}"
    return f"{value:,}"


def steps(value: int) -> str:
    """A step or a count in full: 200_000 -> '200,000'."""
    return f"{value:,}"


def shape(sizes: tuple[int, ...]) -> str:
    """A shape with its letters: (32, 8, 10) -> '(B 32, T 8, C 10)', (32, 27) -> '(B 32, C 27)', (80,) -> '(80)'."""
    letters = {2: "BC", 3: "BTC"}.get(len(sizes), "")
    named = [f"{letter} {size:,}" for letter, size in zip(letters, sizes, strict=True)] if letters else map(str, sizes)
    return f"({', '.join(named)})"
