"""Activations and Gradients: choices, moments, and what is said beside the picture."""

from dataclasses import replace

import numpy as np
import pytest

from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.frame import STATS
from explorer.feeds import recorded
from tests.explorer.app import app, back_to, texts


def choose(at, key, value):
    (group,) = (group for group in at.get("button_group") if group.key == key)
    return group.set_value(value).run()


def chosen(at, key):
    (group,) = (group for group in at.get("button_group") if group.key == key)
    return group.value


def test_tanh_layers_come_first(trained):
    at = app("activations", run=trained())
    assert chosen(at, "lens_layers") == "Tanh"
    assert "Step 6, batch loss" in texts(at)


@pytest.mark.parametrize("show", ["Linear", "BatchNorm1d", "All"])
def test_layers_can_be_chosen_and_stay_so_on_the_other_page(trained, show):
    at = choose(app("activations", run=trained()), "lens_layers", show)
    assert not at.exception
    assert len(at.get("vega_lite_chart")) == 1
    at.switch_page("../pages/gradients.py").run()
    assert chosen(at, "lens_layers") == show


def test_a_choice_that_another_run_has_not_falls_back(trained):
    model = "Embedding(27, 10)\nFlattenConsecutive(3)\nLinear(30, 27)"
    run_id, other = trained(), trained("mlp", model=model)
    at = choose(app("activations", run=run_id), "activations_view", "BatchNorm")
    back_to(at, run=other)
    assert not at.exception
    assert chosen(at, "activations_view") == "Histograms"
    assert chosen(at, "lens_layers") == "Linear"


def test_own_scales_are_said_in_the_caption(trained):
    at = app("activations", run=trained())
    assert "share their scale" in texts(at)
    assert "too narrow" not in texts(at)
    at.toggle(key="lens_own_scales").set_value(True).run()
    assert "Each row has its own scale" in texts(at)


def test_own_scales_stand_in_the_url_and_hold_on_the_other_page(trained):
    run_id = trained()
    at = app("activations", run=run_id, scales="own")
    assert at.toggle(key="lens_own_scales").value
    at.switch_page("../pages/gradients.py").run()
    assert at.query_params == {"run": run_id, "scales": "own"}
    at.toggle(key="lens_own_scales").set_value(False).run()
    assert at.query_params == {"run": run_id}
    back_to(at, run=run_id, scales="own")
    assert at.toggle(key="lens_own_scales").value


def test_unit_by_unit_says_how_much_is_saturated_and_what_is_shown(trained):
    at = choose(app("activations", run=trained()), "activations_view", "Unit by unit")
    assert "of outputs are saturated" in texts(at)
    assert "Shown is its last position" in texts(at)
    at = choose(at, "lens_unit_layer", "13.Tanh")
    assert not at.exception
    assert "Shown is" not in texts(at)


def test_a_layer_without_a_number_is_not_called_unsaturated(trained, monkeypatch):
    whole = recorded.frame

    def broken(run_id, moment):
        frame = whole(run_id, moment)
        stats = frame.stats.copy()
        for row, tensor in enumerate(frame.tensors):
            stats[row, STATS.index("nan")] = np.prod(tensor.shape)
            stats[row, [STATS.index("saturated"), STATS.index("dead")]] = 0
        return replace(frame, stats=stats)

    run_id = trained()
    monkeypatch.setattr(recorded, "frame", broken)
    at = choose(app("activations", run=run_id), "activations_view", "Unit by unit")
    assert not at.exception
    assert "is a number any more." in texts(at)
    assert "outputs are saturated" not in texts(at)


@pytest.mark.parametrize(("name", "bug"), [("wavenet", False), ("wavenet-bug", True)])
def test_the_bug_shows_in_the_statistics(trained, name, bug):
    at = choose(app("activations", run=trained(name)), "activations_view", "BatchNorm")
    assert len(at.get("vega_lite_chart")) == 2
    assert ("4 statistics a channel" in texts(at)) == bug


@pytest.mark.parametrize("view", ["Update : data", "Gradient : data"])
def test_ratios_over_time(trained, view):
    at = choose(app("gradients", run=trained()), "gradients_view", view)
    assert not at.exception
    assert "logarithmic" in texts(at)


def test_between_two_recorded_moments_the_earlier_one_is_shown_and_said(trained, home):
    run_id, store = trained(), Store(home)
    recorder = Recorder(store.database, run_id)
    recorder.status(step=60)
    recorder.flush()
    at = app("activations", run=run_id, step="50")
    assert "Step 6 (the nearest recorded before 50)" in texts(at)


def test_what_to_look_for_is_of_layers_that_there_are(trained):
    for name, words in (("mlp", "tanh outputs"), ("transformer", "neither grow nor shrink"), ("bigram", "only layer")):
        at = app("activations", run=trained(name))
        assert words in at.caption[0].value
    assert "learning rate" not in texts(at), "a bigram only counts"
    assert "before this batch was counted" in texts(at)
