"""Numbers are written one way, and colours can be read and told apart."""

import dataclasses
import math
from itertools import pairwise

import pytest

from explorer import theme


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2.2883, "2.29"),
        (0.0012345, "0.00123"),
        (12_345, "12,300"),
        (0.9996, "1.00"),
        (99.96, "100"),
        (-0.5, "−0.500"),
        (0, "0"),
        (1e-7, "1.00e-7"),
        (3.2e12, "3.20e12"),
        (math.nan, "NaN"),
        (-math.inf, "−Inf"),
        (None, "–"),
    ],
)
def test_numbers_have_three_significant_digits(value, written):
    assert theme.number(value) == written


def test_losses_have_three_decimals_because_the_course_needs_them():
    assert [theme.loss(v) for v in (1.9934, math.inf, None)] == ["1.993", "Inf", "–"]


def test_a_small_loss_of_another_s_model_keeps_three_digits():
    written = [theme.loss(v) for v in (0.1004, 0.09994, 0.00214, 0.0, -0.5)]
    assert written == ["0.100", "0.0999", "0.00214", "0", "−0.500"]


@pytest.mark.parametrize(
    ("value", "written"), [(729, "729"), (22_397, "22.4k"), (76_579, "76.6k"), (999_999, "1.00M"), (2_500_000, "2.50M")]
)
def test_counts_are_short(value, written):
    assert theme.count(value) == written


def test_shapes_name_their_dimensions():
    assert [theme.shape(s) for s in ((32, 8, 10), (32, 27), (80,))] == ["(B 32, T 8, C 10)", "(B 32, C 27)", "(80)"]


@pytest.mark.parametrize("palette", theme.PALETTES.values(), ids=lambda p: p.name)
def test_marks_and_text_stand_out_from_the_page(palette):
    """WCAG asks for 4.5:1 for text, and every colour that means something is somewhere a text's."""
    colours = dataclasses.asdict(palette)
    for name in colours.keys() - {"name", "paper", "faint", "nan_fill", "nan_ink", "saturated", "in_range", "depth"}:
        assert _contrast(colours[name], palette.paper) >= 4.5, name
    assert _contrast(palette.saturated, palette.in_range) >= 3
    assert _contrast(palette.ink, palette.paper) >= 7
    assert _contrast(palette.nan_ink, palette.nan_fill) >= 7


@pytest.mark.parametrize("palette", theme.PALETTES.values(), ids=lambda p: p.name)
def test_roles_stay_apart_for_colour_blind_eyes(palette):
    """Viénot, Brettel and Mollon's simulation of red- and green-blindness, distances in linear RGB."""
    roles = [palette.activation, palette.gradient, palette.weight, palette.update]
    for matrix in (_PROTAN, _DEUTAN):
        seen = [[sum(m * c for m, c in zip(row, _linear(r), strict=True)) for row in matrix] for r in roles]
        distances = [math.dist(a, b) for i, a in enumerate(seen) for b in seen[:i]]
        assert min(distances) > 0.1


@pytest.mark.parametrize("palette", theme.PALETTES.values(), ids=lambda p: p.name)
@pytest.mark.parametrize("n", [2, 5, 7])
def test_layers_stay_apart_for_all_eyes(palette, n):
    """Lines of layers grow lighter from input to output, and WCAG asks for 3:1 for them."""
    colours = palette.layers(n)
    assert all(_contrast(colour, palette.paper) >= 3 for colour in colours)
    assert colours[0].lower() == palette.depth[0].lower()
    assert colours[-1].lower() == palette.depth[-1].lower()
    light = [_contrast(colour, "#000000") for colour in colours]
    assert all(b > 1.07 * a for a, b in pairwise(light))
    for matrix in (_PROTAN, _DEUTAN):
        seen = [[sum(m * c for m, c in zip(row, _linear(r), strict=True)) for row in matrix] for r in colours]
        # differences of dark colours count for more than in linear light
        eyes = [[max(channel, 0) ** (1 / 2.2) for channel in colour] for colour in seen]
        assert min(math.dist(a, b) for i, a in enumerate(eyes) for b in eyes[:i]) > 0.06


def test_one_layer_has_a_colour():
    assert len(theme.LIGHT.layers(1)) == 1
    assert theme.LIGHT.layers(0) == []


def test_blend():
    assert theme.blend("#000000", "#ffffff", 0.5) == "#808080"
    assert theme.blend("#102030", "#405060", 0) == "#102030"


_PROTAN = [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]
_DEUTAN = [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]


def _linear(colour: str) -> list[float]:
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def _contrast(a: str, b: str) -> float:
    light, dark = sorted(
        (sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), _linear(x), strict=True)) for x in (a, b)), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)
