"""The steps that are kept."""

from itertools import pairwise

import pytest

from core.training.moments import recorded


@pytest.mark.parametrize("steps", [1, 2, 7, 10, 99, 1000, 200_000, 10_000_000])
def test_from_the_first_to_the_last_in_order(steps):
    moments = recorded(steps)
    assert moments == sorted(set(moments))
    assert (moments[0], moments[-1]) == (1, steps)
    assert all(10**decade in moments for decade in range(8) if 10**decade <= steps)
    assert len(moments) <= 75


def test_evenly_spaced_on_a_logarithmic_axis():
    moments = recorded(200_000)
    ratios = [after / before for before, after in pairwise(m for m in moments if m >= 10)]
    assert max(ratios) < 1.34
    assert min(ratios) > 1.19


def test_a_longer_run_keeps_the_same_moments():
    assert set(recorded(1000)) <= set(recorded(200_000))
