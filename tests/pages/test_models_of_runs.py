"""Models in memory: one of a run that is followed, and in all no more than there is room for."""

import numpy as np
import pytest

from core.runs.recorder import Recorder
from core.runs.store import Store
from explorer.feeds import models as feed
from explorer.feeds import recorded


@pytest.fixture
def models():
    feed._models.clear()
    yield lambda: [loaded.key[2] for loaded in feed._models.values()]
    feed._models.clear()


def test_of_a_run_that_is_followed_only_the_latest_model_stays(home, trained, models):
    run_id = trained("mlp", state="running")
    feed.of_run(run_id, 2)
    for step in range(7, 12):
        state = dict(Store(home).checkpoint(run_id)[1]) | {"step": np.array(step)}
        recorder = Recorder(Store(home).database, run_id)
        recorder.checkpoint(state, False)
        recorder.flush()
        feed._steps.clear()
        assert feed.of_run(run_id, None).step == step
    assert models() == [2, 11]
    assert feed.of_run(run_id, None) is feed.of_run(run_id, None)


def test_models_make_room_for_others_by_their_size(trained, models, monkeypatch):
    run_id = trained("mlp")
    size = recorded.info(run_id).parameters
    monkeypatch.setattr(feed, "KEPT_PARAMETERS", 2 * size)
    for step in (1, 2, 3, 4):
        feed.of_run(run_id, step)
    assert models() == [2, 3, 4]
    feed.of_run(run_id, 2)
    feed.of_run(run_id, 5)
    assert models() == [4, 2, 5]
    monkeypatch.setattr(feed, "KEPT_PARAMETERS", 0)
    assert feed.of_run(run_id, 6).step == 6
    assert models() == [6]
