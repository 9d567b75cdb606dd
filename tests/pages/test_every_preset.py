"""Every page shows every preset: before anything is recorded, and in the middle of a run with the preset's settings."""

import pytest
import torch

from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.runs.info import Evaluation
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training import probe
from core.training.config import of_preset
from core.training.sampling import sample
from core.training.trainer import Trainer
from explorer.feeds import recorded
from explorer.navigation import PLACES
from tests.explorer.app import app, texts

STEPS = 3  # of twice as many
WORDS = Dataset.from_text("\n".join(Dataset.builtin().words[:400]), "four hundred names")
LENSES = ("train", "shapes", "activations", "gradients", "receptive_field", "predict")  # look into the run
SEARCHING = "learning_rate"  # trains the run's model for 1,000 steps
QUICK = ("bigram", "bigram-nn", "mlp")
LABS = [page for page in PLACES if page not in (*LENSES, SEARCHING)]  # take the run's words alone


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """By preset: a run that waits, and one that has taken half its steps. All tests of this file look at the same."""
    folder = tmp_path_factory.mktemp("every") / "home"
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(folder))
        torch.set_num_threads(1)
        store = Store(folder)
        yield {name: (store.create(_config(name), WORDS), _half_done(store, name)) for name in PRESETS}
        torch.set_num_threads(threads)
        recorded.forget()


def _config(name):
    steps = 1 if name == "bigram" else 2 * STEPS
    return of_preset(PRESETS[name], WORDS, steps=steps)


def _half_done(store, name):
    run_id = store.create(_config(name), WORDS, paused=True)
    recorder, trainer = Recorder(store.database, run_id), Trainer(store.config(run_id), WORDS)
    recorder.checkpoint(trainer.checkpoint(), True)
    for _ in range(min(STEPS, trainer.config.steps)):
        trainer.advance(1, look=lambda at: recorder.frame(probe.look(at.model, at.step, at.loss, at.lr(at.step)), True))
        recorder.checkpoint(trainer.checkpoint(), True)
        recorder.losses(trainer.step, [trainer.loss])
    recorder.evaluation(Evaluation(trainer.step, "val", trainer.evaluate("val"), WORDS.size("val")))
    recorder.samples(trainer.step, sample(trainer.model, WORDS, 3))
    recorder.status(state="paused", step=trainer.step)
    recorder.flush()
    return run_id


def shown(page, run_id):
    at = app(None if page == "home" else page, run=run_id)
    assert not at.exception
    assert not at.error
    return at


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("page", LENSES)
def test_a_page_shows_a_run_in_its_middle(runs, page, name):
    at = shown(page, runs[name][1])
    if (page, name) == ("gradients", "bigram"):
        assert "it has no gradients" in texts(at)
    else:
        assert at.get("vega_lite_chart")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("page", LENSES)
def test_a_page_shows_a_run_that_waits(runs, page, name):
    shown(page, runs[name][0])


@pytest.mark.parametrize("name", QUICK)
def test_a_rate_is_searched_for_the_run_s_model(runs, name):
    shown(SEARCHING, runs[name][1])


@pytest.mark.parametrize("page", LABS)
def test_a_lab_stands_beside_a_model_of_blocks(runs, page):
    shown(page, runs["wavenet-paper"][1])


@pytest.mark.parametrize("name", PRESETS)
def test_every_view_of_what_layers_put_out(runs, name):
    at = _choose(shown("activations", runs[name][1]), "lens_layers", "All")
    for view in ("Over time", "Unit by unit", "BatchNorm"):
        _choose(at, "activations_view", view)


@pytest.mark.parametrize(("name", "switches", "menus"), [("bigram", 0, 0), ("wavenet", 1, 0), ("wavenet-paper", 0, 1)])
def test_kinds_of_layers_are_offered_where_there_are_some_and_many_in_a_menu(runs, name, switches, menus):
    at = shown("activations", runs[name][1])
    assert [widget.key for widget in at.get("button_group")].count("lens_layers") == switches
    assert [widget.key for widget in at.selectbox].count("lens_layers") == menus


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "bigram"])
def test_every_view_of_gradients(runs, name):
    at = _choose(shown("gradients", runs[name][1]), "lens_layers", "All")
    for view in ("Over time", "Update : data", "Gradient : data"):
        _choose(at, "gradients_view", view)
        assert ("AdamW" in texts(at)) == (view == "Update : data" and _config(name).optimiser == "adamw")


def _choose(at, key, value):
    """Where the page offers it."""
    for menu in at.selectbox:
        if menu.key == key:
            menu.set_value(value).run()
    for group in at.get("button_group"):
        if group.key == key and (value in group.options or any(o.content == value for o in group.proto.options)):
            group.set_value(value).run()
    assert not at.exception
    assert not at.error
    return at
