"""Home: what this is, one click to train, the course as a path."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.runs.recorder import Recorder
from core.runs.results import Result, to_json
from core.runs.store import Store
from core.training.config import of_preset
from explorer.chapters import CHAPTERS
from explorer.feeds import recorded
from explorer.navigation import PLACES
from explorer.panels.home import results as results_table
from explorer.panels.home.cards import CARDS
from explorer.panels.home.panel import DEBUG
from explorer.panels.home.path import PATH
from explorer.results import COURSE_WORDS, Losses, measured, yours
from tests.explorer.app import app, texts
from tests.explorer.hunted import twin_of
from tests.explorer.recorded import falling, record


def results(at) -> pd.DataFrame:
    """The table of all models, by preset."""
    (switch,) = (group for group in at.get("button_group") if group.key == "home_view")
    at = switch.set_value("All models and results").run()
    assert not at.exception
    (table,) = at.dataframe
    return table.value.set_index("preset")


def test_a_fresh_start_offers_one_model_of_each_kind_with_its_figures(home):
    at = app()
    assert not at.exception
    for name in CARDS:
        assert PRESETS[name].title in texts(at)
        assert at.button(key=f"train_{name}")
    assert "22.4k parameters, 2.022 val" in texts(at)
    assert "729 parameters, 2.455 train" in texts(at)


def test_one_click_queues_the_preset_and_goes_to_its_picture(home):
    at = app()
    at.button(key="train_mlp").click().run()
    (run,) = Store(home).runs()
    assert (run.preset, run.state, run.steps) == ("mlp", "queued", 200_000)
    assert at.query_params["run"] == run.id
    assert at.title[0].value == "Is it learning?"
    assert not at.exception


def test_all_models_stand_in_the_table_with_the_course_s_figures(home):
    table = results(app())
    assert list(table.index) == list(PRESETS)
    assert table.course[["bigram", "wavenet", "transformer"]].tolist() == ["2.455 / –", "1.912 / 2.022", ""]
    assert set(table.yours) == {""}
    assert "steps" not in table, "there is nothing to say yet"
    assert table.parameters["wavenet-large"] == "76,579"


def test_the_project_s_own_figures_have_a_column_where_there_are_some(home, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.results.measured", lambda: measured(tmp_path / "nowhere.json"))
    assert "here" not in results(app())
    path = tmp_path / "results.json"
    path.write_text(to_json([Result("wavenet", 22_397, 200_000, 1.911, 2.0202, 40.0)]), encoding="utf-8")
    monkeypatch.setattr("explorer.results.measured", lambda: measured(path))
    here = results(app()).here
    assert here["wavenet"] == "1.911 / 2.020"
    assert here["mlp"] == ""


def test_the_best_finished_run_fills_one_s_own_column(home):
    for state, losses in (("finished", (2.1, 2.2)), ("finished", (2.05, 2.12)), ("stopped", (1.0, 1.0))):
        record(home, falling(5), state, train_loss=losses[0], val_loss=losses[1])
    table = results(app())
    assert table.yours["mlp"] == "2.050 / 2.120"
    assert table.steps["mlp"] == "5", "the course's are 200,000"
    assert table.steps["wavenet"] == ""


def test_runs_on_other_words_do_not_compare(home):
    record(home, falling(5), train_loss=0.1, val_loss=0.2)
    recorded.forget()
    (run,) = recorded.runs()
    assert yours("mlp", [run]) == Losses(0.1, 0.2, steps=5)
    assert yours("mlp", [replace(run, dataset=COURSE_WORDS)]) == Losses(0.1, 0.2, steps=5)
    assert yours("mlp", [replace(run, dataset="other")]) is None
    assert yours("wavenet", [run]) is None


def test_a_run_with_a_bug_is_no_result(home):
    record(home, falling(5), train_loss=0.1, val_loss=0.2)
    recorded.forget()
    (run,) = recorded.runs()
    assert yours("mlp", [replace(run, hunt="k3x9-q7")]) is None
    assert yours("mlp", [replace(run, defect="targets-shifted")]) is None


def test_the_healthy_twin_of_an_open_round_is_no_recent_run(home):
    run_id, twin = record(home, falling(10)), twin_of(home, "k3x9-q7")
    recorded.forget()
    at = app()
    assert not at.exception
    assert at.button(key=f"open_{run_id}")
    assert f"open_{twin}" not in [button.key for button in at.button]


def test_what_is_trained_on_all_words_has_no_validation_loss(home):
    record(home, falling(5), train_loss=2.4, val_loss=2.3)
    recorded.forget()
    (run,) = recorded.runs()
    assert yours("bigram", [replace(run, preset="bigram")]) == Losses(2.4, None, steps=5)


def test_the_course_s_list_is_known_by_its_words():
    path = Path(__file__).parents[3] / "shared" / "data" / "lecture_names.txt"
    if not path.exists():
        pytest.skip("the course's own list of names is not here")
    assert Dataset.from_file(path).sha256 == COURSE_WORDS


@pytest.mark.parametrize("name", ["flat", "bigram-nn", "wavenet-paper"])
def test_a_row_trains_its_model_with_the_course_s_settings(home, name, monkeypatch):
    """The callback of the button in a row; the browser's tests press it."""
    monkeypatch.setattr(
        "explorer.session.get", lambda key, default=None: SimpleNamespace(row=list(PRESETS).index(name))
    )
    asked = []
    monkeypatch.setattr("explorer.verbs.train", asked.append)
    results_table._train()
    assert asked == [of_preset(PRESETS[name], Dataset.builtin())]


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
    assert links == [*DEBUG, *PATH]


def test_an_empty_store_shows_the_words_that_a_model_will_learn_from(home):
    at = app()
    assert len(at.get("vega_lite_chart")) == 1
    assert "32,257 names by their length" in texts(at)
    assert "No run yet" in texts(at)


def test_the_last_run_that_has_a_loss_is_drawn(home):
    run_id = record(home, falling(50))
    record(home, falling(0), state="queued", steps=500)
    at = app()
    assert f"Loss of {run_id}; dashed: validation." in texts(at).replace("\\", "")  # Markdown's
    assert len(at.get("vega_lite_chart")) == 1
    assert not at.exception


def test_the_last_run_s_picture_names_no_validation_where_none_is_drawn(home):
    run_id = record(home, falling(0), state="running", steps=500)
    recorder = Recorder(Store(home).database, run_id)
    recorder.losses(1, falling(50))
    recorder.status(state="running", step=50)
    recorder.flush()
    assert f"Loss of {run_id}." in texts(app()).replace("\\", "")


def test_the_debug_menu_is_named_beside_the_path(home):
    assert "When one does not learn:" in texts(app())
    assert {PLACES[name].group for name in DEBUG} == {"Debug"}


def test_the_path_is_in_the_course_s_order():
    places = [(CHAPTERS[page].part, CHAPTERS[page].start) for page in PATH]
    assert places == sorted(places)
