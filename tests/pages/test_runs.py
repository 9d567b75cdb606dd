"""Runs: all of them in a table, and what is done with one of them."""

from types import SimpleNamespace

import pandas as pd
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from core.runs.store import Store
from explorer import hunts, session, verbs
from explorer.feeds import recorded
from explorer.panels.run import table as runs_table
from tests.explorer.app import app, run_picker, texts
from tests.explorer.hunted import twin_of
from tests.explorer.recorded import falling, record


@pytest.fixture(autouse=True)
def read_anew():
    recorded.forget()
    recorded._sizes.clear()


def table(at) -> pd.DataFrame:
    return at.dataframe[0].value


def test_without_a_run_there_is_a_button_that_makes_one(home):
    at = app("runs")
    assert not at.exception
    assert not at.dataframe
    assert "No run yet" in texts(at)


def test_a_run_in_its_middle_and_an_ended_one_stand_in_the_table(home, monkeypatch):
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: True)
    ended = record(home, falling(300), train_loss=1.9, val_loss=2.0)
    goes_on = record(home, falling(40), state="running", steps=5_000)
    rows = table(app("runs"))
    assert list(rows["id"]) == [goes_on, ended]
    assert list(rows["state"]) == ["running", "finished"]
    assert list(rows["step"]) == [40, 300]
    assert list(rows["steps"]) == [5_000, 300]
    assert list(rows["settings"]) == ["", ""]
    assert rows["val"].isna().tolist() == [True, False]
    assert (rows["size"] > 0).all()


def test_losses_are_spelt_as_everywhere_and_what_is_unknown_is_a_dash(home):
    record(home, falling(300), train_loss=1.9, val_loss=212_360.7)
    sent = app("runs").dataframe[0].proto
    assert sent.placeholder == "–"
    shown = convert_arrow_bytes_to_pandas_df(sent.arrow_data.styler.display_values)
    assert shown.iloc[0][["train", "val"]].tolist() == ["1.900", "2.12e5"]


def test_nobody_knows_how_many_steps_a_watched_run_will_take(home):
    record(home, falling(500))
    with Store(home).database.write() as connection:
        connection.execute("UPDATE runs SET kind = 'watched'")
    rows = table(app("runs"))
    assert (rows["step"][0], rows["steps"].isna()[0]) == (500, True)


def test_stars_come_first_and_forks_say_what_they_are_of(home, trained):
    store = Store(home)
    parent = trained("mlp")
    fork = store.fork(parent, 2, {"lr": 0.01})
    store.star(parent)
    at = app("runs")
    rows = table(at)
    assert list(rows["id"]) == [parent, fork]
    assert list(rows["star"]) == ["★", "☆"]
    assert list(rows["settings"]) == ["", f"lr 0.01 · fork of {parent[-6:]} at 2"]
    picker = run_picker(at).options
    assert picker[0].startswith(f"★ {parent}")
    assert picker[1].startswith(f"{fork} · lr 0.01 · fork of {parent[-6:]} at 2")
    assert "2 runs take" in texts(at)


def test_a_click_means_the_run_that_was_drawn_in_its_row(home, monkeypatch):
    """A run that came meanwhile has moved the others down."""
    first, second = record(home, falling(10)), record(home, falling(10))
    values = {runs_table.DRAWN: [second, first], runs_table.STAR: SimpleNamespace(row=1, label="☆")}
    monkeypatch.setattr(session, "get", lambda key, default=None: values.get(key, default))
    record(home, falling(10))
    runs_table._star()
    assert [run.id for run in Store(home).runs() if run.starred] == [first]
    Store(home).delete(first)
    runs_table._star()
    assert not [run for run in Store(home).runs() if run.starred]


def test_a_name_is_asked_for_and_kept(home):
    run_id = record(home, falling(10))
    at = app("runs")
    at.session_state[runs_table.ASKED] = (runs_table.RENAME, run_id)
    at.run()
    at.text_input(key=runs_table.NAME).set_value("the slow one")
    button(at, "Rename").click().run()
    assert not at.exception
    assert Store(home).run(run_id).name == "the slow one"
    assert at.session_state[runs_table.ASKED] is None
    assert table(at)["settings"].tolist() == ["the slow one"]


