"""The Convolution lab's page: any word and stack, stepped through, with the weights of whatever run there is."""

import re

import pytest

from core.nn.presets import PRESETS
from tests.explorer.app import app, spec, texts


def metrics(at) -> dict[str, str]:
    """The last of each label: of the two counts of multiply-adds the lower picture's."""
    return {metric.label: metric.value for metric in at.metric}


def test_a_first_visit_shows_both_ways_complete(home):
    at = app("convolution")
    assert not at.exception
    assert at.title[0].value == "What does a convolution save?"
    assert metrics(at) == {"Trees: nodes": "64", "One pass: nodes": "42", "Multiply-adds": "219k"}
    assert "A prediction sees 8 characters, 1 + 1·1 + 1·2 + 1·4." in texts(at)
    assert re.search(r"Both ways give the same logits: the largest difference of 216 is [\d.]+e-[678]", texts(at))
    assert "Weights freshly drawn" in texts(at)
    assert not at.warning


def test_steps_forward_and_back(home):
    at = app("convolution")
    at.button(key="conv_back").click().run()
    assert at.slider(key="conv_slider").value == 63
    at.slider(key="conv_slider").set_value(23).run()
    assert metrics(at)["Trees: nodes"] == "23 of 64"
    at.button(key="conv_on").click().run()
    assert at.slider(key="conv_slider").value == 24
    assert metrics(at)["One pass: nodes"] == "24 of 42"


def test_play_begins_again_at_the_end_and_a_hand_on_the_slider_stops_it(home):
    at = app("convolution")
    at.button(key="conv_play").click().run()
    assert at.button(key="conv_play").label == "Pause"
    assert at.slider(key="conv_slider").value == 1, "the first tick"
    at.run()
    assert at.slider(key="conv_slider").value == 2
    at.slider(key="conv_slider").set_value(40).run()
    assert at.button(key="conv_play").label == "Step through"
    assert at.slider(key="conv_slider").value == 40
    at.run()
    assert at.slider(key="conv_slider").value == 40


def test_playing_ends_by_itself(home):
    at = app("convolution")
    at.text_input(key="conv_word").set_value("a").run()
    at.button(key="conv_play").click().run()
    for _ in range(20):
        at.run()
    assert at.button(key="conv_play").label == "Step through"
    assert at.slider(key="conv_slider").value == 18


@pytest.mark.parametrize(
    ("word", "dilations", "kernel"),
    [("", "1", 2), ("a", "1, 2, 4", 2), ("anastasiaabcdef", "1, 2, 4, 8", 2), ("anna", "3, 3", 2), ("EMMA", "1 3", 3)],
)
def test_other_words_and_stacks(home, word, dilations, kernel):
    at = app("convolution")
    at.text_input(key="conv_word").set_value(word).run()
    at.text_input(key="conv_dilations").set_value(dilations).run()
    at.number_input(key="conv_kernel").set_value(kernel).run()
    at.segmented_control(key="conv_way").set_value("Sampling").run()
    assert not at.exception
    assert not at.warning
    assert "Both ways give the same logits" in texts(at)
    assert "Cached: nodes" in metrics(at)


def test_dilations_that_skip_are_said_to_leave_gaps(home):
    at = app("convolution")
    at.text_input(key="conv_dilations").set_value("3, 3").run()
    assert "A prediction sees 7 characters, 1 + 1·3 + 1·3, but for the gaps: 3 of them." in texts(at)


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("conv_word", "dion7", "'7' does not occur"),
        ("conv_word", "di.on", "A dot ends a word"),
        ("conv_dilations", "1, 2, x", '"x" is no dilation'),
        ("conv_dilations", "", "No dilation is given"),
        ("conv_dilations", "16, 16", "at most 32 can be drawn"),
    ],
)
def test_mistakes_are_answered_and_the_picture_stays(home, key, typed, said):
    at = app("convolution")
    before = spec(at)
    at.text_input(key=key).set_value(typed).run()
    assert not at.exception
    assert len(at.warning) == 1
    assert said in at.warning[0].value
    shown = "diondre" if key == "conv_word" else "dilations 1, 2, 4, kernel 2"
    assert at.warning[0].value.endswith(f"Still showing: **{shown}**.")
    assert metrics(at)["Trees: nodes"] == "64"
    assert spec(at) == before


@pytest.mark.parametrize("name", ["wavenet", "wavenet-conv", "wavenet-paper", "flat", "mlp"])
def test_a_run_that_can_slide_lends_its_weights(trained, home, name):
    run_id = trained(name)
    at = app("convolution", run=run_id, step="3")
    assert not at.exception
    assert f"Weights of {run_id} after 3 updates." in texts(at)
    assert "Both ways give the same logits" in texts(at)
    if name == "wavenet-paper":
        assert at.text_input(key="conv_dilations").value == "1, 2, 4, 8"
    at.text_input(key="conv_dilations").set_value("1, 1").run()
    assert "Weights freshly drawn" in texts(at)


@pytest.mark.parametrize("name", sorted(PRESETS.keys() - {"wavenet", "wavenet-conv", "wavenet-paper", "flat", "mlp"}))
def test_every_other_run_works_or_says_why_not(trained, home, name):
    at = app("convolution", run=trained(name, state="running"))
    assert not at.exception
    assert "Both ways give the same logits" in texts(at)
    assert ("Weights of" in texts(at)) != ("is not shown here." in texts(at))


@pytest.mark.parametrize("joins", [(16,), (2, 4), (32, 2)])
def test_a_stack_that_does_not_fit_into_the_picture_is_not_shown(trained, home, joins):
    """One kernel too large, kernels of two sizes, too many characters."""
    lines, channels, context = ["Embedding(27, 4)"], 4, 1
    for n in joins:
        lines += [f"FlattenConsecutive({n})", f"Linear({channels * n}, 8)"]
        channels, context = 8, context * n
    at = app("convolution", run=trained(model="\n".join([*lines, "Linear(8, 27)"]), context=context))
    assert not at.exception
    assert "is not shown here. Only convolutions of one kernel size from 2 to 8 can be drawn." in texts(at)
    assert metrics(at)["Trees: nodes"] == "64"


def test_the_time_is_measured_on_request(home, monkeypatch):
    monkeypatch.setattr("core.lenses.convolution.timing.LONG_ENOUGH", 0.0)
    at = app("convolution")
    assert "press Measure" in texts(at)
    at.text_input(key="conv_dilations").set_value("1, 2").run()
    (measure,) = (button for button in at.button if button.label == "Measure")
    measure.click().run()
    shown = metrics(at)
    assert all(re.fullmatch(r"[\d.,]+×", shown[label]) for label in ("One word", "Training", "Sampling"))
    at.text_input(key="conv_word").set_value("anna").run()
    assert "Sampling" not in metrics(at), "another word is another question"
