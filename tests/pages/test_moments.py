"""Step 0, the initialisation: it has weights and samples, and no batch yet."""

import pytest

from tests.explorer.app import app, moment_slider, texts


def test_the_moments_begin_with_the_initialisation(trained):
    run_id = trained("mlp")
    at = app("predict", run=run_id, step="0")
    slider = moment_slider(at)
    assert slider.value == 0
    assert slider.options[:3] == ["0", "1", "2"]
    assert "Weights after 0 updates" in texts(at)


@pytest.mark.parametrize("view", ["Update : data", "Gradient : data"])
def test_pictures_of_all_steps_stay_at_the_initialisation(trained, view):
    at = app("gradients", run=trained("mlp"), step="0")
    (views,) = (group for group in at.get("button_group") if group.key == "gradients_view")
    views.set_value(view).run()
    assert len(at.get("vega_lite_chart")) == 1
    assert at.info[0].value.startswith("Step 0 has weights but no batch yet")


@pytest.mark.parametrize("page", ["activations", "gradients"])
def test_the_initialisation_has_no_batch_and_says_so(trained, page):
    at = app(page, run=trained("mlp"), step="0")
    (info,) = at.info
    assert info.value == "Step 0 has weights but no batch yet: drag the moment to step 1."


def test_a_late_slider_does_not_undo_following_the_latest_step(trained):
    """A browser that has not heard of it yet says the old moment with its next tick: of a slider that is no more."""
    at = app("train", run=trained("mlp"), step="2")
    before = moment_slider(at).proto.id
    at.button(key="follow").click().run()
    assert moment_slider(at).value == "latest"
    assert moment_slider(at).proto.id != before
