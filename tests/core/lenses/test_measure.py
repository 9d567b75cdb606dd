"""What gradients say about the receptive field, against what the model text says, and against nudged characters."""

import numpy as np
import pytest
import torch

from core.lenses.measure import activity, has_gradients, measure
from core.lenses.receptive_field import derive
from core.nn.notation import parse
from core.nn.presets import PRESETS
from core.nn.sequential import Sequential

ALL = pytest.mark.parametrize("name", PRESETS)
N = 32


def model_of(text, context):
    """Random weights, and running statistics that are not those of the start."""
    model = Sequential.from_text(text, context=context, generator=torch.Generator().manual_seed(1))
    model.connect(N)
    rng = np.random.default_rng(1)
    state = model.state()
    for name, array in state.items():
        array[...] = (
            rng.uniform(0.5, 2, array.shape) if "running" in name else array + 0.1 * rng.standard_normal(array.shape)
        )
    model.load_state(state)
    return model


def setting(name):
    preset = PRESETS[name]
    tree = derive(parse(preset.text(27)), preset.context)
    contexts = np.random.default_rng(2).integers(0, 27, (N, preset.context))
    model = model_of(preset.text(27), preset.context)
    if not has_gradients(model):  # it counts: before the first pairs all its rows are alike
        model.loss(contexts, contexts[::-1, -1])
        model.update(0.1)
    return tree, model, contexts


@ALL
def test_measured_and_derived_agree(name):
    tree, model, contexts = setting(name)
    np.testing.assert_array_equal(measure(tree, model, contexts), tree.mask)


def test_levels_without_layers_of_their_own_agree_too():
    """A FlattenConsecutive is a reshape of the layer above: its gradient is that layer's memory."""
    text = "Embedding(5, 3)\nLinear(3, 4)\nTanh()\nFlattenConsecutive(2)\nFlattenConsecutive(2)\nLinear(16, 5)"
    tree = derive(parse(text), 4)
    contexts = np.random.default_rng(0).integers(0, 5, (N, 4))
    np.testing.assert_array_equal(measure(tree, model_of(text, 4), contexts), tree.mask)


@ALL
def test_changing_a_character_changes_just_the_nodes_that_see_it(name):
    """The same mask without any gradient: another character at one place, and which nodes' outputs move."""
    tree, model, contexts = setting(name)
    before = activity(tree, model, contexts[0])
    for place in range(tree.context):
        nudged = contexts[0].copy()
        nudged[place] = (nudged[place] + 1) % 27
        after = activity(tree, model, nudged)
        moved = (after[["mean", "norm"]] != before[["mean", "norm"]]).any(axis=1)
        learnt = slice(0 if model.layers[0].kind == "Embedding" else tree.context, None)  # not so a one-hot row's size
        np.testing.assert_array_equal(moved[learnt], tree.mask[learnt, place])


def test_a_cut_connection_is_measured_as_cut():
    """Measured lies inside derived: weights of 0 to a place make it invisible, whatever the text says."""
    tree, model, contexts = setting("wavenet")
    state = model.state()
    state["3.Linear.weight"][:10] = 0  # the first of each pair of characters
    model.load_state(state)
    measured = measure(tree, model, contexts)
    assert not measured[8:, 0::2].any()
    np.testing.assert_array_equal(measured[8:, 1::2], tree.mask[8:, 1::2])


def test_looking_leaves_the_model_as_it_was():
    tree, model, contexts = setting("wavenet")
    model.loss(contexts, contexts[:, 0])
    model.backward()
    state = model.state()
    kept = [array.copy() for v in [*model.parameters(), *model.activations()] for array in (v.data, v.grad)]
    measure(tree, model, contexts)
    activity(tree, model, contexts[0])
    for name, array in model.state().items():
        np.testing.assert_array_equal(array, state[name], err_msg=name)
    now = [array for v in [*model.parameters(), *model.activations()] for array in (v.data, v.grad)]
    for before, after in zip(kept, now, strict=True):
        np.testing.assert_array_equal(after, before)


def test_a_model_that_has_counted_nothing_depends_on_nothing():
    tree, model = derive(parse("Counts(5)"), 1), Sequential.from_text("Counts(5)", context=1)
    model.connect(5)
    contexts = np.arange(5)[:, None]
    assert not has_gradients(model)
    assert measure(tree, model, contexts).tolist() == [[True], [False]]  # the character itself, and the prediction
    model.loss(contexts, np.arange(5))
    model.update(1.0)
    assert measure(tree, model, contexts).tolist() == [[True], [True]]


def test_what_a_skip_has_put_aside_for_one_node_does_not_reach_the_next():
    """The prediction's gradient stays in the Skips: measured after it, a lower block must not find it there."""
    tree, model, contexts = setting("wavenet-paper")
    layers = model.layers
    for layer in layers:
        layer.out.grad[:] = 1
    np.testing.assert_array_equal(measure(tree, model, contexts), tree.mask)


def test_activity_is_the_statistics_of_the_outputs():
    tree, model, contexts = setting("wavenet")
    table = activity(tree, model, contexts[0])
    assert table.id.tolist() == list(range(16))
    assert table.channels.tolist() == [10] * 8 + [68] * 7 + [27]
    logits = model.evaluate(contexts[:1])[0]
    assert table["mean"].iloc[-1] == pytest.approx(logits.mean(), abs=1e-5)
    assert table["std"].iloc[-1] == pytest.approx(logits.std(), rel=1e-4)
    assert table["norm"].iloc[-1] == pytest.approx(np.linalg.norm(logits), rel=1e-5)
    vectors = model.state()["1.Embedding.weight"][contexts[0]]
    np.testing.assert_allclose(table.norm[:8], np.linalg.norm(vectors, axis=1), rtol=1e-5)
