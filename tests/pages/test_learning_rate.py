"""The learning-rate finder's page: any preset or the current run, and its rate in the setup form."""

import re

import pytest
from streamlit.delta_generator import DeltaGenerator

from core.lenses import learning_rate
from core.nn.presets import preset
from core.runs.store import Store
from explorer.labs.learning_rate import lab, question
from tests.explorer.app import app, spec, texts


@pytest.fixture
def short():
    """A page whose search takes 100 steps."""

    def make(**query):
        at = app("learning_rate", **query)
        at.number_input(key="finder_steps").set_value(100).run()
        return at

    return make


def test_a_first_visit_finds_a_rate_for_a_preset(home):
    at = app("learning_rate")
    assert not at.exception
    assert at.title[0].value == "Which learning rate suits this model?"
    assert at.selectbox(key="finder_model").value == "wavenet"
    assert re.search(r"lowest at 0\.\d+ and falls most steeply at 0\.0\d+; the valley", texts(at))
    assert at.slider(key="finder_reading").value == pytest.approx(-1, abs=0.3)
    assert len(at.get("vega_lite_chart")) == 1
    assert len(at.get("vega_lite_chart")[0].proto.alt) > 20
    assert not any(toggle.key == "finder_goes_on" for toggle in at.toggle), "there is no run to go on from"


def test_the_rate_stands_in_the_form_on_train(short, home):
    at = short()
    at.selectbox(key="finder_model").select("mlp").run()
    at.slider(key="finder_reading").set_value(-0.7).run()
    (use,) = (button for button in at.button if button.label == "Use 0.2")
    use.click().run()
    assert at.title[0].value == "What should it learn?"
    assert at.number_input(key="setup_lr").value == 0.2
    assert at.number_input(key="setup_lr_after").value == pytest.approx(0.02)
    assert at.number_input(key="setup_context").value == 3
    assert at.text_area(key="setup_text").value == preset("mlp").text(27)


def test_a_reading_stays_until_another_model_is_asked_for(short, home):
    at = short()
    ours = at.slider(key="finder_reading").value
    at.slider(key="finder_reading").set_value(-0.25).run()
    assert at.slider(key="finder_reading").value == -0.25
    at.number_input(key="finder_steps").set_value(200).run()
    assert at.slider(key="finder_reading").value == -0.25
    at.slider(key="finder_exponents").set_value((-3.0, -0.5)).run()
    assert at.slider(key="finder_reading").value == -0.5, "as far as the axis goes"
    at.selectbox(key="finder_model").select("mlp").run()
    assert at.slider(key="finder_reading").value == pytest.approx(ours, abs=1)
    assert at.slider(key="finder_reading").value != -0.5


def test_a_reading_that_nobody_has_moved_follows_the_search(short, home):
    at = short()
    at.slider(key="finder_exponents").set_value((-6.0, -3.0)).run()
    assert -6 <= at.slider(key="finder_reading").value <= -3
    assert "it has no valley. Nor does it rise: raise the upper exponent." in texts(at)


def test_a_run_as_it_is_set_up_or_from_its_weights(short, trained, home):
    """The run itself stays as it is, to the bit."""
    run_id = trained("mlp")
    store = Store(home)
    before = store.checkpoint(run_id)[1]
    at = short(run=run_id, step="3")
    assert at.selectbox(key="finder_model").value == "run"
    fresh = texts(at)
    at.toggle(key="finder_goes_on").set_value(True).run()
    assert f"Started from a copy of {run_id} at step 3" in texts(at)
    assert texts(at) != fresh
    after = store.checkpoint(run_id)[1]
    assert all((before[name] == after[name]).all() for name in before)
    assert store.run(run_id).step == 6
    assert len(store.runs()) == 1


def test_exponents_that_meet_are_moved_apart(short, home):
    for ends in ((-6.0, -6.0), (2.0, 2.0), (-1.0, -1.0)):
        at = short()
        at.slider(key="finder_exponents").set_value(ends).run()
        assert not at.exception
        assert not at.error


