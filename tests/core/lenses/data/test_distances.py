"""Distances of random points: against their definition and the theory of the chi distribution."""

import numpy as np
import pytest

from core.lenses.data.distances import DIMENSIONS, Distances, spread_of


@pytest.fixture(scope="module")
def distances() -> Distances:
    return Distances.between(points=300, seed=1)


def test_every_pair_once_and_by_definition():
    drawn = np.random.default_rng(3).standard_normal((7, max(DIMENSIONS)))
    found = Distances.between(points=7, seed=3)
    for d in DIMENSIONS:
        pairs = [np.linalg.norm(drawn[i, :d] - drawn[j, :d]) for i in range(7) for j in range(i + 1, 7)]
        np.testing.assert_allclose(found.by_dimension[d], pairs, atol=1e-6)


def test_measured_spread_follows_theory(distances):
    table = distances.table()
    assert table["dimensions"].tolist() == list(DIMENSIONS)
    np.testing.assert_allclose(table["spread"], table["theory"], rtol=0.08)


def test_all_points_come_to_lie_equally_far(distances):
    table = distances.table()
    assert table["contrast"].is_monotonic_decreasing
    assert table["contrast"].iloc[-1] < 0.2 < 4 < table["contrast"].iloc[0]


def test_theory_in_closed_form():
    """One dimension: a half-normal distance; many: 1 / sqrt(2 d)."""
    assert spread_of(1) == pytest.approx(np.sqrt(np.pi / 2 - 1))
    assert spread_of(2) == pytest.approx(np.sqrt(4 / np.pi - 1))
    assert spread_of(100_000) == pytest.approx(1 / np.sqrt(200_000), rel=1e-4)


def test_the_same_seed_gives_the_same_points(distances):
    again = Distances.between(points=300, seed=1)
    other = Distances.between(points=300, seed=2)
    assert np.array_equal(again.by_dimension[5], distances.by_dimension[5])
    assert not np.array_equal(other.by_dimension[5], distances.by_dimension[5])
