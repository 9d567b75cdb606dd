"""Take it with you, on Train: what is offered of which run."""

from core.nn.presets import preset
from core.runs.store import Store
from core.training.config import of_preset
from explorer.panels.run.take_along import _made
from tests.explorer.app import app, texts

OPEN = "take_along"
FORMS = ("script", "notebook", "weights", "csv", "parquet", "tensorboard")


def opened(run_id: str):
    at = app("train", run=run_id)
    at.session_state[OPEN] = True
    return at.run()


def offered(at) -> dict[str, bool]:
    """By form: can it be had?"""
    return {button.key.removeprefix("take_"): not button.disabled for button in at.download_button}


def test_nothing_is_made_or_drawn_before_it_is_opened(trained):
    at = app("train", run=trained())
    assert not at.exception
    assert not at.download_button


def test_a_run_is_offered_in_every_form(trained):
    at = opened(trained())
    assert not at.exception
    assert offered(at) == dict.fromkeys(FORMS, True)
    assert "As safetensors, after step 6." in texts(at)


def test_weights_are_of_the_chosen_moment(trained):
    at = app("train", run=trained(), step="3")
    at.session_state[OPEN] = True
    assert "As safetensors, after step 3." in texts(at.run())


def test_what_is_downloaded_is_the_run(trained):
    run_id = trained("bigram", model="Counts(27)", context=1)
    assert b"class Counts:" in _made(run_id, "script", None, False)
    assert _made(run_id, "csv", None, False).startswith(b"PK")


def test_an_open_round_of_the_hunt_offers_no_code_and_says_why(home):
    store = Store(home)
    words = store.dataset("")
    run_id = store.create(of_preset(preset("mlp"), words, defect="huge-logits"), words, hunt="k3x9-q7")
    at = opened(run_id)
    assert not at.exception
    assert offered(at) == dict.fromkeys(FORMS, True) | {"script": False, "notebook": False, "weights": False}
    assert "would give it away: answer first" in texts(at)
    assert "huge" not in texts(at)
    assert "has no weights yet" in texts(at)


def test_a_planted_bug_is_said_where_the_script_would_be(home):
    store = Store(home)
    words = store.dataset("")
    run_id = store.create(of_preset(preset("mlp"), words, defect="huge-logits"), words)
    at = opened(run_id)
    assert not offered(at)["script"]
    assert "A script does not repeat a planted bug" in texts(at)
