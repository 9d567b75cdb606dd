"""Bug hunt: a round is started or opened by its link, answered, told; and says nothing while it is open."""

import json

import pytest
import torch

from core.cli.main import main
from core.lenses.hunt import rounds
from core.lenses.hunt.answer import Answer, Progress
from core.lenses.hunt.figures import FIGURES
from core.lenses.hunt.kept import from_json, to_json
from core.lenses.hunt.rounds import Round, round_of
from core.runs.store import Store
from core.training.defects import DEFECTS
from explorer.feeds import hunt, recorded
from explorer.navigation import PLACES
from tests.explorer.app import app, ask_with, run_picker, texts
from tests.explorer.hunted import STEPS, TOKENS, everything_sent, finish

OPEN = "Look at it meanwhile"
HUGE, FROZEN = TOKENS["huge-logits"], TOKENS["frozen-layer"]


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(rounds, "STEPS", STEPS)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    recorded.forget()


def answer(at, token, bug, seen=None, layer=None):
    at.selectbox(key=f"hunt_bug_{token}").set_value(bug)
    at.run()
    if layer:
        at.selectbox(key=f"hunt_layer_{token}_{bug}").set_value(layer)
    if seen:
        at.selectbox(key=f"hunt_seen_{token}").set_value(seen)
    at.run()
    at.button(key="hunt_answer").click().run()
    assert not at.exception
    return at


def opened(home, token):
    """The page of a round whose run has ended."""
    at = app("hunt", hunt=token)
    finish(Store(home), at.query_params["run"])
    recorded.forget()
    return at.run()


def trained_twin(home, at):
    (twin,) = [info for info in Store(home).runs() if info.id.startswith("twin-")]
    finish(Store(home), twin.id)
    recorded.forget()
    return at.run()


def test_a_fresh_visitor_is_told_how_it_goes(home):
    at = app("hunt")
    assert not at.exception
    assert at.title[0].value == "What is wrong with this run?"
    assert "3. You say which bug it is" in texts(at)
    assert not Store(home).runs()


def test_a_round_is_one_click_and_its_token_stands_in_the_address(home):
    at = app("hunt")
    at.button(key="hunt_start").click().run()
    assert not at.exception
    (info,) = Store(home).runs()
    assert at.query_params == {"hunt": info.hunt, "run": info.id}
    assert info.id.startswith("hunt-")
    assert info.name == f"hunt {info.hunt}"
    assert OPEN in texts(at)
    assert at.button(key="hunt_answer").disabled


def test_a_link_makes_the_round_once_for_all_and_finds_it_again(home):
    first, second = app("hunt", hunt="K3X9Q7"), app("hunt", hunt="k3x9-q7")
    (info,) = Store(home).runs()
    for at in (first, second):
        assert not at.exception
        assert at.query_params == {"hunt": "k3x9-q7", "run": info.id}
        assert round_of("k3x9-q7").text in texts(at)


def test_a_link_that_names_no_round_is_one_sentence(home):
    at = app("hunt", hunt="<b>*x*")
    assert not at.exception
    assert "is no round of the bug hunt: a code has six letters or digits" in at.main.warning[0].value
    assert "hunt" not in at.query_params
    assert not Store(home).runs()


def test_a_token_can_be_typed(home):
    at = app("hunt")
    at.text_input(key="hunt_typed").set_value("nothing").run()
    assert "six letters or digits" in at.main.warning[0].value
    at.text_input(key="hunt_typed").set_value("k3x9 7q").run()
    assert "a character is wrong, or two are swapped" in at.main.warning[0].value
    assert not Store(home).runs()
    at.text_input(key="hunt_typed").set_value("k3x9 q7").run()
    assert not at.main.warning
    assert at.query_params["hunt"] == "k3x9-q7"


def test_from_one_round_a_token_leads_to_another_and_back(home):
    at = app("hunt", hunt=HUGE)
    for token in (FROZEN, FROZEN, HUGE):
        at.text_input(key="hunt_typed").set_value(token).run()
        assert not at.exception
        assert at.query_params["hunt"] == token
        assert at.text_input(key="hunt_typed").value == ""
    at.button(key=f"hunt_again_{FROZEN}").click().run()
    assert at.query_params["hunt"] == FROZEN
    assert len(Store(home).runs()) == 2


