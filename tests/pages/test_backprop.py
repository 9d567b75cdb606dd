"""Backprop: a tensor chosen, exercises solved rightly and wrongly, progress kept and loaded, training by hand."""

import json

import pytest

from core.dataset import Dataset
from core.lenses.backprop.backward import EXERCISES, SMALL_STEPS
from core.lenses.backprop.progress import Progress
from explorer.charts.backprop_graph import PICK
from tests.explorer.app import app, back_to, spec, texts

VIEW = "backprop_view"
FEW = "\n".join(["anna", "otto", "abba", "toto", "nana", "tata"] * 3)


def open_at(view: str, **query: str):
    at = app("backprop", **query)
    return at.button_group(key=VIEW).set_value(view).run() if view != "Look" else at


def answer(at, name: str, text: str):
    at.text_area(key=f"backprop_text_{name.replace('-', '_')}").set_value(text)
    press(at, "Check")
    return said(at)


def press(at, label: str):
    (button,) = (b for b in at.button if b.label == label)
    button.click().run()
    assert not at.exception


def said(at) -> str:
    return "\n".join(box.value for box in (*at.success, *at.warning, *at.error))


def choose(at, tensor: str, prefix: str = "d"):
    at.selectbox(key=f"backprop_select_{prefix}").select(tensor).run()
    assert not at.exception


def solved_all() -> Progress:
    progress = Progress()
    for name, exercise in EXERCISES.items():
        progress = progress.solved(name, exercise.solution)
    return progress


def load(at, content: str):
    at.get("file_uploader")[0].upload("mine.json", content.encode(), "application/json").run()
    assert not at.exception
    return at


@pytest.mark.parametrize("view", ["Look", "Exercises", "In one expression", "Train with it"])
def test_every_view_opens_fresh_and_with_a_run(home, trained, view):
    run_id = trained("mlp", state="running")
    for query in ({}, {"run": run_id}, {"run": "mlp-nosuch"}):
        at = open_at(view, **query)
        assert not at.exception
        assert at.title[0].value == "How does the gradient get back to every number?"
        assert all(len(chart.proto.alt) > 20 for chart in at.get("vega_lite_chart"))
        assert at.caption[0].value.split()[0] in {"Look": "Click", "Train with it": "Press"}.get(view, "Write Jump")


def test_looking_begins_at_a_telling_tensor_and_exercises_at_the_loss(home):
    assert "dbndiff, its gradient" in texts(app("backprop"))
    assert "Find `dlogprobs`" in texts(open_at("Exercises"))


def test_every_tensor_shows_its_pictures_and_derivative(home):
    at = open_at("Look")
    for name, exercise in SMALL_STEPS.items():
        choose(at, exercise.tensor, prefix="")
        assert len(at.get("vega_lite_chart")) == 3
        assert exercise.words in texts(at)
        assert at.latex[0].value.strip("$\n") == exercise.symbols
        assert f"d{exercise.tensor}, its gradient" in texts(at), name


def test_all_26_stand_beside_autograd(home):
    table = open_at("Look").dataframe[0].value
    assert len(table) == 26
    assert (table["exact"] | table["approximately equal"]).all()
    assert table["tensor"].tolist()[-1] == "C"


def select(at, *rows: dict):
    """Sends the graph's selection, as a browser does after a click or when it draws the graph anew."""
    states = at._tree.get_widget_states()
    sent = states.widgets.add()
    sent.id, sent.string_value = at.get("vega_lite_chart")[0].proto.id, json.dumps({"selection": {PICK: rows}})
    at._tree._runner._run(states)
    assert not at.exception


def test_a_click_on_the_graph_chooses_and_an_old_selection_does_not(home):
    """An exercise changed by itself to the tensor that was clicked on Look: the browser had begun its graph anew."""
    at = app("backprop")
    clicked = {"tensor": "bndiff", "turn": 0}
    select(at, clicked)
    at.button_group(key=VIEW).set_value("Exercises").run()
    assert "Find `dbndiff`" in texts(at)
    choose(at, "logprobs")
    for old in ((), (clicked,)):
        select(at, *old)
        assert "Find `dlogprobs`" in texts(at)
    select(at, clicked | {"turn": 2})
    assert "Find `dbndiff`" in texts(at)


def test_the_graph_s_spec_is_constant(home):
    at = open_at("Look")
    before = spec(at)
    choose(at, "bndiff", prefix="")
    assert spec(at) == before


def test_an_answer_is_judged_and_the_next_exercise_offered(home):
    at = open_at("Exercises")
    assert "**Wrong values.** The places are right" in answer(
        at, "dlogprobs", "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -1.0"
    )
    assert len(at.get("vega_lite_chart")) == 3
    right = "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -1.0/n"
    assert "**Exact.**" in answer(at, "dlogprobs", right)
    press(at, "Next: dprobs")
    assert "logprobs = probs.log()" in texts(at)
    assert "**Exact.**" in answer(at, "dprobs", "dprobs = (1.0 / probs) * dlogprobs")
    choose(at, "logprobs")
    assert at.text_area[0].value == right


def test_what_is_not_allowed_is_said_and_shown_as_it_was_typed(home):
    at = open_at("Exercises")
    found = answer(at, "dlogprobs", "probs.__class__")
    assert found.startswith("**Not allowed.** Line 1, character 1")
    assert "\\_\\_class" in found  # no Markdown of the user's
    assert len(at.get("vega_lite_chart")) == 1


