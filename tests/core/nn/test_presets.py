"""The course's models: sizes as the course counts them, for any vocabulary."""

import pytest

from core.nn.notation import canonical, parse
from core.nn.presets import PRESETS, PresetError, preset, preset_of
from core.nn.shapes import infer

# In the order of the course: context, channels of a character, hidden units, parameters, losses after 200,000 steps.
COURSE = {
    "mlp": (3, 10, 200, 12_097, 2.058, 2.105),
    "flat": (8, 10, 200, 22_097, 1.918, 2.027),
    "wavenet-bug": (8, 10, 68, 22_397, 1.941, 2.029),
    "wavenet": (8, 10, 68, 22_397, 1.912, 2.022),
    "wavenet-large": (8, 24, 128, 76_579, 1.769, 1.993),
}
ALL = pytest.mark.parametrize("name", COURSE)


def test_the_presets_and_their_figures_are_the_course_s():
    assert list(PRESETS) == list(COURSE)
    for name, p in PRESETS.items():
        assert p.name == name
        assert (p.context, p.n_embd, p.n_hidden, p.parameters, p.train_loss, p.val_loss) == COURSE[name]


@ALL
def test_the_layers_have_that_many_parameters(name):
    assert sum(spec.parameters for spec in parse(PRESETS[name].text(27))) == COURSE[name][3]


@ALL
@pytest.mark.parametrize("vocab_size", [2, 27, 96])
def test_fits_any_vocabulary_and_is_written_canonically(name, vocab_size):
    text = PRESETS[name].text(vocab_size)
    specs = parse(text)
    assert infer(specs, 32, PRESETS[name].context, vocab_size)[-1].shape == (32, vocab_size)
    assert canonical(specs) == text


@ALL
def test_bias_only_where_no_batchnorm_takes_it_out(name):
    specs = parse(PRESETS[name].text(27))
    for spec, after in zip(specs, [*specs[1:], None], strict=True):
        if spec.kind == "Linear":
            assert spec.arguments["bias"] == (after is None)


def test_the_bug_is_one_argument():
    wrong = PRESETS["wavenet-bug"].text(27)
    assert wrong != PRESETS["wavenet"].text(27)
    assert wrong.replace(", dims=0", "") == PRESETS["wavenet"].text(27)


@ALL
def test_descriptions_are_one_sentence(name):
    description = PRESETS[name].description
    assert description.endswith(".")
    assert description.count(".") == 1


def test_an_unknown_preset_lists_the_names():
    with pytest.raises(PresetError) as error:
        preset("wavnet")
    assert str(error.value) == (
        "There is no preset 'wavnet': choose one of mlp, flat, wavenet-bug, wavenet, wavenet-large."
    )


@ALL
def test_preset_of_finds_a_text_back(name):
    text, context = preset(name).text(27), preset(name).context
    assert preset_of("# mine\n" + text.replace("(", "( "), 27, context) == name
    assert preset_of(text, 27, context + 1) is None
    assert preset_of(text + "\nTanh()", 27, context) is None
    assert preset_of(text + "\nOops", 27, context) is None
