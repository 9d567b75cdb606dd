"""BatchNorm: each question has its picture and its numbers, fresh and mid-run."""

import pytest

from core.dataset import Dataset
from tests.explorer.app import app, texts

PICTURES = {
    "Move one": 2,
    "Three statistics": 3,
    "Mode left on": 2,
    "Batch of one": 0,
    "3-D bug": 2,
    "n or n − 1": 1,
    "Useless bias": 1,
}


def open_at(view: str, **query):
    return app("batchnorm", **query).button_group(key="norm_view").set_value(view).run()


@pytest.mark.parametrize("view", PICTURES)
def test_every_question_has_its_pictures_and_no_error(home, view):
    at = open_at(view)
    assert not at.exception
    assert not at.warning
    charts = at.get("vega_lite_chart")
    assert len(charts) == PICTURES[view]
    assert all(chart.proto.alt for chart in charts)
    assert at.caption[0].value.startswith(("Look", "Move"))


def test_a_moved_example_moves_the_others_in_training_mode_alone(home):
    at = open_at("Move one")
    assert "each of the others moved too" in texts(at)
    at.button_group(key="norm_mode").set_value("Evaluation").run()
    assert "no other moved" in texts(at)
    at.slider(key="norm_by").set_value(-5.0).run()
    assert "by −5.0." in texts(at)
    at.slider(key="norm_by").set_value(0.0).run()
    assert not at.exception


def test_momentum_decides_how_far_the_running_statistics_lag(home):
    at = open_at("Three statistics")
    assert "goes 0.01 of the way" in texts(at)
    at.button_group(key="norm_momentum").set_value(0.001).run()
    assert "goes 0.001 of the way" in texts(at)


def test_few_words_are_not_called_thousands(trained):
    dataset = Dataset.from_text("anna emile cato zed zoe mia lia eva ida ada uma ina".replace(" ", "\n"), "few.txt")
    said = texts(app("batchnorm", run=trained("wavenet", dataset=dataset), view="three-statistics"))
    train, val = (sum(len(word) + 1 for word in dataset.splits[split]) for split in ("train", "val"))
    assert f"over {train} training examples" in said
    assert f"({val} examples;" in said


def test_a_batch_of_one_is_shown_and_explained(home):
    said = texts(open_at("Batch of one"))
    for part in ("NaN for every character", "whatever you type", "Expected more than 1 value", "at least two examples"):
        assert part in said


def test_a_character_that_the_words_have_not_is_one_sentence(home):
    at = open_at("Mode left on")
    at.text_input(key="norm_text").set_value("ЁЁ").run()
    assert not at.exception
    (warning,) = at.warning
    assert "does not occur" in warning.value
    assert warning.value.endswith("Still showing: **emm**.")
    assert len(at.get("vega_lite_chart")) == 2
    at.text_input(key="norm_text").set_value("EMM").run()
    assert not at.warning


def test_another_batch_has_other_means(home):
    at = open_at("3-D bug")
    assert "1/√128 = 0.0884" in texts(at)
    (button,) = (b for b in at.button if b.label == "Another batch")
    button.click().run()
    assert not at.exception


def test_it_computes_with_the_words_of_the_current_run(trained):
    letters = "ab", "ba", "aab", "abb", "bab", "bba", "aba", "abab", "baba", "bbab", "aabb", "abba"
    words = Dataset.from_text("\n".join(letters * 3), "ab")
    run = trained("mlp", dataset=words, state="running")
    for view, pictures in PICTURES.items():
        at = open_at(view, run=run)
        assert not at.exception, view
        assert len(at.get("vega_lite_chart")) == pictures
