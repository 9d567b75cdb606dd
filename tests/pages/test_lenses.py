"""What holds for every lens page: it stands without a run and with any, and its specs are constant."""

import pytest

from core.runs.store import Store
from explorer.chapters import CHAPTERS
from tests.explorer.app import app, spec, texts
from tests.explorer.recorded import falling, record

QUESTIONS = {
    "shapes": "What shape comes out of each layer?",
    "activations": "What does each layer put out?",
    "gradients": "Does the gradient reach every layer?",
    "receptive_field": "What can each node see?",
    "predict": "What comes next?",
}
NEED_A_RUN = ("activations", "gradients", "predict")
NO_NORM = "Embedding(27, 10)\nFlattenConsecutive(3)\nLinear(30, 20)\nTanh()\nLinear(20, 27)"


def charts(at):
    return at.get("vega_lite_chart")


@pytest.mark.parametrize("page", QUESTIONS)
def test_without_a_run(home, page):
    """Pages that need one offer the button that makes one; the others look at a preset."""
    at = app(page)
    assert not at.exception
    assert at.title[0].value == QUESTIONS[page]
    assert len(at.caption) >= 1
    if page in NEED_A_RUN:
        assert "No run yet" in texts(at)
        (button,) = (b for b in at.button if b.label == "Train wavenet")
        button.click().run()
        assert [run.preset for run in Store(home).runs()] == ["wavenet"]
    else:
        assert len(charts(at)) == 1


@pytest.mark.parametrize("page", QUESTIONS)
def test_a_queued_run_that_recorded_nothing(home, page):
    at = app(page, run=record(home, falling(0), state="queued", steps=500))
    assert not at.exception
    assert page == "shapes" or "Next in the queue" in texts(at)


@pytest.mark.parametrize("page", QUESTIONS)
def test_an_unknown_run_is_one_sentence(home, page):
    at = app(page, run="wavenet-nosuch")
    assert not at.exception
    assert page not in NEED_A_RUN or "There is no run 'wavenet-nosuch' here" in texts(at)


@pytest.mark.parametrize("state", ["running", "paused", "finished", "stopped", "failed"])
@pytest.mark.parametrize("page", QUESTIONS)
def test_every_state_draws_its_picture(trained, page, state):
    at = app(page, run=trained(state=state))
    assert not at.exception
    assert not at.error
    assert len(charts(at)) >= 1


@pytest.mark.parametrize("page", QUESTIONS)
def test_specs_do_not_change_between_runs(trained, page):
    """The guard against flicker: a rerun, and another moment, change data only."""
    run_id = trained()
    at = app(page, run=run_id)
    before = spec(at)
    assert spec(at.run()) == before
    assert spec(app(page, run=run_id, step="2")) == before


@pytest.mark.parametrize("page", QUESTIONS)
def test_the_first_and_last_moment(trained, page):
    """Step 0 is before the first frame, 999 after the last."""
    run_id = trained("mlp")
    for step in ("0", "999"):
        at = app(page, run=run_id, step=step)
        assert not at.exception


@pytest.mark.parametrize("page", QUESTIONS)
def test_a_model_without_batch_norm_and_with_huge_steps(trained, page):
    at = app(page, run=trained("mlp", model=NO_NORM, lr=1e18))
    assert not at.exception


@pytest.mark.parametrize("page", QUESTIONS)
def test_words_for_later_fold_away(trained, page):
    at = app(page, run=trained("mlp"))
    (fold,) = (fold for fold in at.expander if "something to try" in fold.label)
    assert CHAPTERS[page].title in fold.caption[0].value


@pytest.mark.parametrize("page", QUESTIONS)
def test_every_picture_has_an_alternative_text(trained, page):
    for chart in charts(app(page, run=trained("mlp"))):
        assert len(chart.proto.alt) > 20
