"""A run's settings: what is let through, and the sentence for what is not."""

import pytest

from core.dataset import Dataset
from core.nn.notation import parse
from core.nn.presets import PRESETS
from core.nn.shapes import infer
from core.training.config import ConfigError, RunConfig, check_norms, of_preset
from core.training.trainer import Trainer

NAMES = Dataset.builtin()
MODEL = "Embedding(27, 4)\nFlattenConsecutive(2)\nBatchNorm1d(8{norm})\nFlattenConsecutive(2)\nLinear(16, 27)"


def test_runs_of_before_the_later_settings_still_load():
    old = '{"model": "x", "context": 8, "preset": null, "dataset": "", "seed": 42, "batch_size": 32, "steps": 200000, '
    old += '"lr": 0.1, "lr_drop_step": 150000, "lr_after": 0.01}'
    assert RunConfig.from_json(old) == RunConfig(model="x")


def test_a_preset_s_config_has_its_settings_and_the_changes():
    config = of_preset(PRESETS["bigram-nn"], NAMES, seed=7, steps=3)
    assert (config.preset, config.context, config.seed, config.steps) == ("bigram-nn", 1, 7, 3)
    assert (config.batch_size, config.train_on, config.l2, config.lr) == (None, "all", 0.01, 50.0)
    assert config.rows(NAMES) == NAMES.size("all") == len(NAMES.examples("all", 1)[1])
    assert of_preset(PRESETS["wavenet"], NAMES) == RunConfig(PRESETS["wavenet"].text(27), preset="wavenet")


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Counts(27)", True),
        ("# what follows what\n\n\tCounts (27, smoothing=2)", True),
        ("# what follows what\rCounts(27)", True),
        ("Embedding(27, 27)  # as\nFlattenConsecutive(1)", False),
        ("# Counts(27)\nOneHot(27)", False),
    ],
)
def test_whether_a_model_counts_is_known_however_it_is_written(text, counts):
    assert (parse(text)[0].kind == "Counts") == RunConfig(model=text).counts == counts


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_s_settings_fit_its_model(name):
    config = of_preset(PRESETS[name], NAMES)
    shapes = config.shapes(NAMES)
    assert shapes[-1].shape[0] == config.rows(NAMES)
    assert RunConfig.from_json(config.to_json()) == config


def test_json_gives_the_same_config():
    config = RunConfig(model=MODEL.format(norm=""), context=4, seed=7, lr=0.3, lr_drop_step=None)
    assert RunConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no model text"),
        ('{"context": 8}', "no model text"),
        ('{"model": "x", "dropout": 0.5}', "There is no setting 'dropout': update Makemore Explorer"),
        ('{"model": "x", "dataset": 5}', "must be text"),
        ('{"model": "x", "preset": []}', "must be text"),
        ('{"model": 7}', "model text is empty"),
        ('{"model": "x", "lr": 1' + "0" * 400 + "}", "lr is 1"),
        ('{"model": "x", "context": 8.0}', "context is 8.0"),
    ],
)
def test_json_of_anything_else_is_a_sentence(text, sentence):
    with pytest.raises(ConfigError, match=sentence) as caught:
        RunConfig.from_json(text)
    assert "\n" not in str(caught.value)


def test_the_courses_schedule():
    config = RunConfig(model="x")
    assert [config.lr_at(step) for step in (1, 150_000, 150_001, 200_000)] == [0.1, 0.1, 0.01, 0.01]
    assert RunConfig(model="x", lr_drop_step=None).lr_at(200_000) == 0.1


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        *[("lr", value) for value in (0, -1, float("nan"), float("inf"), "fast", True, None)],
        *[("lr_after", value) for value in (0.0, float("nan"))],
        *[("steps", value) for value in (0, 1.5, 10_000_001, True)],
        *[("batch_size", value) for value in (0, 4097, "all")],
        *[("positions", value) for value in (0, 65, None)],
        *[("train_on", value) for value in ("test", None, [])],
        *[("l2", value) for value in (-0.1, 1e9, float("nan"), None, True)],
        *[("optimiser", value) for value in ("lion", None)],
        *[("context", value) for value in (0, 65)],
        *[("seed", value) for value in (-1, 2**63)],
        ("lr_drop_step", 0),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_with_its_value(setting, value):
    with pytest.raises(ConfigError, match=rf"^{setting} is .*: .*\.$") as caught:
        RunConfig(model="x", **{setting: value})
    spelt = {"nan": "NaN", "inf": "Inf"}.get(repr(value), repr(value))
    assert str(caught.value).startswith(f"{setting} is {spelt}: ")


@pytest.mark.parametrize("text", ["", "  \n ", None])
def test_an_empty_model_text_is_a_sentence(text):
    with pytest.raises(ConfigError, match="model text is empty"):
        RunConfig(model=text)


@pytest.mark.parametrize(
    ("text", "context", "line"),
    [
        ("OneHot(27)\nPositionEmbedding(3, 27)", 1, 2),
        ("Embedding(27, 27)\nFlattenConsecutive(2)\nLinear(54, 27)", 4, 3),  # 6 characters join to the 3 wanted
    ],
)
def test_a_model_that_fits_several_positions_only_is_refused(text, context, line):
    """It could train, and not be evaluated."""
    assert infer(parse(text), 32, context, 27, positions=3)
    with pytest.raises(ConfigError, match=rf"^positions is 3: .* line {line} does not fit a context of {context} "):
        RunConfig(model=text, context=context, positions=3).shapes(NAMES)


@pytest.mark.parametrize(
    ("norm", "batch", "fits"), [("", 1, True), ("", 2, True), (", dims=0", 1, False), (", dims=0", 2, True)]
)
def test_a_norm_needs_two_numbers_for_each_of_its_statistics(norm, batch, fits):
    """In the middle of the model, two positions are enough, unless each has statistics of its own."""
    text = MODEL.format(norm=norm)
    shapes = infer(parse(text), batch, 4)
    config = RunConfig(model=text, context=4, batch_size=batch)
    if fits:
        check_norms(shapes)
        Trainer(config, NAMES).advance(1)
    else:
        with pytest.raises(ConfigError, match="use 2 or more"):
            check_norms(shapes)
        with pytest.raises(ConfigError, match="use 2 or more"):
            Trainer(config, NAMES)
