"""Both ways from one set of weights: the logits agree, whatever the word, and measuring leaves no trace."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.dataset import Dataset
from core.lenses.convolution.network import compare, fresh, of_model
from core.lenses.convolution.stack import ConvolutionError
from core.lenses.convolution.timing import measure
from core.nn.notation import parse
from core.nn.presets import preset
from core.nn.sequential import Sequential
from tests.core.lenses.convolution.test_graph import PAPER

NAMES = Dataset.builtin()


def trained(text: str, context: int) -> Sequential:
    model = Sequential.from_text(text, context=context, generator=torch.Generator().manual_seed(3))
    model.connect(32)
    rng = np.random.default_rng(0)
    for _ in range(30):
        model.loss(rng.integers(0, 27, (32, context)), rng.integers(0, 27, 32))
        model.backward()
        model.update(0.1)
    return model


@pytest.mark.parametrize("word", ["", "a", "diondre", "abcdefghijklmno"])
@pytest.mark.parametrize(("dilations", "kernel"), [((1, 2, 4), 2), ((1,), 2), ((3, 3), 2), ((1, 3), 3), ((2, 1), 4)])
def test_logits_of_a_fresh_network_agree(dilations, kernel, word):
    network = fresh(27, dilations, kernel)
    found = compare(network, NAMES.encode(word))
    assert found.one_pass.shape == found.separate.shape == (len(word) + 1, 27)
    assert found.largest <= 1e-5
    assert found.agree
    assert not replace(found, separate=found.separate + np.float32(1e-4)).agree
    assert np.abs(found.one_pass).max() > 1e-3


def test_only_powers_of_the_kernel_make_a_hierarchy():
    for dilations, kernel, is_tree in (((1, 2, 4), 2, True), ((1, 3), 3, True), ((1, 3), 2, False), ((2, 4), 2, False)):
        network = fresh(27, dilations, kernel)
        assert (network.alone is not network.conv) == is_tree


@pytest.mark.parametrize(("text", "context"), [(preset("wavenet").text(27), 8), (PAPER, 4)])
def test_a_trained_model_s_own_logits(text, context):
    model = trained(text, context)
    network = of_model(parse(text), model.state())
    word = "diondre"
    found = compare(network, NAMES.encode(word))
    contexts = np.array([NAMES.window(word[:i], context) for i in range(8)])
    np.testing.assert_allclose(found.one_pass, model.evaluate(contexts), atol=1e-5)
    np.testing.assert_allclose(found.separate, model.evaluate(contexts), atol=1e-5)


@pytest.mark.parametrize("name", ["wavenet-bug"])
def test_a_model_that_does_not_slide_says_so(name):
    model = trained(preset(name).text(27), 8)
    with pytest.raises(ConvolutionError, match="each position apart"):
        of_model(parse(preset(name).text(27)), model.state())


def test_weights_that_diverged_are_compared_without_a_warning(recwarn):
    model = trained(preset("wavenet").text(27), 8)
    state = {name: np.full_like(array, np.inf) for name, array in model.state().items()}
    found = compare(of_model(parse(preset("wavenet").text(27)), state), NAMES.encode("anna"))
    assert np.isnan(found.largest)
    assert not found.agree
    assert not recwarn.list


def test_measuring_leaves_the_network_as_it_is():
    network = fresh(27, (1, 2), 2)
    before = network.conv.model.state(), network.alone.model.state()
    heard = []
    ratios = measure(network, NAMES.encode("anna"), heard.append, pairs=2)
    for old, model in zip(before, (network.conv.model, network.alone.model), strict=True):
        assert all((old[name] == array).all() for name, array in model.state().items())
    assert heard == sorted(heard)
    assert heard[-1] == 1
    assert all(ratio > 0 for ratio in (ratios.calls, ratios.training, ratios.sampling))
