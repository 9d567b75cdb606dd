"""The course's models: sizes as the course counts them, for any vocabulary."""

import pytest

from core.nn.notation import canonical, parse
from core.nn.presets import PRESETS, PresetError, preset, preset_of
from core.nn.shapes import infer

PARAMETERS = {"mlp": 12_097, "flat": 22_097, "wavenet-bug": 22_397, "wavenet": 22_397, "wavenet-large": 76_579}
ALL = pytest.mark.parametrize("name", PARAMETERS)


def test_the_presets_there_are():
    assert list(PRESETS) == list(PARAMETERS)
    assert [p.name for p in PRESETS.values()] == list(PARAMETERS)


@ALL
def test_parameters_are_the_course_s(name):
    specs = parse(PRESETS[name].text(27))
    assert sum(spec.parameters for spec in specs) == PARAMETERS[name] == PRESETS[name].parameters


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
def test_losses_are_in_the_course_s_order(name):
    p = PRESETS[name]
    assert 1.7 < p.train_loss < p.val_loss < 2.2
    assert p.description.endswith(".")
    assert p.description.count(".") == 1


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
