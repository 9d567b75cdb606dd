"""The probe's kernels against numpy, and where numpy itself would stumble."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.frame import BINS, STATS
from core.training.summary import saturation, summarise

LARGEST = np.finfo(np.float32).max
BAD = [np.nan, -np.nan, np.inf, -np.inf]


def summary(values) -> tuple[dict[str, float], np.ndarray]:
    values = np.asarray(values, np.float32)
    stats, counts = np.full(len(STATS), -7, np.float32), np.full(BINS, -7, np.int32)
    before = values.copy()
    summarise(values, stats, counts)
    np.testing.assert_array_equal(values, before)
    assert (stats[8:] == -7).all()
    return dict(zip(STATS[:8], stats, strict=False)), counts


def normal(seed: int, size: int, scale: float = 1.0, offset: float = 0.0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(size) * scale + offset).astype(np.float32)


@given(
    st.integers(2, 5000),
    st.sampled_from([1e-30, 1e-3, 1.0, 1e10, 1e30]),
    st.sampled_from([0.0, 1.0, -100.0]),
    st.integers(0, 99),
)
def test_against_numpy(size, scale, offset, seed):
    values = normal(seed, size, scale, offset * scale)
    stats, counts = summary(values)
    exact = values.astype(np.float64)
    expected = {"mean": exact.mean(), "std": exact.std(ddof=1), "min": values.min(), "max": values.max()}
    for name, value in expected.items():
        assert stats[name] == pytest.approx(value, rel=1e-5, abs=1e-6 * scale), name
    assert (stats["low"], stats["high"], stats["nan"], stats["inf"]) == (values.min(), values.max(), 0, 0)
    histogram = np.histogram(exact, BINS, (stats["low"], stats["high"]))[0]
    assert counts.sum() == size
    assert np.abs(np.cumsum(counts) - np.cumsum(histogram)).max() <= 1  # a value on an edge may fall to either side


@given(st.integers(1, 2000), st.lists(st.sampled_from(BAD), min_size=1, max_size=20), st.integers(0, 99))
def test_what_is_not_finite_is_counted_and_left_out(size, bad, seed):
    values = normal(seed, size)
    mixed = np.random.default_rng(seed).permutation(np.concatenate([values, np.array(bad, np.float32)]))
    stats, counts = summary(mixed)
    expected, expected_counts = summary(np.sort(values))
    np.testing.assert_array_equal(counts, expected_counts)
    assert stats["nan"] == np.isnan(bad).sum()
    assert stats["inf"] == np.isinf(bad).sum()
    for name in STATS[:6]:
        np.testing.assert_allclose(stats[name], expected[name], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("bad", [BAD, [np.nan] * 1000, [np.inf]])
def test_nothing_finite(bad):
    stats, counts = summary(bad)
    assert all(np.isnan(stats[name]) for name in ("mean", "std", "min", "max"))
    assert (stats["low"], stats["high"]) == (-0.5, 0.5)
    assert stats["nan"] + stats["inf"] == len(bad)
    assert not counts.any()


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -3.5, 1e-45, 1e-38, 1e38, LARGEST, -LARGEST])
@pytest.mark.parametrize("size", [1, 2, 700])
def test_a_constant_has_a_histogram_too(value, size):
    stats, counts = summary([value] * size)
    assert stats["low"] < stats["high"]
    assert np.isfinite([stats["low"], stats["high"]]).all()
    assert counts.sum() == counts.max() == size
    assert stats["min"] == stats["max"] == np.float32(value)
    assert stats["mean"] == pytest.approx(value)
    assert np.isnan(stats["std"]) if size == 1 else stats["std"] == 0


@pytest.mark.parametrize("values", [[1, np.nextafter(np.float32(1), np.float32(2))], [-LARGEST, LARGEST], [0, 1e-45]])
def test_edges_that_are_nearly_equal_or_as_far_apart_as_can_be(values):
    stats, counts = summary(values)
    edges = np.linspace(float(stats["low"]), float(stats["high"]), BINS + 1)
    assert (np.diff(edges) > 0).all()
    assert edges[0] <= stats["min"] <= stats["max"] <= edges[-1]
    assert counts.sum() == len(values)


@given(st.integers(1, 40), st.integers(1, 30), st.integers(0, 99))
def test_saturation(rows, channels, seed):
    values = np.tanh(normal(seed, rows * channels, 3).reshape(rows, channels))
    values[:, seed % channels] = -1
    beyond = np.abs(values) > np.float32(0.97)
    saturated, dead = saturation(values, np.empty(channels, np.float32))
    assert saturated == pytest.approx(beyond.mean())
    assert dead == pytest.approx(beyond.all(axis=0).mean())
    assert dead > 0


def test_nan_is_not_saturated():
    values = np.full((4, 2), np.nan, np.float32)
    values[:, 1] = 1
    assert saturation(values, np.empty(2, np.float32)) == (0.5, 0.5)
