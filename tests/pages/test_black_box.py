"""The page Black box: what broke first, in runs that a worker has really trained until their loss was no number."""

import pytest

from core.dataset import Dataset
from core.runs.claims import hold, take_queued
from core.runs.store import Store
from core.runs.worker import Worker
from core.training import replay
from core.training.config import RunConfig
from explorer.feeds import recorded
from tests.explorer.app import app, texts
from tests.explorer.recorded import falling, record

WORDS = Dataset.from_text("\n".join(Dataset.builtin().words[:400]), "four hundred names")
LATE = {"lr_drop_step": 40, "lr_after": 1e38}  # broken by the update of step 41
RELU = "Embedding({0}, 10)\nFlattenConsecutive(8)\nLinear(80, 50)\nReLU()\nLinear(50, 50)\nReLU()\nLinear(50, {0})"


@pytest.fixture
def diverged(home):
    """`diverged(**LATE)`: id of a run that a worker has trained until it diverged."""

    def train(**changes) -> str:
        store = Store(home)
        run_id = store.create(RunConfig(RELU.format(WORDS.vocab_size), steps=500, **changes), WORDS)
        with hold(store, run_id):
            take_queued(store, run_id, limit=1)
            Worker(store, run_id).run()
        assert store.run(run_id).state == "diverged"
        recorded.forget()
        return run_id

    return train


def shown(run_id=None):
    at = app("black_box", **({"run": run_id} if run_id else {}))
    assert not at.exception
    assert at.title[0].value == "What broke first?"
    return at


def test_without_a_run(home):
    assert "No run yet" in texts(shown())


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("paused", "So far no loss of this run is NaN or Inf"),
        ("finished", "No loss of this run is NaN or Inf"),
        ("stopped", "No loss of this run is NaN or Inf"),
        ("diverged", "its last steps were not kept"),
    ],
)
def test_a_run_that_has_none_says_why(home, state, said):
    at = shown(record(home, falling(20), state=state, steps=40))
    assert said in texts(at)
    assert not at.get("vega_lite_chart")


def test_says_what_broke_first_and_what_passed_it_on(diverged):
    at = shown(diverged(**LATE))
    assert "broke first" in texts(at)
    assert "though all that it reads is finite" in texts(at)
    assert "only passed it on" in texts(at)
    assert "kept whole: every activation, gradient and weight" in texts(at)
    assert {metric.label for metric in at.metric} == {"Step", "Batch loss", "Weights up to", "Gradients up to"}
    batch, order = (frame.value for frame in at.dataframe)
    assert len(batch) == 32
    assert set(batch["context"].str.len()) == {8}
    assert (batch["NaN or Inf"] == "✕").any()
    assert list(order["pass"].unique()) == ["forward", "loss", "backward"]
    assert order.iloc[0][""] == "produced here"


@pytest.mark.parametrize("view", ["Outputs", "Weights", "Gradients of outputs", "Gradients of weights"])
def test_every_view(diverged, view):
    at = shown(diverged(**LATE))
    (switch,) = (group for group in at.get("button_group") if group.key == "black_box_view")
    switch.set_value(view).run()
    assert not at.exception
    assert len(at.get("vega_lite_chart")) == 1


def test_a_large_model_says_how_many_steps_are_whole(diverged, monkeypatch):
    monkeypatch.setattr(replay.record, "__defaults__", (replay.record.__defaults__[0], 400_000))
    assert "as the model is large, 2 of them whole" in texts(shown(diverged(**LATE)))


def test_an_update_that_broke_the_weights_names_its_own_batch(diverged):
    at = shown(diverged(lr=0.1, lr_drop_step=20, lr_after=1e38, optimiser="adamw"))
    assert "The update of step 21 broke" in texts(at) or "broke first" in texts(at)
    assert "The batch of step 2" in texts(at)
