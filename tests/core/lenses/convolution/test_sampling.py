"""Sampling with queues: the bits of sampling without, one new node a level, and the engine's logits to 1e-5."""

import numpy as np
import pytest
import torch

from core.dataset import Dataset
from core.lenses.convolution.sampling import CachedSampler, PlainSampler, write
from core.lenses.convolution.stack import ConvolutionError, plain_text, stack_of
from core.nn.notation import parse
from core.nn.presets import preset
from core.nn.sequential import Sequential
from core.training.sampling import sample

BLOCKS = """Embedding(27, 6)
Residual(Gated(CausalConv1d(6, 6), CausalConv1d(6, 6)), Skip(6, 9), Linear(6, 6))
Residual(Gated(CausalConv1d(6, 6, dilation=3), CausalConv1d(6, 6, dilation=3)), Skip(6, 9), Linear(6, 6))
SkipSum()
ReLU()
Linear(9, 27)"""
TWO_IN_ONE = """Embedding(27, 6)
Residual(CausalConv1d(6, 6), ReLU(), CausalConv1d(6, 6, dilation=2))
Linear(6, 27)"""
MODELS = {  # model text, context
    "1, 2, 4": (plain_text(27, (1, 2, 4), 2), 8),
    "1, 2, 4, 8": (plain_text(27, (1, 2, 4, 8), 2, n_hidden=20), 16),
    "3, 3": (plain_text(27, (3, 3), 2, n_hidden=20), 7),
    "kernel 3": (plain_text(27, (1, 3), 3, n_hidden=20), 9),
    "blocks": (BLOCKS, 5),
    "two in one": (TWO_IN_ONE, 4),
    "wavenet-conv": (preset("wavenet-conv").text(27), 8),
    "wavenet-paper": (preset("wavenet-paper").text(27), 16),
}
every_model = pytest.mark.parametrize("name", MODELS)


def trained(name: str, steps: int = 30) -> Sequential:
    """A model whose running statistics and weights are not those it starts with."""
    text, context = MODELS[name]
    model = Sequential.from_text(text, context=context, generator=torch.Generator().manual_seed(7))
    model.connect(16)
    rng = np.random.default_rng(0)
    for _ in range(steps):
        model.loss(rng.integers(0, 27, (16, context)), rng.integers(0, 27, 16))
        model.backward()
        model.update(0.1)
    return model


@every_model
def test_cached_sampling_is_plain_sampling_bit_for_bit(name):
    model = trained(name)
    words, logits = write(CachedSampler(model), 12, seed=5)
    plain_words, plain_logits = write(PlainSampler(model), 12, seed=5)
    assert words == plain_words
    assert sum(map(len, words)) > 12
    assert len(logits) == len(plain_logits)
    for ours, theirs in zip(logits, plain_logits, strict=True):
        assert ours.tobytes() == theirs.tobytes()


@every_model
def test_both_agree_with_the_engine(name):
    model = trained(name)
    names = Dataset.builtin()
    word = "anastasia"
    contexts = np.array([names.window(word[:i], model.context) for i in range(len(word) + 1)])
    engine = model.evaluate(contexts)
    for sampler in (CachedSampler(model), PlainSampler(model)):
        ours = [sampler.restart(), *(sampler.feed(code) for code in names.encode(word))]
        np.testing.assert_allclose(ours, engine, atol=1e-5)


def test_the_words_are_those_of_the_course_s_sampling():
    model = trained("1, 2, 4")
    names = Dataset.builtin()
    words, _ = write(CachedSampler(model), 10)
    assert [names.decode(word) for word in words] == sample(model, names, 10)


def test_each_character_computes_one_new_node_a_level():
    model = trained("1, 2, 4", steps=1)
    cached, plain = CachedSampler(model), PlainSampler(model)
    for sampler in (cached, plain):
        sampler.restart()
        for code in (4, 9, 15, 14, 4, 18, 5):
            sampler.feed(code)
    assert set(cached.computed) == {8}
    convolutions = [plain.computed[i] for i, cell in enumerate(plain.cells) if "Conv" in cell.name]
    assert convolutions == [8 * 4, 8 * 2, 8 * 1]
    assert sorted(queue.maxlen for queue in cached.queues.values() if queue.maxlen > 1) == [2, 3, 5]


@pytest.mark.parametrize("name", ["1, 2, 4", "1, 2, 4, 8", "3, 3", "kernel 3", "blocks", "wavenet-paper"])
def test_what_runs_is_what_is_counted(name):
    model, stack = trained(name, steps=1), stack_of(parse(MODELS[name][0]))
    plain, cached = PlainSampler(model), CachedSampler(model)
    plain.restart()
    cached.restart()
    ran = sum(cell.weights * times for cell, times in zip(plain.cells, plain.computed, strict=True))
    below = sum(len(backs) * level.each for backs, level in zip(stack.needed()[1:], stack.levels, strict=True))
    top = stack.head + sum(level.aside for level in stack.levels)  # Skips are read where the prediction stands
    assert ran == below + top
    assert sum(cell.weights for cell in cached.cells) == sum(level.each for level in stack.levels) + top


def test_a_sampler_can_start_again():
    model = trained("blocks")
    sampler = CachedSampler(model)
    first = sampler.restart()
    sampler.feed(3)
    assert sampler.restart().tobytes() == first.tobytes()


def test_it_reads_the_weights_of_its_model():
    model = trained("blocks", steps=1)
    sampler = CachedSampler(model)
    before = sampler.restart()
    model.loss(np.zeros((16, model.context), np.int64), np.ones(16, np.int64))
    model.backward()
    model.update(0.5)
    after = sampler.restart()
    assert not np.allclose(before, after)
    np.testing.assert_allclose(after, model.evaluate(np.zeros((1, model.context), np.int64))[0], atol=1e-5)


@pytest.mark.parametrize(
    "text", ["Embedding(27, 6)\nFlattenConsecutive(2)\nLinear(12, 27)", "Embedding(27, 6)\nRNN(6, 8)\nLastPosition()"]
)
def test_layers_that_do_not_slide_are_named(text):
    model = Sequential.from_text(text, context=2)
    model.connect(1)
    with pytest.raises(ConvolutionError, match="does not slide along a text"):
        CachedSampler(model)


def test_the_bug_s_statistics_do_not_slide():
    text = "Embedding(27, 6)\nCausalConv1d(6, 6)\nBatchNorm1d(6, dims=0)\nLinear(6, 27)"
    model = Sequential.from_text(text, context=2)
    model.connect(2)
    with pytest.raises(ConvolutionError, match=r"3\.BatchNorm1d does not slide"):
        PlainSampler(model)
