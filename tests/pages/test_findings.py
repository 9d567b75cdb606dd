"""Findings stand beside the title of Train and of every lens, at the moment that is looked at, and nowhere else."""

import numpy as np
import pytest

from core.dataset import Dataset
from core.lenses.diagnosis.rules import RULES
from core.nn.presets import PRESETS
from core.runs.claims import hold, take_queued
from core.runs.info import Evaluation
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.runs.worker import Worker
from core.training import probe
from core.training.config import RunConfig, of_preset
from core.training.trainer import Trainer
from explorer import hunts
from explorer.feeds import diagnosis, recorded
from explorer.navigation import PLACES
from explorer.panels.diagnosis_cards import SHOWS, _cards
from tests.explorer.app import app, texts
from tests.explorer.recorded import record

LENSES = ("train", "shapes", "activations", "gradients", "receptive_field", "predict")
WORDS = Dataset.from_text("\n".join(Dataset.builtin().words[:400]), "four hundred names")


@pytest.fixture
def trained(home):
    """`trained("mlp-2003")`: id of a run of 30 steps, recorded at every tenth; `state="paused"`: in its middle."""

    def train(name: str, state: str = "finished", **changes) -> str:
        store = Store(home)
        config = of_preset(PRESETS[name], WORDS, steps=60 if state == "paused" else 30, **changes)
        run_id = store.create(config, WORDS, paused=state == "paused")
        recorder, trainer = Recorder(store.database, run_id), Trainer(store.config(run_id), WORDS)
        recorder.checkpoint(trainer.checkpoint(), True)
        for _ in range(3):
            losses = np.empty(10, np.float32)
            step = trainer.step
            trainer.advance(
                10, losses, lambda at: recorder.frame(probe.look(at.model, at.step, at.loss, at.lr(at.step)), True)
            )
            recorder.losses(step + 1, losses)
            recorder.checkpoint(trainer.checkpoint(), True)
            recorder.evaluation(Evaluation(trainer.step, "val", trainer.evaluate("val", 100), 100))
        recorder.status(state=state, step=trainer.step)
        recorder.flush()
        recorded.forget()
        return run_id

    return train


def labels(at) -> list[str]:
    return [block.proto.popover.label for block in at.get("popover") if "finding" in block.proto.popover.label]


def names(run_id: str, moment: int | None = None) -> list[str]:
    return [finding.rule.name for finding in diagnosis.findings(recorded.info(run_id), moment)]


@pytest.mark.parametrize("page", LENSES)
@pytest.mark.parametrize("state", ["finished", "paused"])
def test_a_run_that_starts_badly(trained, page, state):
    at = app(page, run=trained("mlp-2003", state))
    assert not at.exception
    assert labels(at) == ["2 findings"]
    assert "The loss of step 1 is " in texts(at)
    assert "% of what 4.Tanh puts out is beyond ±0.97" in texts(at)
    assert "In the course: part 3" in texts(at)


@pytest.mark.parametrize("page", LENSES)
def test_a_healthy_run_shows_nothing(trained, page):
    at = app(page, run=trained("wavenet"))
    assert not at.exception
    assert labels(at) == []


@pytest.mark.parametrize("page", LENSES)
def test_nothing_is_found_where_there_is_no_run(home, page):
    at = app(page)
    assert not at.exception
    assert labels(at) == []


def test_a_run_that_waits_has_no_findings(home):
    run_id = record(home, np.empty(0, np.float32), state="queued")
    assert labels(app("activations", run=run_id)) == []


def test_they_are_those_of_the_moment(trained):
    run_id = trained("mlp-2003")
    assert names(run_id, 0) == []
    assert names(run_id, 10) == ["first-loss", "saturated-layer"]
    assert labels(app("activations", run=run_id, step="0")) == []


def test_evaluation_in_training_mode_is_found_by_measuring_again(trained):
    assert names(trained("wavenet", defect="training-mode")) == ["training-mode"]


def test_an_open_round_of_the_bug_hunt_shows_none(trained, monkeypatch):
    """Finding is the user's part there."""
    run_id = trained("mlp-2003")
    monkeypatch.setattr(hunts, "is_open", lambda info: True)
    assert labels(app("activations", run=run_id)) == []


def test_a_run_that_diverged_is_led_to_its_black_box(home):
    store = Store(home)
    text = f"Embedding({WORDS.vocab_size}, 4)\nFlattenConsecutive(3)\nLinear(12, {WORDS.vocab_size})"
    config = RunConfig(text, context=3, lr=1e30)
    run_id = store.create(config, WORDS)
    with hold(store, run_id):
        take_queued(store, run_id, limit=1)
        Worker(store, run_id).run()
    at = app("train", run=run_id)
    assert not at.exception
    assert "The loss diverges" in texts(at)
    assert "See it on Black box" in [link.proto.label for link in at.get("page_link")]


def test_every_rule_is_shown_on_a_page():
    assert SHOWS.keys() == {rule.name for rule in RULES}
    assert {page for page, _ in SHOWS.values()} <= PLACES.keys()


def test_cards_of_a_run_that_is_deleted_while_they_tick_have_the_page_drawn_anew(home, monkeypatch):
    class Anew(Exception):
        pass

    def anew():
        raise Anew

    monkeypatch.setattr("streamlit.rerun", anew)
    with pytest.raises(Anew):
        _cards("deleted-k3x9q2")
