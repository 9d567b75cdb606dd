"""Initialisation: five networks from one seed, and the depth lab."""

import re

import pytest

from core.dataset import Dataset
from tests.explorer.app import app, texts

VIEW = "init_view"


def open_at(view: str, steps: int = 100):
    at = app("initialisation")
    at.select_slider(key="init_steps").set_value(steps).run()
    return at.button_group(key=VIEW).set_value(view).run()


def test_five_states_are_trained_beside_the_course_s_figures(home):
    at = open_at("First losses")
    assert not at.exception
    table = at.dataframe[0].value
    assert table["State"].tolist() == ["as is", "softmax", "tanh", "kaiming", "BatchNorm"]
    assert table["First loss"].iloc[0] > 20
    assert table["First loss"].iloc[1:].between(3.2, 3.4).all()
    assert table["Course"].tolist()[0] == "2.12 / 2.17"
    assert "3.296" in texts(at)
    assert "after 200,000" in texts(at)
    assert "“Val loss” is the validation loss, measured here after 100 steps" in texts(at)
    assert table["Val loss"].between(1, 30).all()
    assert "Linear(30, 200, std=0.2, bias_std=0.01)" in texts(at)


def test_every_view_has_its_pictures_and_no_error(home):
    for view, pictures in (("First losses", 2), ("Logits", 2), ("Saturation", 1), ("Depth and gain", 2)):
        at = open_at(view)
        assert not at.exception
        assert len(at.get("vega_lite_chart")) == pictures, view
        assert all(chart.proto.alt for chart in at.get("vega_lite_chart"))


def test_another_seed_is_another_start(home):
    at = open_at("First losses")
    before = at.dataframe[0].value["First loss"].tolist()
    at.number_input(key="init_seed").set_value(7).run()
    assert at.dataframe[0].value["First loss"].tolist() != before


def test_depth_begins_where_batchnorm_makes_a_difference(home):
    at = open_at("Depth and gain")
    plain, normed = re.search(r"outputs change ([\d.]+)-fold \(with BatchNorm ([\d.]+)-fold\)", texts(at)).groups()
    assert float(plain) < 0.5
    assert float(normed) == pytest.approx(1, abs=0.05)
    assert "above theory; wider layers come closer" in texts(at)
    at.select_slider(key="depth_width").set_value(400).run()
    at.button_group(key="depth_kind").set_value("linear").run()
    assert "above theory" not in texts(at)


def test_the_usual_gain_comes_back_with_one_click(home):
    at = open_at("Depth and gain")
    at.button_group(key="depth_kind").set_value("ReLU").run()
    at.slider(key="depth_gain").set_value(3.0).run()
    assert not at.exception
    (usual,) = (b for b in at.button if b.label == "Usual: √2")
    usual.click().run()
    assert at.slider(key="depth_gain").value == 1.41


def test_it_computes_with_the_words_of_the_current_run(trained):
    words = Dataset.from_text(
        "\n".join(["abba", "baab", "aab", "bba", "ab", "ba", "aabb", "bbaa", "abab", "baba"]), "ab"
    )
    at = app("initialisation", run=trained("mlp", dataset=words, state="running"))
    assert not at.exception
    assert "1.099" in texts(at)  # -log(1/3)


def test_a_state_can_be_trained_for_longer(home):
    at = open_at("First losses")
    at.button(key="init_train_tanh").click().run()
    assert not at.exception
    assert at.title[0].value == "What should it learn?"
    assert "Linear(30, 200, std=0.2, bias_std=0.01)" in at.text_area(key="setup_text").value
    assert at.number_input(key="setup_context").value == 3
    assert at.number_input(key="setup_lr_drop_step").value == 100_000
    assert not at.error
