"""The current run and moment: the same on every page, in the URL, and after a reload."""

from streamlit.testing.v1 import AppTest

from core.runs.store import Store
from explorer.markdown import plain
from tests.explorer.app import app, ask_with, back_to, moment_slider, run_picker, texts
from tests.explorer.recorded import falling, record


def test_a_link_shows_its_run_and_moment(home):
    record(home, falling(50))
    run_id = record(home, falling(3_000))
    record(home, falling(70))
    at = app("train", run=run_id, step="1000")
    assert run_picker(at).value == run_id
    assert at.metric[0].value == "1,000"


def test_a_click_in_the_navigation_keeps_run_and_moment(home):
    run_id = record(home, falling(3_000))
    record(home, falling(70))
    at = app("train", run=run_id, step="1000")
    at.query_params.clear()  # what a click in the navigation does
    at.switch_page("../pages/home.py").run()
    assert at.query_params == {"run": run_id, "step": "1000"}
    at.query_params.clear()
    at.switch_page("../pages/train.py").run()
    assert at.query_params == {"run": run_id, "step": "1000"}
    assert at.metric[0].value == "1,000"


def test_the_back_button_brings_back_what_the_url_says(home):
    first, second = record(home, falling(50)), record(home, falling(70))
    at = app("train", run=first, step="10")
    run_picker(at).select(second).run()
    assert at.query_params == {"run": second}
    back_to(at, run=first, step="10")
    assert run_picker(at).value == first
    assert at.metric[0].value == "10"


def test_a_tick_with_the_address_from_before_a_choice_does_not_undo_it(home):
    """A click on Train ended on the run before it now and then: on a busy machine a tick comes seconds late."""
    first, second = record(home, falling(50)), record(home, falling(70))
    at = app("train", run=first)
    run_picker(at).select(second).run()
    for _ in range(2):
        ask_with(at, run=first)
        at.run()
        assert run_picker(at).value == second
        assert at.query_params == {"run": second}


def test_without_a_run_in_the_url_the_newest_is_the_current_one(home):
    record(home, falling(50))
    newest = record(home, falling(70))
    assert app().query_params == {"run": newest}


def test_a_step_that_is_none_means_the_latest(home):
    run_id = record(home, falling(70))
    for step in ("-1", "1e3", "abc", "٣", "9" * 400, ""):
        at = app("train", run=run_id, step=step)
        assert not at.exception
        assert at.metric[0].value == "70"


def test_an_unknown_run_is_said_in_one_sentence_on_every_page(home):
    record(home, falling(70))
    at = app("train", run="nosuch-run")
    assert not at.exception
    assert "There is no run 'nosuch-run' here" in texts(at)
    assert run_picker(at).value is None


def test_in_an_empty_store_a_link_to_a_run_leads_to_the_first_one(home):
    assert "There is no run 'nosuch-run' here. Set up the first one." in texts(app("activations", run="nosuch-run"))


def test_a_store_that_is_none_is_said_in_one_sentence_and_left_alone(home):
    home.mkdir()
    (home / "runs.sqlite").write_bytes(b"dear diary, " * 400)
    for page in (None, "train"):
        at = app(page)
        assert not at.exception
        (error,) = at.error
        assert error.value.startswith(plain(f"{home}/runs.sqlite is not a run store: move it away"))
    assert (home / "runs.sqlite").read_bytes() == b"dear diary, " * 400


def test_a_widget_keeps_its_value_over_a_change_of_page(home):
    record(home, falling(3_000))
    at = app("train")
    at.toggle(key="loss_log").set_value(False).run()
    at.switch_page("../pages/home.py").run()
    at.switch_page("../pages/train.py").run()
    assert at.toggle(key="loss_log").value is False


def test_a_choice_holds_while_it_is_an_option():
    def page():
        import streamlit as st

        from explorer import session

        options = ["a", "b", "c"] if st.session_state.get("of_three", True) else ["a", "b"]
        st.write(session.get(session.keep_choice("choice", options, "b")))

    at = AppTest.from_function(page).run()
    assert at.markdown[0].value == "b"
    at.session_state["choice"] = "c"
    assert at.run().markdown[0].value == "c"
    at.session_state["of_three"] = False
    assert at.run().markdown[0].value == "b"


def test_the_moment_slider_follows_at_its_right_end(home):
    run_id = record(home, falling(3_000))
    at = app("train", run=run_id, step="200")
    slider = moment_slider(at)
    assert slider.value == 200
    slider.set_value("latest").run()
    assert at.query_params == {"run": run_id}
    assert at.metric[0].value == "3,000"


def test_what_a_button_wishes_reaches_the_store(home):
    run_id = record(home, falling(100), state="paused", steps=5_000)
    at = app("train", run=run_id)
    at.button(key="step_100").click().run()
    info = Store(home).run(run_id)
    assert (info.wish, info.until) == ("run", 200)
    assert not at.exception


def test_what_a_browser_says_late_of_the_run_before_is_not_taken_for_a_choice(home):
    """A browser sends all its widgets with a tick: also a picker that shows the run from before a click on Train."""
    first, second = record(home, falling(50)), record(home, falling(70))
    at = app("train", run=first)
    before = run_picker(at).proto.id
    back_to(at, run=second)
    assert run_picker(at).value == second
    after = run_picker(at).proto.id
    assert after != before
    run_picker(at).select(first).run()
    assert at.query_params == {"run": first}
    assert run_picker(at).proto.id == after  # its own user's choice: it keeps the focus
