import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.charts.scales import axis_number, round_up, spread, whole_range


@given(st.floats(1e-12, 1e12))
def test_round_up_is_the_next_of_1_2_5(value):
    end = round_up(value)
    assert end >= value * (1 - 1e-8)
    assert end <= value * 2.5 * (1 + 1e-8)
    mantissa = end / 10 ** math.floor(math.log10(end) + 1e-9)
    assert min(abs(mantissa - m) for m in (1, 2, 5)) < 1e-6


@pytest.mark.parametrize("value", [0.0, -3.0, math.nan, math.inf])
def test_without_a_size_the_axis_ends_at_one(value):
    assert round_up(value) == 1.0


@pytest.mark.parametrize(
    ("value", "text"), [(0.05, "0.05"), (20.0, "20"), (0, "0"), (-0.5, "-0.5"), (1e-6, "1e-6"), (5e-5, "5e-5")]
)
def test_axis_number(value, text):
    assert axis_number(value) == text


def test_whole_range_covers_all_finite_values():
    assert whole_range(np.array([-3.2, 0.4, np.nan, -np.inf]), -3, 0) == (-4, 1)
    assert whole_range(np.array([np.nan]), -5, -1) == (-5, -1)


_PLACES = st.lists(st.floats(-10, 10), max_size=30)


@given(_PLACES)
def test_spread_keeps_its_distance_and_its_order(places):
    moved = spread(places, -5, 5, gap=0.5)
    gap = min(0.5, 10 / max(len(places) - 1, 1))
    assert all(-5 - 1e-6 <= place <= 5 + 1e-6 for place in moved)
    order = np.argsort(places, kind="stable")
    assert all(np.diff(np.array(moved)[order]) >= gap - 1e-6)


@given(_PLACES)
def test_spread_leaves_alone_what_has_room(places):
    moved = spread(places, -5, 5, gap=0.5)
    assert spread(moved, -5, 5, gap=0.5) == pytest.approx(moved, abs=1e-6)


def test_spread_moves_both_neighbours_by_the_same():
    assert spread([1.1, 1.0, 3.0], 0, 4, gap=0.5) == [1.3, 0.8, 3.0]
