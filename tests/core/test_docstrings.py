"""Examples in docstrings that need nothing around them say what is so."""

import doctest
import importlib

import pytest

ALONE = (
    "core.dataset",
    "core.export.literals",
    "core.export.protobuf",
    "core.export.records",
    "core.export.template",
    "core.export.words",
    "core.lenses.bigram",
    "core.lenses.bigram_l2",
    "core.lenses.convolution.graph",
    "core.lenses.convolution.stack",
    "core.lenses.data.contexts",
    "core.lenses.data.distances",
    "core.lenses.data.word_file",
    "core.lenses.data.words",
    "core.lenses.products",
    "core.lenses.views",
    "core.lenses.hunt.answer",
    "core.lenses.hunt.rounds",
    "core.nn.conversion",
    "core.lenses.backprop.backward",
    "core.lenses.backprop.comparison",
    "core.lenses.backprop.exercise",
    "core.lenses.backprop.expressions.budget",
    "core.lenses.backprop.expressions.errors",
    "core.lenses.backprop.expressions.fitting",
    "core.lenses.backprop.expressions.parsing",
    "core.lenses.backprop.forward",
    "core.lenses.backprop.network",
    "core.lenses.backprop.progress",
    "core.lenses.backprop.slips",
    "core.nn.notation",
    "core.nn.presets",
    "core.nn.shapes",
    "core.nn.variable",
    "core.spelling",
    "core.training.config",
    "core.training.defects",
    "core.training.moments",
)


@pytest.mark.parametrize("module", ALONE)
def test_examples_say_what_is_so(module):
    results = doctest.testmod(importlib.import_module(module))
    assert results.attempted > 0
    assert results.failed == 0