def test_a_wrong_answer_is_argued_with_and_the_right_one_ends_the_round(home):
    at = opened(home, HUGE)
    answer(at, HUGE, "loss-summed", "loss_risen")
    (warning,) = at.main.warning
    assert "with this bug it would be above 3." in warning.value
    assert "Your evidence: The last loss minus the first is " in warning.value
    assert DEFECTS["huge-logits"].title not in warning.value
    assert at.button(key="hunt_reveal")
    answer(at, HUGE, "huge-logits", "first_loss")
    assert not at.main.warning
    assert at.success[0].value.startswith("Right: Huge initial logits.")
    assert "Your evidence shows it." in at.success[0].value
    assert "1 of 1 round found, 0 at the first answer" in texts(at)


def test_the_picture_holds_the_run_against_a_twin_that_is_trained_for_it(home):
    at = opened(home, HUGE)
    assert len(Store(home).runs()) == 1
    answer(at, HUGE, "huge-logits")
    assert not at.get("vega_lite_chart")
    trained_twin(home, at)
    assert at.get("vega_lite_chart")
    assert "Its healthy twin: " in texts(at)
    (twin,) = [info for info in Store(home).runs() if info.id.startswith("twin-")]
    assert Store(home).config(twin.id).defect is None
    assert Store(home).config(twin.id).seed == round_of(HUGE).seed


def test_giving_up_says_what_it_was_and_counts_as_not_found(home):
    at = opened(home, FROZEN)
    answer(at, FROZEN, "frozen-layer", layer="3.Linear")
    assert "it does not sit in 3.Linear" in at.main.warning[0].value
    at.button(key="hunt_reveal").click().run()
    assert "Here it is 5.Linear." in at.info[0].value
    assert "0 of 1 round found" in texts(at)


def test_a_round_without_a_bug(home):
    at = opened(home, TOKENS[None])
    answer(at, TOKENS[None], "No bug")
    assert "This run has no bug." in at.success[0].value
    assert at.get("vega_lite_chart")
    assert [info.id[:5] for info in Store(home).runs()] == ["hunt-"]


def test_what_the_browser_kept_closes_its_round_again(home):
    at = opened(home, HUGE)
    answer(at, HUGE, "loss-summed")
    answer(at, HUGE, "huge-logits")
    kept = to_json(at.session_state["hunt_rounds"])
    at = app("hunt", hunt=HUGE)
    assert at.button(key="hunt_answer")
    at.session_state["hunt_rounds"] = from_json(kept)  # as the browser's memory gives it back
    at.run()
    assert at.success[0].value.startswith("Right: Huge initial logits.")
    assert "1 of 1 round found, 0 at the first answer" in texts(at)


def test_a_kept_round_whose_run_was_deleted_is_trained_once_more(home):
    answered = {HUGE: Progress().after(round_of(HUGE), Answer("huge-logits"))}
    at = app("hunt")
    at.session_state["hunt_rounds"] = answered
    at.run().button(key=f"hunt_again_{HUGE}").click().run()
    assert not at.exception
    assert "this round's run is trained once more" in at.info[0].value
    assert not at.success


def test_a_run_of_a_round_whose_code_is_none_any_more_is_no_round(home):
    config = round_of(HUGE).config()
    run_id = Store(home).create(config, Store(home).dataset(""), prefix="hunt", hunt="k3x9-q8")
    at = app("hunt", run=run_id)
    assert not at.exception
    assert at.button(key="hunt_start")


@pytest.mark.parametrize("bug", ["targets-shifted", "contexts-reversed", "training-mode"])
def test_predict_shows_what_the_figures_of_its_bugs_read(home, bug):
    at = opened(home, TOKENS[bug])
    figure, run_id = FIGURES[DEFECTS[bug].figure], at.query_params["run"]
    at = app("predict", run=run_id, view=figure.view)
    assert not at.exception
    (table,) = [row.value for row in at.markdown if row.value.startswith("| Loss inside validation words")]
    loss, turned, after = (float(line.split("|")[2]) for line in table.splitlines()[2:5])
    value = figure.value(hunt.record(recorded.info(run_id)))
    if bug == "training-mode":
        assert f"**{value:.1%}** of the probability moves" in texts(at)
    else:
        beside = after if bug == "targets-shifted" else turned
        assert loss - beside == pytest.approx(value, abs=2e-3)
        assert "the same probabilities" in texts(at)


