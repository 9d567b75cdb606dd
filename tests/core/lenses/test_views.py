"""Views and concatenations against PyTorch's own."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.lenses.views import ViewError, divisors, factor_of, joined, viewed
from core.nn.layers import FlattenConsecutive
from core.nn.variable import Variable

SIZES = st.lists(st.sampled_from([-1, 1, 2, 3, 4, 6]), max_size=4).map(tuple)
SHAPES = st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=3).map(tuple)


@given(SHAPES, SIZES)
def test_a_view_has_pytorch_s_shape_or_is_refused_as_there(shape, sizes):
    try:
        expected = tuple(torch.empty(shape, device="meta").view(sizes).shape)
    except RuntimeError:
        expected = None
    if expected is not None:
        assert viewed(shape, sizes) == expected
        return
    with pytest.raises(ViewError) as caught:
        viewed(shape, sizes)
    fix = caught.value.fix
    assert fix is None or viewed(shape, fix) == fix


@pytest.mark.parametrize(("shape", "n"), [((4, 8, 10), 2), ((4, 8, 10), 4), ((4, 8, 10), 8), ((2, 6, 3), 3)])
def test_both_ways_are_pytorch_s(shape, n):
    both = joined(shape, n)
    x = torch.arange(both.view.size).reshape(shape)
    batch, time, channels = shape
    view = x.view(batch, time // n, channels * n)
    cat = torch.cat([x[:, i::n] for i in range(n)], dim=2)
    runs = torch.cat(x.split(time // n, dim=1), dim=2)
    for ours, theirs in ((both.view, view), (both.concatenated, cat), (both.halves, runs)):
        assert ours.ravel().tolist() == theirs.ravel().tolist()
    assert both.equal
    assert (both.view == both.halves).all() == (n == time), "runs of one position are every n-th one"


@pytest.mark.parametrize("n", [2, 4, 8])
def test_it_is_what_the_layer_does(n):
    both = joined((4, 8, 10), n)
    x = Variable.empty("x", (4, 8, 10))
    x.data[:] = joined((4, 8, 10), 1).view
    layer = FlattenConsecutive(n)
    out = layer.connect(x)
    layer.forward(training=False)
    assert out.shape == both.view.shape
    assert (out.data == both.view).all()


def test_which_views_are_a_flatten_consecutive():
    assert [factor_of((4, 8, 10), view) for view in ((4, 8, 10), (4, 4, 20), (4, 80), (4, 1, 80))] == [1, 2, 8, 8]
    assert factor_of((4, 8, 10), (8, 4, 10)) is None
    assert factor_of((4, 1, 10), (4, 10)) == 1
    assert divisors(8) == [1, 2, 4, 8]


@pytest.mark.parametrize(
    ("sizes", "sentence", "fix"),
    [
        ((4, 4, 10), "holds 320 numbers, view(4, 4, 10) would need 160", (4, 4, 20)),
        ((4, 3, 20), "would need 240", None),
        ((-1, -1), "Only one size can be −1", None),
        ((3, -1), "cannot be shared out by 3", None),
    ],
)
def test_a_view_that_does_not_fit_is_one_sentence(sizes, sentence, fix):
    with pytest.raises(ViewError) as caught:
        viewed((4, 8, 10), sizes)
    assert sentence in str(caught.value)
    assert caught.value.fix == fix


def test_more_numbers_than_are_compared_are_refused():
    with pytest.raises(ViewError, match="at most 4,000,000"):
        joined((1_000_000, 8, 10), 2)
