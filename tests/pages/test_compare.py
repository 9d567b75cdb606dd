"""Compare: two runs side by side."""

from dataclasses import replace

import numpy as np
import pytest

from core.dataset import Dataset
from core.runs.claims import hold, take_queued
from core.runs.store import Store
from core.runs.worker import Worker
from core.training.config import RunConfig
from explorer.charts.compare_losses import HERE, THERE
from explorer.feeds import compare, recorded
from explorer.hunts import Progress
from explorer.panels.compare import FULL, NEAR
from tests.explorer.app import app, texts

WORDS = Dataset.from_text("\n".join(Dataset.builtin().words[:300]), "three hundred names")
TEXT = "Embedding(27, 4)\nFlattenConsecutive(2)\nLinear(8, 12)\nTanh()\nFlattenConsecutive(2)\nLinear(24, 27)"


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    yield Store(tmp_path)
    recorded.forget()


def train(store, run_id):
    with hold(store, run_id) as held:
        assert held
        assert take_queued(store, run_id, limit=99)
        Worker(store, run_id).run()
    return run_id


@pytest.fixture
def pair(store):
    """A run, and its fork at step 100 with half the learning rate."""
    parent = train(store, store.create(RunConfig(TEXT, context=4, steps=200, lr_drop_step=None), WORDS))
    return parent, train(store, store.fork(parent, 100, {"lr": 0.05}))


def test_a_fork_is_laid_beside_its_parent(store, pair):
    parent, fork = pair
    at = app("compare", run=fork)
    assert not at.exception
    assert at.selectbox(key="compare_other").value == parent
    assert at.query_params["with"] in (parent, [parent])
    said = texts(at).replace("\\", "")  # as it is read, without Markdown's
    assert "step 101" in said
    assert "1.Embedding.weight" in said
    assert "lr 0.05 here, 0.1 there" in said
    for run in map(store.run, (fork, parent)):
        assert f"{run.id}, in the end {run.train_loss:.3f} train, {run.val_loss:.3f} validation" in said


def test_where_two_runs_part_early_the_first_steps_are_shown(store):
    """Of all 500 steps the mark at step 21 would lie on the axis."""
    parent = train(store, store.create(RunConfig(TEXT, context=4, steps=500, lr_drop_step=None), WORDS))
    fork = train(store, store.fork(parent, 20, {"lr": 0.5}))
    at = app("compare", run=fork, **{"with": parent})
    (span,) = (group for group in at.get("button_group") if group.key == "compare_span")
    assert span.value == NEAR
    span.set_value(FULL).run()
    assert not at.exception
    tables = compare.losses(fork, parent, 10, until=105)
    assert tables["anchors"]["step"].to_pylist() == [0, 105]
    smooth = tables["smooth"].to_pandas()
    here, there = (smooth[smooth["run"] == run].set_index("step")["loss"] for run in (HERE, THERE))
    assert here.index.max() == 105
    assert here[20] == there[20] == pytest.approx(10 ** np.log10(recorded.losses(parent)[10:20]).mean(), rel=1e-5)
    assert here[30] != there[30]


def test_a_run_that_has_taken_no_step_is_not_the_first_suggestion(store, pair):
    parent, fork = pair
    waiting = store.fork(parent, 100, {"lr": 0.025})
    choice = app("compare", run=parent).selectbox(key="compare_other")
    assert choice.value == fork
    assert any(waiting in option for option in choice.options)


@pytest.mark.parametrize("view", ["Outputs", "Gradients", "Weights"])
def test_layers_stand_beside_each_other(pair, view):
    at = app("compare", run=pair[1])
    at.get("button_group")[0].set_value(view).run()
    assert not at.exception
    assert len(at.get("vega_lite_chart")) == 1


def test_a_link_names_the_other_run(store, pair):
    third = train(store, store.fork(pair[0], 50, {"lr": 0.2}))
    at = app("compare", run=pair[1], **{"with": third})
    assert at.selectbox(key="compare_other").value == third
    assert "step 51" in texts(at)


def test_the_same_run_again_is_the_same(store, pair):
    again = train(store, store.fork(pair[0], 100))
    at = app("compare", run=again, **{"with": pair[0]})
    assert "same, to the last bit" in at.success[0].value


def test_numbers_are_spelt_as_elsewhere_and_how_a_run_diverged_is_said(store, pair):
    diverged = train(store, store.create(RunConfig(TEXT, context=4, steps=2_000, lr=0.2, lr_drop_step=1_500), WORDS))
    with store.database.write() as connection:
        connection.execute("UPDATE runs SET state = 'diverged' WHERE id = ?", (diverged,))
    said = texts(app("compare", run=diverged, **{"with": pair[0]})).replace("\\", "")
    assert "Drop after 1,500 here, none there." in said
    assert f"Thin: {diverged}, diverged at step 2,000." in said


def test_a_single_run_says_what_to_do(store):
    alone = train(store, store.create(RunConfig(TEXT, context=4, steps=20), WORDS))
    at = app("compare", run=alone)
    assert not at.exception
    assert "fork this one" in texts(at)


def test_other_words_are_no_counterpart(store, pair):
    words = Dataset.from_text("\n".join(Dataset.builtin().words[300:600]), "others")
    other = train(store, store.create(RunConfig(TEXT, context=4, steps=20), words))
    at = app("compare", run=pair[0], **{"with": other})
    assert not at.exception
    assert "different words" in texts(at)


def test_where_a_run_of_an_open_round_parts_from_a_healthy_one_is_not_said(store):
    config = RunConfig(TEXT, context=4, steps=40)
    healthy = train(store, store.create(config, WORDS))
    bug = replace(config, defect="frozen-layer:3.Linear")
    hunted = train(store, store.create(bug, WORDS, prefix="hunt", hunt="k3x9-q7"))
    for here, there in ((hunted, healthy), (healthy, hunted)):
        at = app("compare", run=here, **{"with": there})
        assert not at.exception
        assert "Where they part is told once the round is closed." in texts(at)
        assert "They part" not in texts(at)
    at.session_state["hunt_rounds"] = {"k3x9-q7": Progress(revealed=True)}
    said = texts(at.run()).replace("\\", "")
    assert "in the gradient of **3.Linear**" in said
    assert "No setting differs" not in said


def test_both_runs_stand_in_the_picture_s_tables(pair):
    tables = compare.losses(*pair, 10)
    assert set(tables["smooth"]["run"].to_pylist()) == {HERE, THERE}
    assert tables["anchors"]["step"].to_pylist() == [0, 200]