def test_another_session_still_sees_it_open(home):
    answer(opened(home, HUGE), HUGE, "huge-logits")
    at = app("hunt", hunt=HUGE)
    assert not at.success
    assert at.button(key="hunt_answer")
    assert not any("twin" in option for option in run_picker(at).options)


def test_lenses_lead_back_to_the_round(home):
    at = opened(home, HUGE)
    run_id = at.query_params["run"]
    at.query_params.clear()
    at.switch_page("../pages/gradients.py").run()
    assert at.query_params["run"] == run_id
    assert any(HUGE in link.proto.label for link in at.get("page_link"))
    at.query_params.clear()
    at.switch_page("../pages/hunt.py").run()
    assert at.query_params == {"hunt": HUGE, "run": run_id}


def test_choosing_another_run_leaves_the_round(home):
    at = opened(home, HUGE)
    other = Store(home).create(round_of(HUGE).config(healthy=True), Store(home).dataset(""))
    recorded.forget()
    at.run()
    run_picker(at).select(other).run()
    assert not at.exception
    assert at.query_params == {"run": other}
    assert HUGE in [button.label for button in at.button]


def test_a_late_address_does_not_bring_back_a_round_that_was_left(home):
    at = opened(home, HUGE)
    before = dict(at.query_params)
    other = Store(home).create(round_of(HUGE).config(healthy=True), Store(home).dataset(""))
    recorded.forget()
    at.run()
    run_picker(at).select(other).run()
    ask_with(at, **before)  # the browser had not heard of the new address
    at.run()
    assert at.query_params == {"run": other}


LOOKING = [name for name, place in PLACES.items() if place.group != "Labs"]  # pages that look into a run
EVERYWHERE = ("frozen-layer", "batchnorm-dims", "huge-logits")  # bugs that are looked for on all of them
MOST = ("train", "activations")  # and the others on those that say most of a run


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """By model and page: all that is sent of a round's run that has no bug."""
    folder, kept = tmp_path_factory.mktemp("healthy") / "home", {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "STEPS", STEPS)
        store = Store(folder)
        for model in rounds.MODELS:
            config = Round("k3x9-q7", model, None, None, 1).config()
            kept[model] = store.create(config, store.dataset(""), prefix="hunt", hunt="k3x9-q7")
            finish(store, kept[model])

    def sent(model: str, page: str) -> bytes:
        if (model, page) not in kept:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("EXPLORER_HOME", str(folder))
                kept[model, page] = _sent(page, kept[model])
        return kept[model, page]

    return sent


@pytest.mark.parametrize("bug", DEFECTS)
def test_nothing_that_is_sent_tells_an_open_round(home, bug, healthy, capsys):
    """A page names the bug as often as in a round of the same model that has none."""
    hidden, store = round_of(TOKENS[bug]), Store(home)
    assert hidden.defect.name == bug
    app("hunt", hunt=hidden.token)
    (info,) = store.runs()
    finish(store, info.id)
    recorded.forget()
    words = (bug, hidden.defect.title, hidden.defect.did)
    for page in LOOKING if bug in EVERYWHERE else MOST:
        sent, beside = _sent(page, info.id), healthy(hidden.model, page)
        assert [sent.count(word.encode()) for word in words] == [beside.count(word.encode()) for word in words], page
    assert main(["runs", "--json"]) == 0
    listed = capsys.readouterr().out
    assert not any(word in listed for word in words)
    assert [(run["run"], run["defect"]) for run in json.loads(listed)] == [(info.id, None)]


def _sent(page: str, run_id: str) -> bytes:
    """The messages of a page's first run, and its URL."""
    with everything_sent() as sent:
        at = app(None if page == "home" else page, run=run_id)
    assert not at.exception
    assert len(sent) > 5
    return b"".join(sent) + json.dumps(at.query_params).encode()


@pytest.mark.parametrize("page", ["convolution", "learning_rate"])
def test_a_lab_stands_beside_a_run_whose_statistics_are_not_those_of_its_text(home, page):
    at = opened(home, TOKENS["batchnorm-dims"])
    at.switch_page(f"../pages/{page}.py").run()
    assert not at.exception
    if page == "learning_rate":
        at.toggle(key="finder_goes_on").set_value(True).run()
        assert not at.exception
    else:
        assert "has statistics for each position" in texts(at)