def test_what_a_row_offers_has_buttons_for_the_current_run_too(home):
    run_id, current = record(home, falling(10)), record(home, falling(10))
    at = app("runs", run=run_id)
    button(at, ":material/star: Star").click().run()
    assert [run.id for run in Store(home).runs() if run.starred] == [run_id]
    button(at, ":material/star: Remove the star").click().run()
    assert not any(run.starred for run in Store(home).runs())
    button(at, runs_table.DELETE).click().run()
    button(at, "Delete").click().run()
    assert [run.id for run in Store(home).runs()] == [current]


def test_a_run_is_deleted_once_it_was_said_what_is_lost(home):
    stays, gone = record(home, falling(10)), record(home, falling(1_000))
    at = app("runs", run=gone)
    at.session_state[runs_table.ASKED] = (runs_table.DELETE, gone)
    at.run()
    assert "weights after 1,000 steps are lost, 4" in texts(at)
    button(at, "Keep it").click().run()
    assert len(Store(home).runs()) == 2
    at.session_state[runs_table.ASKED] = (runs_table.DELETE, gone)
    at.run()
    button(at, "Delete").click().run()
    assert not at.exception
    assert [run.id for run in Store(home).runs()] == [stays]
    assert at.query_params["run"] == stays, "the newest takes the place of the current run"


def test_a_run_that_a_worker_holds_is_not_offered_for_deletion(home, monkeypatch):
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: True)
    run_id = record(home, falling(10), state="running", steps=100)
    at = app("runs")
    at.session_state[runs_table.ASKED] = (runs_table.DELETE, run_id)
    at.run()
    assert "stop it first" in texts(at)
    assert button(at, "Delete").disabled


@pytest.mark.parametrize("page", ["train", "predict", "activations"])
def test_a_page_of_a_deleted_run_says_so(home, trained, page):
    run_id, other = trained("mlp"), record(home, falling(10))
    at = app(page, run=run_id)
    assert not at.exception
    Store(home).delete(run_id)
    recorded.forget_run(run_id)
    at.run()
    assert not at.exception
    if page != "predict":  # which then looks at a preset
        assert "There is no run" in texts(at)
    assert other in [run.id for run in recorded.runs()]


def test_a_verb_that_cannot_be_done_leaves_a_sentence(home, monkeypatch):
    said = {}
    monkeypatch.setattr(session, "put", said.__setitem__)
    verbs.rename("nobody", "x")
    assert "There is no run 'nobody' here" in said.popitem()[1]
    run_id = record(home, falling(10))
    verbs.rename(run_id, " ")
    assert "one line of 1 to 60 characters" in said.popitem()[1]


def test_the_healthy_twin_of_a_round_is_listed_once_the_round_is_closed(home):
    run_id, twin = record(home, falling(10)), twin_of(home, "k3x9-q7")
    at = app("runs")
    assert list(table(at)["id"]) == [run_id]
    assert not any("twin" in option for option in run_picker(at).options)
    at.session_state["hunt_rounds"] = {"k3x9-q7": hunts.Progress(revealed=True)}
    assert list(table(at.run())["id"]) == [twin, run_id]


def test_three_hundred_runs_are_one_table(home):
    store = Store(home)
    first = record(home, falling(5))
    with store.database.write() as connection:
        for n in range(299):
            connection.execute(
                "INSERT INTO runs SELECT 'mlp-' || printf('%06d', ?2), name, preset, created + ?2, config, dataset, "
                "parameters, steps, state, queued, wish, until, step, steps_per_second, message, train_loss, val_loss, "
                "kind, starred, parent, parent_step, hunt FROM runs WHERE id = ?1",
                (first, n),
            )
    at = app("runs")
    assert not at.exception
    assert len(table(at)) == 300


def button(at, label: str):
    (found,) = (button for button in at.button if button.label == label)
    return found