def test_a_loss_that_explodes_says_where(home):
    at = app("learning_rate")
    at.slider(key="finder_exponents").set_value((-1.0, 2.0)).run()
    assert "Stopped at a learning rate of" in texts(at)
    assert "times its lowest" in texts(at)


@pytest.mark.parametrize("state", ["queued", "running", "paused", "failed"])
def test_whatever_the_run_does(short, trained, state):
    at = short(run=trained("mlp", state=state))
    assert not at.exception
    assert not at.error


def test_the_spec_is_constant(short, home):
    at = short()
    before = spec(at)
    at.slider(key="finder_reading").set_value(-0.25).run()
    assert spec(at) == before


def test_more_work_than_anyone_waits_for_is_one_sentence(trained, home, monkeypatch):
    monkeypatch.setattr("core.lenses.learning_rate.MOST_WORK", 1e8)
    at = app("learning_rate", run=trained("mlp"))
    assert not at.exception
    (sentence,) = at.info
    assert "too much work to wait for: take at most" in sentence.value
    assert not at.get("vega_lite_chart")


def test_a_long_search_says_how_far_it_is(short, home, monkeypatch):
    """The bar is gone once the search has ended, and its picture has grown, so both are caught on their way."""
    seen, drawn, live_chart = [], [], lab.live_chart
    at = short()
    lab._findings.clear()
    monkeypatch.setattr(learning_rate, "TICK", 0.0)
    monkeypatch.setattr(DeltaGenerator, "progress", lambda self, share, text: seen.append((share, text)))
    monkeypatch.setattr(
        lab,
        "live_chart",
        lambda chart, tables, **options: drawn.append(tables) or live_chart(chart, tables, **options),
    )
    at.run()
    assert seen[-1] == (1.0, "Step 100 of 100")
    *growing, whole = drawn
    assert [tables["smooth"].num_rows for tables in growing] == list(range(1, 101))
    assert {tables[name].num_rows for tables in growing for name in ("marks", "valley", "reading")} == {0}
    assert whole["reading"].num_rows == 1
    assert len(at.get("vega_lite_chart")) == 1, "in one place, so that it does not flicker"


def test_a_slow_model_starts_with_fewer_steps_and_says_how_many(home, monkeypatch):
    monkeypatch.setattr(question._steps, "get", lambda config, compute: 150 if config.preset == "rnn" else 1_000)
    at = app("learning_rate")
    assert at.number_input(key="finder_steps").value == 1_000
    assert "were chosen" not in texts(at)
    at.selectbox(key="finder_model").select("rnn").run()
    assert at.number_input(key="finder_steps").value == 150
    assert "so 150 were chosen" in texts(at)
    at.number_input(key="finder_steps").set_value(200).run()
    assert at.number_input(key="finder_steps").value == 200, "who asks for more gets them"
    assert "were chosen" not in texts(at)
    at.selectbox(key="finder_model").select("mlp").run()
    assert at.number_input(key="finder_steps").value == 1_000


def test_a_search_that_the_clock_stopped_is_not_kept_as_the_whole_one(home, monkeypatch):
    lab._findings.clear()
    monkeypatch.setattr(learning_rate, "LIMIT", 0.0)
    at = app("learning_rate")
    assert "seconds: take fewer" in texts(at)
    at.slider(key="finder_reading").set_value(at.slider(key="finder_reading").min + 0.05).run()
    assert "seconds: take fewer" in texts(at), "a reading does not search again"
    monkeypatch.setattr(learning_rate, "LIMIT", 180.0)
    assert "seconds: take fewer" not in texts(app("learning_rate")), "another session's search is a whole one"
    (again,) = (button for button in at.button if button.label == "Search again")
    again.click().run()
    assert "seconds: take fewer" not in texts(at)
    assert not any(button.label == "Search again" for button in at.button)