def test_an_exercise_says_what_has_to_be_found_first(home):
    at = open_at("Exercises")
    choose(at, "h")
    assert "Find dlogits first." in texts(at)
    assert "It is not found yet: find it first." in answer(at, "dh", "dlogits @ W2.T")


def test_hints_come_in_steps_and_the_solution_can_be_taken(home):
    at = open_at("Exercises")
    rule = EXERCISES["dlogprobs"].rule
    assert rule not in texts(at)
    press(at, "Hint: rule of thumb")
    assert at.info[0].value == rule
    assert not at.latex
    press(at, "Hint: local derivative")
    assert EXERCISES["dlogprobs"].words in texts(at)
    press(at, "Hint: solution")
    assert EXERCISES["dlogprobs"].solution in [code.value for code in at.code]
    press(at, "Take the solution")
    assert "**Exact.**" in said(at)
    assert progress(at) == "1 of 26 found, 1 taken from the solution"


def progress(at) -> str:
    return at.get("progress")[0].proto.text


def test_answers_survive_a_change_of_page(home):
    at = open_at("Exercises")
    answer(at, "dlogprobs", EXERCISES["dlogprobs"].solution)
    at.switch_page("../pages/shapes.py").run()
    at.switch_page("../pages/backprop.py").run()
    assert at.button_group(key=VIEW).value == "Exercises"
    assert progress(at).startswith("1 of 26 found")
    assert at.text_area[0].value == EXERCISES["dlogprobs"].solution


def test_a_file_of_answers_is_loaded_and_begun_anew(home):
    at = load(open_at("Exercises"), solved_all().to_json())
    assert progress(at) == "26 of 26 found"
    assert "28 of 28 answers hold and were loaded" in texts(at)
    choose(at, "h")
    press(at, "Begin anew")
    assert "Forget all 28 answers, in this browser too?" in texts(at)
    press(at, "Cancel")
    assert progress(at) == "26 of 26 found"
    press(at, "Begin anew")
    press(at, "Forget")
    assert progress(at) == "0 of 26 found"
    assert "Find `dlogprobs`" in texts(at)
    assert at.text_area[0].value == ""


@pytest.mark.parametrize("content", ["", "{}", "not json", '{"format": "makemore-explorer backprop 1", "answers": 3}'])
def test_a_file_that_holds_no_answers_is_one_sentence(home, content):
    at = load(open_at("Exercises"), content)
    assert "choose" in texts(at)
    assert progress(at) == "0 of 26 found"


def test_answers_that_do_not_hold_for_other_words_are_not_counted(home, trained):
    answers = solved_all().solved("dlogprobs", "-F.one_hot(Yb, 27) / n")
    at = load(open_at("Exercises"), answers.to_json())
    assert progress(at) == "26 of 26 found"
    back_to(at, run=trained("mlp", dataset=Dataset.from_text(FEW, "few.txt")), view="exercises")
    assert "Not counted, because they do not hold for these words: dlogprobs, dprobs" in texts(at)


def test_after_the_last_exercise_one_trains_with_them(home):
    at = load(open_at("Exercises"), solved_all().to_json())
    answer(at, "dlogprobs", EXERCISES["dlogprobs"].solution)
    press(at, "Train with it")
    assert at.button_group(key=VIEW).value == "Train with it"
    assert "with your own 26 expressions." in texts(at)


def test_no_answer_goes_round_in_a_circle(home):
    """dlogprobs from dprobs, which was found from dlogprobs: both would be lost."""
    at = load(open_at("Exercises"), solved_all().to_json())
    assert "You have made it from this very gradient" in answer(at, "dlogprobs", "dprobs * probs")
    assert progress(at) == "26 of 26 found"
    choose(at, "h")
    answer(at, "dh", "dlogits @ W2.transpose(0, 1)")
    assert at.success
    assert progress(at) == "26 of 26 found"


def test_short_exercises_are_judged_too(home):
    at = open_at("In one expression")
    assert "divide by n" in answer(at, "cross-entropy", "F.softmax(logits, 1) - F.one_hot(Yb, 27)")
    assert "Float noise" in answer(at, "cross-entropy", EXERCISES["cross-entropy"].solution)
    at.button_group(key="backprop_short").set_value("BatchNorm").run()
    assert "variance divides by n − 1" in answer(
        at, "BatchNorm", "bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - bnraw*(dhpreact*bnraw).sum(0))"
    )


def test_it_trains_by_hand_and_says_with_whose_expressions(home, monkeypatch):
    monkeypatch.setattr("core.lenses.backprop.training.TOLD", 0.1)  # both pictures grow in their places
    at = open_at("Train with it")
    assert "with our reference expressions: 26 of the 26 are not solved yet" in texts(at)
    at.select_slider(key="backprop_steps").set_value(200).run()
    press(at, "Train")
    assert len(at.get("vega_lite_chart")) == 2
    values = {metric.label: metric.value for metric in at.metric}
    assert float(values["Weights apart"].split("e")[0]) < 10
    assert 2.3 < float(values["Validation loss"]) < 3
    at.button_group(key=VIEW).set_value("Exercises").run()
    load(at, solved_all().to_json())
    at.button_group(key=VIEW).set_value("Train with it").run()
    assert "with your own 26 expressions." in texts(at)
    at.button_group(key="backprop_way").set_value("in one expression").run()
    assert "with your own expressions." in texts(at)
