"""Home: what this is, one click to train, the course as a path."""

from core.nn.presets import PRESETS
from core.runs.store import Store
from explorer.panels.course import PATH
from tests.explorer.app import app, texts
from tests.explorer.recorded import falling, record


def test_a_fresh_start_offers_every_preset_with_its_figures(home):
    at = app()
    assert not at.exception
    for preset in PRESETS.values():
        assert preset.title in texts(at)
        assert f"{preset.val_loss:.3f} val" in texts(at)


def test_one_click_queues_the_preset_and_goes_to_its_picture(home):
    at = app()
    at.button(key="train_flat").click().run()
    (run,) = Store(home).runs()
    assert (run.preset, run.state, run.steps) == ("flat", "queued", 200_000)
    assert at.query_params["run"] == run.id
    assert at.title[0].value == "Is it learning?"
    assert not at.exception


def test_recent_runs_say_how_they_are(home):
    record(home, falling(70), state="diverged", steps=500, message="The loss is NaN at step 70.")
    run_id = record(home, falling(50))
    at = app()
    assert at.button(key=f"open_{run_id}").label == run_id
    assert "Finished all 50 steps" in texts(at)
    assert "Diverged at step 70" in texts(at)


def test_the_path_leads_to_pages_that_are_there(home):
    at = app()
    links = [link.proto.page for link in at.get("page_link")]
    assert links == list(PATH)


def test_an_empty_store_shows_the_words_that_a_model_will_learn_from(home):
    at = app()
    assert len(at.get("vega_lite_chart")) == 1
    assert "32,257 names by their length" in texts(at)
    assert "No run yet" in texts(at)


def test_the_last_run_that_has_a_loss_is_drawn(home):
    run_id = record(home, falling(50))
    record(home, falling(0), state="queued", steps=500)
    at = app()
    assert f"Loss of {run_id}" in texts(at)
    assert len(at.get("vega_lite_chart")) == 1
    assert not at.exception
