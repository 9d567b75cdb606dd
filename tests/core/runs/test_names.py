"""What people call a run, and what tells it from others."""

from dataclasses import replace

import pytest

from core.nn.presets import preset
from core.runs.names import called, described, given
from core.runs.store import Store
from core.training.config import RunConfig


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def info(store):
    mlp = preset("mlp")
    config = RunConfig(model=mlp.text(27), context=mlp.context, preset="mlp", lr=0.05, seed=7)
    return store.run(store.create(config, store.dataset("")))


def test_without_a_name_the_id_is_one(info):
    assert (given(info), called(info)) == ("", info.id)
    assert described(info, info.dataset) == "lr 0.05 · seed 7"


def test_a_name_comes_first_and_a_long_one_is_cut(info):
    named = replace(info, name="half\nthe rate of all the others")
    assert called(named) == "half the rate of al…"
    assert described(named, info.dataset) == "half the rate of al… · lr 0.05 · seed 7"


def test_all_that_is_not_as_usual_is_said(info):
    other = replace(info, words="words.txt", defect="no-gain", parent="mlp-k3x9q2", parent_step=1_000)
    said = "words.txt · lr 0.05 · seed 7 · bug no-gain · fork of k3x9q2 at 1,000"
    assert described(other, "other words") == said
    assert "words.txt" not in described(replace(other, dataset=""), "other words"), "a watched run's are unknown"


@pytest.mark.parametrize(("name", "kept"), [("mlp", "model"), ("mine", "mine")])
def test_a_fork_with_another_model_keeps_a_given_name_alone(store, info, name, kept):
    config = replace(store.config(info.id), preset=None)
    row = store._row(replace(info, name=name), config, store.dataset(""), 0, None, None, False)
    assert row["name"] == kept
