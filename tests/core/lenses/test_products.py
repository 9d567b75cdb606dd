"""The rules of @ and of broadcasting against PyTorch's own, on tensors without numbers."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.lenses.products import ShapeError, broadcast, parse_shape, product, show

SHAPES = st.lists(st.sampled_from([0, 1, 1, 2, 3, 5]), max_size=4).map(tuple)


def torch_shape(operation, a, b):
    """The shape that PyTorch gives, or None where it refuses."""
    try:
        return tuple(operation(torch.empty(a, device="meta"), torch.empty(b, device="meta")).shape)
    except (RuntimeError, IndexError):
        return None


@given(SHAPES, SHAPES)
def test_a_product_has_pytorch_s_shape(a, b):
    result = product(a, b)
    assert result.shape == torch_shape(torch.matmul, a, b)
    assert bool(result.mistake) == (result.shape is None)


@given(SHAPES, SHAPES)
def test_a_sum_has_pytorch_s_shape(a, b):
    result = broadcast(a, b)
    assert result.shape == torch_shape(torch.add, a, b)
    assert bool(result.mistake) == (result.shape is None)
    assert len(result.columns) == max(len(a), len(b))


@pytest.mark.parametrize("rule", [product, broadcast])
@given(SHAPES, SHAPES)
def test_a_fix_fits_and_is_only_given_for_a_mistake(rule, a, b):
    fix = rule(a, b).fix
    if fix is not None:
        assert rule(a, b).shape is None
        mended = (fix.shape, b) if fix.operand == "a" else (a, fix.shape)
        assert rule(*mended).shape is not None


@given(SHAPES, SHAPES)
def test_the_columns_are_the_operands_aligned_at_the_right(a, b):
    columns = broadcast(a, b).columns
    assert tuple(column.a for column in columns if column.a is not None) == a
    assert tuple(column.b for column in columns if column.b is not None) == b
    assert {column.role for column in columns} <= {"equal", "stretch", "clash"}


def test_leading_dimensions_are_batch():
    result = product((4, 5, 6, 80), (80, 200))
    assert result.shape == (4, 5, 6, 200)
    assert [column.role for column in result.columns] == ["stretch", "stretch", "matrix", "matrix"]


@pytest.mark.parametrize(
    ("rule", "a", "b", "mistake", "fix"),
    [
        (broadcast, (32, 4), (32,), "Dimension −1 is 4 in a and 32 in b", ("b", (32, 1))),
        (broadcast, (8,), (8, 3, 5), "Dimension −1 is 8 in a and 5 in b", ("a", (8, 1, 1))),
        (broadcast, (2, 3), (3, 2), "Dimension −2 is 2 in a and 3 in b", None),
        (product, (4, 80), (200, 80), "a ends with 80, b has 200 in its last but one", ("b", (80, 200))),
        (product, (80, 4), (80, 200), "a ends with 4, b has 80", ("a", (4, 80))),
        (product, (4, 8, 10), (20, 68), "a ends with 10, b has 20", ("b", (10, 68))),
        (product, (3, 4), (5,), "b has 5 in its only one", ("b", (4,))),
        (product, (6, 2, 4), (6, 3, 4, 5), "dimensions (6,) and (6, 3) do not broadcast", ("a", (6, 1, 2, 4))),
        (product, (), (3,), "a is a single number", None),
    ],
)
def test_a_mistake_is_one_sentence_with_a_fix_where_there_is_one(rule, a, b, mistake, fix):
    result = rule(a, b)
    assert mistake in result.mistake
    assert result.mistake.endswith((".", "*."))
    assert (result.fix and (result.fix.operand, result.fix.shape)) == fix


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("4, 5, 6, 80", (4, 5, 6, 80)),
        ("(80,)", (80,)),
        ("[32, 27]", (32, 27)),
        ("32 x 27", (32, 27)),
        ("  ", ()),
        ("()", ()),
        ("1000000", (1_000_000,)),
    ],
)
def test_a_shape_is_read_however_it_is_written(text, shape):
    assert parse_shape(text) == shape


@pytest.mark.parametrize("text", ["4, -1", "4.5", "B, T", "٤, 8", "1,2,3,4,5,6,7", "10000000", "9" * 5000])
def test_what_is_no_shape_is_one_sentence(text):
    with pytest.raises(ShapeError, match=r"write|Write"):
        parse_shape(text)


def test_shapes_are_shown_as_python_writes_them():
    assert show((80,)) == "(80,)"
