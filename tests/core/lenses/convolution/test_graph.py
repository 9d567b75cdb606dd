"""Nodes and costs of both ways: against the shapes that the engine allocates, and against each other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lenses.convolution.graph import Lattice
from core.lenses.convolution.sampling import CachedSampler, PlainSampler
from core.lenses.convolution.stack import Stack, plain_text, stack_of
from core.nn.convolution import CausalConv1d
from core.nn.layers import Linear
from core.nn.notation import parse
from core.nn.sequential import Sequential

STACKS = st.builds(
    Stack.plain, st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple), kernel=st.integers(2, 3)
)
PAPER = """Embedding(27, 6)
Residual(Gated(CausalConv1d(6, 6), CausalConv1d(6, 6)), Skip(6, 9), Linear(6, 6))
Residual(Gated(CausalConv1d(6, 6, dilation=2), CausalConv1d(6, 6, dilation=2)), Skip(6, 9), Linear(6, 6))
SkipSum()
ReLU()
Linear(9, 27)"""


def test_the_course_s_word():
    """Eight trees of 4 + 2 + 1 nodes and a prediction; the pass has 14, 12, 8 nodes and 8 predictions."""
    lattice = Lattice(Stack.plain((1, 2, 4), 2), predictions=8)
    assert lattice.length == 15
    costs = lattice.costs()
    assert costs.trees_nodes.tolist() == [32, 16, 8, 8]
    assert costs.one_pass_nodes.tolist() == [14, 12, 8, 8]
    assert costs.cached_nodes.tolist() == [8, 8, 8, 8]
    assert costs.trees.sum() == 8 * (4 * 20 * 68 + 3 * 136 * 68 + 68 * 27)
    assert lattice.sees(3, 14) == list(range(7, 15))
    assert lattice.trees().again.sum() == 64 - 42


@given(STACKS, st.integers(1, 12))
def test_each_way_computes_what_it_reads_before_it_reads_it(stack, predictions):
    lattice = Lattice(stack, predictions)
    tables = [group for _, group in lattice.trees().groupby("prediction")]
    for table in (*tables, lattice.one_pass()):
        known = {(0, position) for position in range(lattice.length)}
        for level, position in zip(table.level, table.position, strict=True):
            assert all((level - 1, below) in known for below in lattice.reads(level, position))
            known.add((level, position))


@given(STACKS, st.integers(1, 12))
def test_the_pass_has_every_node_of_every_tree_once(stack, predictions):
    lattice = Lattice(stack, predictions)
    trees, one_pass = lattice.trees(), lattice.one_pass()
    slid = list(zip(one_pass.level, one_pass.position, strict=True))
    assert len(set(slid)) == len(slid)
    assert set(zip(trees.level, trees.position, strict=True)) <= set(slid)
    assert one_pass.serves.sum() == len(trees)
    assert (~trees.again).sum() == (one_pass.serves > 0).sum()


@given(STACKS, st.integers(1, 12))
def test_a_tree_sees_what_its_stack_says(stack, predictions):
    lattice = Lattice(stack, predictions)
    for prediction in range(predictions):
        place = lattice.place(prediction)
        assert lattice.sees(lattice.top, place) == [place - back for back in stack.needed()[0]]
        seen = {place}
        for level in range(lattice.top, 0, -1):
            seen = {below for node in seen for below in lattice.reads(level, node)}
        assert lattice.sees(lattice.top, place) == sorted(seen)
        assert min(lattice.sees(lattice.top, place)) == prediction


@pytest.mark.parametrize("text", [plain_text(27, (1, 2, 4), 2), plain_text(27, (3, 3), 3, 6, 8), PAPER])
def test_costs_follow_from_shapes(text):
    """The pass: each layer's weights at each position of what the engine allocates; sampling: the cells that ran."""
    stack = stack_of(parse(text))
    model = Sequential.from_text(text, context=stack.field)
    model.connect(1, positions=5)
    products = [layer for layer in model.layers if isinstance(layer, (Linear, CausalConv1d))]
    costs = Lattice(stack, predictions=5).costs().sum()
    assert costs.one_pass == sum(layer.weight.data.size * layer.out.shape[1] for layer in products)
    for sampler, way in ((PlainSampler(model), "trees"), (CachedSampler(model), "cached")):
        sampler.restart()
        for code in (1, 2, 3, 4):
            sampler.feed(code)
        ran = zip(sampler.cells, sampler.computed, strict=True)
        assert costs[way] == sum(cell.weights * times for cell, times in ran)


@settings(max_examples=25)
@given(STACKS, st.integers(1, 12))
def test_remembering_never_costs_more(stack, predictions):
    costs = Lattice(stack, predictions).costs().sum()
    assert costs.cached <= costs.trees
    assert costs.cached <= costs.one_pass
