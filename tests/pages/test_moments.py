"""Step 0, the initialisation: it has weights and samples, and no batch yet."""

import pytest

from tests.explorer.app import app, texts


def test_the_moments_begin_with_the_initialisation(trained):
    run_id = trained("mlp")
    at = app("predict", run=run_id, step="0")
    slider = at.select_slider(key=f"moment_{run_id}")
    assert slider.value == 0
    assert slider.options[:3] == ["0", "1", "2"]
    assert "Weights after 0 updates" in texts(at)


@pytest.mark.parametrize("page", ["activations", "gradients"])
def test_the_initialisation_has_no_batch_and_says_so(trained, page):
    at = app(page, run=trained("mlp"), step="0")
    (info,) = at.info
    assert info.value == "Step 0 has weights but no batch yet: drag the moment to step 1."
