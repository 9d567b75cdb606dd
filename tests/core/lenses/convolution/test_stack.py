"""What a stack of convolutions sees and costs, from its model text or from what somebody typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lenses.convolution.stack import (
    ConvolutionError,
    Stack,
    drawable,
    listed,
    plain_text,
    read_dilations,
    stack_of,
)
from core.nn.notation import parse

DILATIONS = st.lists(st.integers(1, 16), min_size=1, max_size=6).map(tuple)


@given(DILATIONS, st.integers(2, 4))
def test_the_field_is_the_farthest_needed_and_one(dilations, kernel):
    stack = Stack.plain(dilations, kernel)
    assert stack.field == 1 + sum((kernel - 1) * d for d in dilations)
    assert stack.needed()[0][0] == stack.field - 1
    assert stack.needed()[-1] == [0]


def test_the_course_s_fields():
    assert Stack.plain((1, 2, 4), 2).field == 8
    assert Stack.plain((1, 2, 4, 8), 2).field == 16
    assert [len(backs) for backs in Stack.plain((1, 2, 4), 2).needed()] == [8, 4, 2, 1]


def test_dilations_that_skip_leave_gaps():
    assert Stack.plain((3, 3), 2).needed()[0] == [6, 3, 0]
    assert Stack.plain((2,), 3).needed()[0] == [4, 2, 0]


@given(DILATIONS, st.integers(2, 4))
def test_a_text_is_read_as_it_was_meant(dilations, kernel):
    assert stack_of(parse(plain_text(27, dilations, kernel))) == Stack.plain(dilations, kernel)
    assert read_dilations(listed(dilations)) == dilations


def test_costs_are_the_weights_of_each_layer():
    block = "Residual(Gated(CausalConv1d(32, 32), CausalConv1d(32, 32)), Skip(32, 64), Linear(32, 32))"
    stack = stack_of(parse(f"Embedding(27, 32)\n{block}\nSkipSum()\nReLU()\nLinear(64, 64)\nReLU()\nLinear(64, 27)"))
    (level,) = stack.levels
    assert (level.each, level.aside) == (2 * 2 * 32 * 32 + 32 * 32, 32 * 64)
    assert stack.head == 64 * 64 + 64 * 27
    assert Stack.plain((1, 2, 4), 2).levels[0].each == 20 * 68


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No dilation is given"),
        (" , ", "No dilation is given"),
        ("1, 2, x", '"x" is no dilation'),
        ("0", '"0" is no dilation: write whole numbers from 1 to 16'),
        ("17", '"17" is too large to be drawn'),
        ("1,2,4,8,16,32,64", "These are 7 dilations, at most 6 can be drawn"),
        ("-1", '"-1" is no dilation'),
        ("1.5", '"1.5" is no dilation'),
        ("²", '"²" is no dilation'),
        ("9" * 5000, '"999999999999..." is no dilation'),
        ("1 1 1 1 1 1 1", "These are 7 dilations, at most 6"),
    ],
)
def test_typed_nonsense_is_answered_in_a_sentence(text, said):
    with pytest.raises(ConvolutionError) as caught:
        read_dilations(text)
    assert said in str(caught.value)


def test_a_field_too_wide_to_draw_says_how_wide():
    with pytest.raises(ConvolutionError, match="Dilations 16, 16 see 33 characters, at most 32"):
        drawable(Stack.plain((16, 16), 2))


@pytest.mark.parametrize("kernel", [1, 9])
def test_a_kernel_that_cannot_be_drawn_says_which_can(kernel):
    with pytest.raises(ConvolutionError, match="from 2 to 8"):
        drawable(Stack.plain((1,), kernel))
    levels = (Stack.plain((1,), 2).levels[0], Stack.plain((2,), 3).levels[0])
    with pytest.raises(ConvolutionError, match="one kernel size"):
        drawable(Stack(levels, head=1))
    with pytest.raises(ConvolutionError, match="at most 6"):
        drawable(Stack.plain((1,) * 7, 2))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Embedding(27, 4)\nLinear(4, 27)", "no CausalConv1d"),
        ("OneHot(27)\nCausalConv1d(27, 27)", "an Embedding is needed"),
        ("Embedding(27, 4)\nFlattenConsecutive(2)\nCausalConv1d(8, 27)", "does not slide"),
        ("Embedding(27, 4)\nCausalConv1d(4, 4)\nBatchNorm1d(4, dims=0)\nLinear(4, 27)", "does not slide"),
        ("Embedding(27, 4)\nLinear(4, 4)\nCausalConv1d(4, 27)", "between the convolutions"),
        ("Embedding(27, 4)\nResidual(CausalConv1d(4, 4), CausalConv1d(4, 4))", "one after the other"),
        ("Embedding(27, 4)\nGated(CausalConv1d(4, 27), CausalConv1d(4, 27, dilation=2))", "several kernels"),
    ],
)
def test_a_model_that_is_no_such_stack_says_why(text, said):
    with pytest.raises(ConvolutionError, match=said):
        stack_of(parse(text))
