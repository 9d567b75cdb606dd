"""The view of a page stands in its address: a link, a reload and the back button show it again."""

import pytest

from explorer import session
from tests.explorer.app import app, ask_with, back_to


def views(at):
    return next(group for group in at.get("button_group") if group.key == "gradients_view")


def test_a_link_shows_its_view_and_a_choice_goes_into_the_url(trained):
    run_id = trained("mlp")
    at = app("gradients", run=run_id, view="gradient-data")
    assert views(at).value == "Gradient : data"
    views(at).set_value("Update : data").run()
    assert (views(at).value, at.query_params["view"]) == ("Update : data", "update-data")
    views(at).set_value("Histograms").run()
    assert at.query_params == {"run": run_id}


def test_a_view_that_is_none_shows_the_usual_one(trained):
    at = app("gradients", run=trained("mlp"), view="../x")
    assert views(at).value == "Histograms"
    assert "view" not in at.query_params


def test_a_page_one_comes_back_to_shows_its_view_again_and_others_know_nothing_of_it(trained):
    run_id = trained("mlp")
    at = app("gradients", run=run_id, view="gradient-data")
    at.query_params.clear()  # what a click in the navigation does
    at.switch_page("../pages/activations.py").run()
    assert at.query_params == {"run": run_id}
    at.switch_page("../pages/gradients.py").run()
    assert views(at).value == "Gradient : data"
    assert at.query_params["view"] == "gradient-data"


def test_the_back_button_brings_back_the_view_and_a_late_address_does_not(trained):
    run_id = trained("mlp")
    at = app("gradients", run=run_id)
    views(at).set_value("Update : data").run()
    ask_with(at, run=run_id)  # the browser had not heard of the new address
    at.run()
    assert views(at).value == "Update : data"
    back_to(at, run=run_id)
    assert views(at).value == "Histograms"


@pytest.mark.parametrize("page", ["data", "bigram", "initialisation", "batchnorm", "backprop", "products", "predict"])
def test_every_view_of_a_page_has_a_link_of_its_own(trained, page):
    run_id = trained("mlp")
    at = app(page, run=run_id)
    options = at.get("button_group")[0].options
    names = [session._in_url(option) for option in options]
    assert len({*names}) == len(options) > 1
    at = app(page, run=run_id, view=names[-1])
    assert not at.exception
    assert at.get("button_group")[0].value == options[-1]


def test_what_to_look_for_follows_the_view(trained):
    wavenet, mlp = trained("wavenet"), trained("mlp")
    assert app("activations", run=wavenet, view="batchnorm").caption[0].value.startswith("Look how far the running")
    assert app("activations", run=mlp).caption[0].value.startswith("Look for tanh outputs")
    assert "thousandth" in app("gradients", run=mlp, view="update-data").caption[0].value
    assert app("activations").caption[0].value.startswith("Look for tanh outputs")
    assert app("activations", run=trained("wavenet-paper")).caption[0].value.startswith("Look for gated outputs")
    assert app("activations", run=trained("transformer")).caption[0].value.startswith("Look for outputs that neither")
