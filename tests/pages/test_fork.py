"""Fork from here: the dialog on Train, what it starts, and the pages of a fork."""

import pytest

from core.runs.store import Store
from explorer import verbs
from explorer.feeds import recorded
from explorer.panels.forks import changes
from tests.explorer.app import app, texts
from tests.explorer.recorded import falling, record
from tests.pages.conftest import STEPS


@pytest.fixture(autouse=True)
def read_anew():
    recorded.forget()
    verbs._asked.clear()


def opened(run_id: str, **query):
    at = app("train", run=run_id, **query)
    at.button(key="fork").click().run()
    assert not at.exception
    return at


def choose(at, kind: str):
    (group,) = (group for group in at.get("button_group") if group.key == "fork_what")
    group.set_value(kind).run()
    assert not at.exception
    return at


def started(at, home):
    """The new run, once Start was pressed."""
    before = {run.id for run in Store(home).runs()}
    at.button(key="fork_start").click().run()
    assert not at.exception
    (fork,) = (run for run in Store(home).runs() if run.id not in before)
    assert at.query_params["run"] == fork.id
    assert at.session_state["fork_open"] is None
    return fork


def test_a_run_without_a_checkpoint_cannot_be_forked(home):
    assert app("train", run=record(home, falling(40))).button(key="fork").disabled


def test_from_the_moment_with_a_tenth_of_the_learning_rate(home, trained):
    run_id = trained("mlp")
    at = opened(run_id, step="4")
    assert at.select_slider(key="fork_from").value == 4
    assert "Up to step 4 it is a copy of" in texts(at)
    fork = started(at, home)
    assert (fork.parent, fork.parent_step, fork.state) == (run_id, 4, "queued")
    assert (fork.lr, Store(home).config(run_id).lr) == (0.01, 0.1)
    assert at.button(key="parent").label == f"Fork of {run_id} at 4"
    (compare,) = (link.proto for link in at.get("page_link") if link.proto.label == "Compare the two")
    assert f"with={run_id}" in compare.query_string
    at.button(key="parent").click().run()
    assert (at.query_params["run"], at.query_params["step"]) == (run_id, "4")


def test_a_run_in_its_middle_is_forked_from_its_newest_checkpoint(home, trained):
    run_id = trained("mlp", state="running")
    at = opened(run_id)
    assert at.select_slider(key="fork_from").value == STEPS
    at.select_slider(key="fork_from").set_value(2).run()
    assert started(at, home).parent_step == 2


def test_a_checkpoint_that_makes_room_for_the_next_is_not_offered(home, trained, monkeypatch):
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: True)
    run_id = trained("mlp", state="running")
    with Store(home).database.write() as connection:
        connection.execute("UPDATE checkpoints SET step = 7 WHERE run = ? AND step = 6", (run_id,))
        connection.execute("UPDATE runs SET step = 7 WHERE id = ?", (run_id,))
    at = opened(run_id)
    assert at.select_slider(key="fork_from").value == 5
    assert "7" not in at.select_slider(key="fork_from").options


def test_a_fork_that_begins_earlier_than_asked_says_so(home, trained):
    """The dialog was opened while the run paused; resumed, its newest checkpoint makes room for the next."""
    run_id = trained("mlp", state="paused")
    move = "UPDATE checkpoints SET step = ? WHERE run = ? AND step = ?"
    with Store(home).database.write() as connection:
        connection.execute(move, (7, run_id, 6))
        connection.execute("UPDATE runs SET step = 7 WHERE id = ?", (run_id,))
    at = opened(run_id)
    assert at.select_slider(key="fork_from").value == 7
    with Store(home).database.write() as connection:
        connection.execute(move, (8, run_id, 7))
    assert started(at, home).parent_step == 5
    assert [toast.value for toast in at.toast] == [
        "The checkpoint at step 7 made room for a newer one: the fork begins at step 5."
    ]


def test_the_healthy_twin_of_a_round_is_not_forked(home, trained):
    run_id = trained("mlp")
    with Store(home).database.write() as connection:
        for table in ("checkpoints", "frames", "losses"):
            connection.execute(f"UPDATE {table} SET run = 'twin-abcdef' WHERE run = ?", (run_id,))
        connection.execute("UPDATE runs SET id = 'twin-abcdef', hunt = 'k3x9-q7' WHERE id = ?", (run_id,))
    assert app("train", run="twin-abcdef").button(key="fork").disabled


def test_a_finished_run_is_offered_more_steps(home, trained):
    at = opened(trained("mlp"))
    assert at.number_input(key="fork_steps").value == 2 * STEPS
    choose(at, "lr")
    assert "Nothing is left to train after step 6: choose an earlier one" in at.info[0].value
    assert not at.error
    assert at.button(key="fork_start").disabled
    choose(at, "steps")
    assert started(at, home).steps == 2 * STEPS


