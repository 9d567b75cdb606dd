"""The course's models: sizes as the course counts them, for any vocabulary."""

import pytest

from core.nn.notation import canonical, parse
from core.nn.presets import PRESETS, PresetError, preset, preset_of
from core.nn.shapes import context_of, infer

# In the order of the course: context, parameters, the course's losses.
COURSE = {
    "bigram": (1, 729, 2.4546, None),
    "bigram-nn": (1, 729, 2.48, None),
    "mlp-2003": (3, 11_897, 2.126, 2.170),
    "mlp": (3, 12_097, 2.058, 2.105),
    "deep-mlp": (3, 47_024, None, None),
    "flat": (8, 22_097, 1.918, 2.027),
    "wavenet-bug": (8, 22_397, 1.941, 2.029),
    "wavenet": (8, 22_397, 1.912, 2.022),
    "wavenet-large": (8, 76_579, 1.769, 1.993),
}
ANNOUNCED = ["wavenet-conv", "wavenet-paper", "rnn", "gru", "lstm", "transformer"]
ALL = pytest.mark.parametrize("name", PRESETS)


def test_the_presets_and_their_figures_are_the_course_s():
    assert list(PRESETS) == [*COURSE, *ANNOUNCED]
    for name, p in PRESETS.items():
        assert p.name == name
        if name in COURSE:
            assert (p.context, p.parameters, p.train_loss, p.val_loss) == COURSE[name]
        else:
            assert p.train_loss is p.val_loss is None


@ALL
def test_the_layers_have_that_many_parameters(name):
    assert sum(spec.parameters for spec in parse(PRESETS[name].text(27))) == PRESETS[name].parameters


@ALL
@pytest.mark.parametrize("vocab_size", [2, 27, 96])
def test_fits_any_vocabulary_and_is_written_canonically(name, vocab_size):
    text = PRESETS[name].text(vocab_size)
    specs = parse(text)
    shape = infer(specs, 32, PRESETS[name].context, vocab_size)[-1].shape
    assert shape in ((32, vocab_size), (32, 1, vocab_size))
    assert canonical(specs) == text


@ALL
def test_bias_only_where_no_batchnorm_takes_it_out(name):
    specs = parse(PRESETS[name].text(27))
    for spec, after in zip(specs, [*specs[1:], None], strict=True):
        if spec.kind in ("Linear", "CausalConv1d") and name != "bigram-nn":  # which the course gives none
            assert spec.arguments["bias"] == (after is None or after.kind != "BatchNorm1d")


def test_the_bug_is_one_argument():
    wrong = PRESETS["wavenet-bug"].text(27)
    assert wrong != PRESETS["wavenet"].text(27)
    assert wrong.replace(", dims=0", "") == PRESETS["wavenet"].text(27)


def test_as_convolutions_it_has_the_weights_of_the_wavenet():
    tree, conv = PRESETS["wavenet"], PRESETS["wavenet-conv"]
    assert tree.parameters == conv.parameters
    assert tree.context == conv.context


def test_the_paper_s_dilations_see_sixteen_characters():
    assert context_of(PRESETS["wavenet-paper"].text(27)) == 16


@ALL
def test_descriptions_are_one_sentence(name):
    description = PRESETS[name].description
    assert description.endswith(".")
    assert description.count(".") == 1


def test_an_unknown_preset_lists_the_names():
    with pytest.raises(PresetError) as error:
        preset("wavnet")
    assert str(error.value) == f"There is no preset 'wavnet': choose one of {', '.join([*COURSE, *ANNOUNCED])}."


@ALL
def test_preset_of_finds_a_text_back(name):
    text, context = preset(name).text(27), preset(name).context
    assert preset_of("# mine\n" + text.replace("(", "( "), 27, context) == name
    assert preset_of(text, 27, context + 1) is None
    assert preset_of(text + "\nTanh()", 27, context) is None
    assert preset_of(text + "\nOops", 27, context) is None
