"""Vectors for places, and the last place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.nn.positions import LastPosition, PositionEmbedding
from tests.core.nn.oracles import SEEDS, SIZES, assert_same, normal, oracle, run


@given(st.integers(1, 6), st.integers(1, 8), SIZES, SEEDS)
def test_a_vector_for_each_position_is_added(batch, t, c, seed):
    layer = PositionEmbedding(t, c)
    layer.weight.data[:] = weight = normal(seed, (t, c))
    x, grad = normal(seed + 1, (batch, t, c)), normal(seed + 2, (batch, t, c))
    assert_same(run(layer, x, grad), oracle(lambda x, weight: x + weight, x, grad, weight=weight))


@given(st.integers(1, 6), st.integers(1, 8), SIZES, SEEDS)
def test_the_last_position_is_kept_and_gets_all_the_gradient(batch, t, c, seed):
    x, grad = normal(seed, (batch, t, c)), normal(seed + 1, (batch, c))
    ours = run(LastPosition(), x, grad)
    assert_same(ours, oracle(lambda x: x[:, -1], x, grad))
    assert not np.any(ours["x"][:, :-1])
