"""Products in pieces are the product."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.nn.products import LANES, SMALL, Product, turn

SIDE = st.integers(1, 260)


def factors(rows: int, inner: int, columns: int, turned: tuple[bool, bool]) -> tuple[np.ndarray, np.ndarray]:
    """(rows, inner) and (inner, columns), float32; those that are `turned` as views of the transpose."""
    rng, shapes = np.random.default_rng(rows), ((rows, inner), (inner, columns))
    made = (
        rng.standard_normal(s[::-1], np.float32).T if turn else rng.standard_normal(s, np.float32)
        for s, turn in zip(shapes, turned, strict=True)
    )
    return tuple(made)


@given(SIDE, SIDE, SIDE, st.tuples(st.booleans(), st.booleans()))
def test_any_shape_and_layout(rows, inner, columns, turned):
    a, b = factors(rows, inner, columns, turned)
    out = np.full((rows, columns), np.nan, np.float32)
    Product(a, b, out)()
    np.testing.assert_allclose(out, a.astype(float) @ b, rtol=0, atol=1e-5 * inner)


@pytest.mark.parametrize("shape", [(64, 256, 128), (256, 64, 128), (1024, 48, 128), (32, 256, 128), (128, 96, 200)])
def test_pieces_are_small_whole_registers_of_the_longer_side(shape):
    rows, _, columns = shape
    a, b = factors(*shape, (False, False))
    pieces = Product(a, b, np.empty((rows, columns), np.float32))._pieces
    assert len(pieces) > 1
    assert all(a.size * b.shape[1] <= SMALL for a, b, _ in pieces)
    longer = int(columns > rows)
    assert all(out.shape[longer] % LANES == 0 for _, _, out in pieces[:-1])
    assert all(out.shape[1 - longer] == min(rows, columns) for _, _, out in pieces)


def test_what_would_be_cut_too_thin_stays_whole():
    a, b = factors(300, 4000, 40, (False, False))
    assert len(Product(a, b, np.empty((300, 40), np.float32))._pieces) == 1


@pytest.mark.parametrize("rows", [1, 7, 8, 20])
def test_turn(rows):
    array = np.arange(rows * 5, dtype=np.float32).reshape(rows, 5)
    columns = np.full((5, rows), np.nan, np.float32)
    turn(array, columns)
    np.testing.assert_array_equal(columns, array.T)