def test_the_suggested_learning_rate_follows_the_chosen_step_until_one_is_typed(home, trained):
    """The rate drops after step 3: a tenth of 0.1 before, of 0.01 after it."""
    run_id = trained("mlp")
    with Store(home).database.write() as connection:
        connection.execute("UPDATE runs SET config = json_set(config, '$.lr_drop_step', 3, '$.lr_after', 0.01)")
    at = choose(opened(run_id, step="4"), "lr")
    assert at.number_input(key="fork_lr").value == pytest.approx(0.001)
    at.select_slider(key="fork_from").set_value(2).run()
    assert at.number_input(key="fork_lr").value == pytest.approx(0.01)
    at.number_input(key="fork_lr").set_value(0.5).run()
    at.select_slider(key="fork_from").set_value(4).run()
    assert at.number_input(key="fork_lr").value == 0.5


def test_a_number_that_is_not_possible_is_one_sentence(home, trained):
    at = opened(trained("mlp"))
    at.select_slider(key="fork_from").set_value(3).run()
    choose(at, "schedule")
    at.number_input(key="fork_after").set_value(-0.5).run()
    assert at.error[0].value.startswith("**Learning rate** is -0.5")
    assert at.button(key="fork_start").disabled
    at.number_input(key="fork_after").set_value(0.05).run()
    config = Store(home).config(started(at, home).id)
    assert (config.lr, config.lr_drop_step, config.lr_after) == (0.1, 3, 0.05)


def test_another_model_keeps_the_layers_that_stay(home, trained):
    run_id = trained("mlp")
    at = opened(run_id, step="4")
    choose(at, "model")
    assert "The model is as it was." in texts(at)
    text = at.text_area(key="fork_text").value
    at.text_area(key="fork_text").set_value(text.replace("Tanh()", "ReLU()")).run()
    assert "All layers keep their weights." in texts(at)
    at.text_area(key="fork_text").set_value(text.replace("Tanh()", "Tanhh()")).run()
    assert at.button(key="fork_start").disabled
    at.button(key="fix_fork_text").click().run()
    assert at.text_area(key="fork_text").value == text
    at.text_area(key="fork_text").set_value(text.replace("27)", "27, std=0.1)").replace("(27, std=0.1)", "(27)")).run()
    assert "Drawn anew: " in texts(at)
    fork = started(at, home)
    assert (fork.preset, fork.parent_step) == (None, 4)


def test_a_planted_bug_is_one_that_can_sit_in_the_model(home, trained):
    run_id = trained("mlp")
    at = choose(opened(run_id, step="4"), "defect")
    assert "Dead ReLUs" not in at.selectbox(key=changes.BUG).options
    at.selectbox(key=changes.BUG).set_value("sign-flipped").run()
    assert "instead of subtracting it" in texts(at)
    assert Store(home).config(started(at, home).id).defect == "sign-flipped"


def test_no_bug_is_shown_or_planted_in_a_round_of_the_hunt(home, trained):
    run_id = trained("mlp")
    with Store(home).database.write() as connection:
        connection.execute("UPDATE runs SET hunt = 'k3x9-q7' WHERE id = ?", (run_id,))
    at = opened(run_id, step="4")
    (group,) = (group for group in at.get("button_group") if group.key == "fork_what")
    assert [option.content for option in group.proto.options] == ["Learning rate", "Drop", "Steps"]
    assert started(at, home).hunt == "k3x9-q7"


@pytest.mark.parametrize("page", ["train", "shapes", "activations", "gradients", "receptive_field", "predict"])
def test_every_lens_shows_a_fork_whose_model_is_another(home, trained, page):
    store, run_id = Store(home), trained("mlp")
    text = store.config(run_id).model.replace("Tanh()", "ReLU()")
    fork = store.fork(run_id, 4, {"model": text})
    for step in ({}, {"step": "4"}, {"step": "2"}):
        at = app(page, run=fork, **step)
        assert not at.exception
        assert not at.error
        if step:
            assert at.query_params["step"] == "4", "earlier moments are its parent's"


def test_the_fork_of_a_run_that_was_deleted_says_so(home, trained):
    store, run_id = Store(home), trained("mlp")
    fork = store.fork(run_id, 4)
    store.delete(run_id)
    assert "Forked at step 4 from a run that was deleted." in texts(app("train", run=fork))


def test_the_learning_rate_of_a_fork_begins_where_it_was_forked(home, trained):
    store, run_id = Store(home), trained("mlp")
    fork = store.fork(run_id, 4, {"lr": 0.01})
    with store.database.write() as connection:
        connection.execute("INSERT INTO losses VALUES (?, 0, ?)", (fork, falling(6).tobytes()))
    rate = recorded.loss(fork, 10, log=True).rate
    assert rate["step"].to_pylist() == [5, 6]
    assert rate["lr"].to_pylist() == [0.01, 0.01]
    assert "Up to step 4 it is the run that this one was forked from." in texts(app("train", run=fork))
