"""Forks, planted bugs and runs that end early, in scripts."""

import contextlib
import io
from dataclasses import replace

import numpy as np
import pytest

from core.export.errors import ExportError
from core.export.phases import Phase, at_each, phases, rates
from core.export.script import script
from core.nn.presets import preset
from core.training.config import RunConfig, of_preset
from core.training.trainer import Trainer

STEPS = 40
PLAIN = RunConfig("Embedding(27, 4)\nLastPosition()\nLinear(4, 27)", context=2, steps=STEPS, lr_drop_step=30)


@pytest.fixture
def parent(recorded):
    return recorded(PLAIN)


def losses_of(source: str) -> np.ndarray:
    """What a script of this project's own writing computes."""
    names: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source, names)  # noqa: S102
    return np.array(names["losses"])


def test_a_fork_with_another_rate_and_penalty_is_its_parent_up_to_there(store, parent, few):
    fork = store.fork(parent, 20, {"lr": 2.0, "lr_after": 0.3, "l2": 0.5})
    config = store.config(fork)
    trainer = Trainer(config, few)
    trainer.restore(store.checkpoint(fork)[1])
    after = np.empty(STEPS - 20, np.float32)
    trainer.advance(STEPS - 20, after)
    source = script(phases(store, store.run(fork)), few)
    assert (
        "if step <= 20:\n        lr = 0.1\n    elif step <= 30:\n        lr = 2.0\n    else:\n        lr = 0.3"
        in source
    )
    assert "l2 = 0.0 if step <= 20 else 0.5" in source
    expected = np.concatenate([store.losses(parent)[:20], after])
    assert np.abs(losses_of(source) - expected).max() < 1e-5


def test_a_fork_of_a_fork_has_three_rates_and_more_steps(store, recorded, few):
    first = recorded(replace(PLAIN, lr_drop_step=None))
    second = store.fork(first, 10, {"lr": 0.2})
    config = store.config(second)
    trainer = Trainer(config, few)
    trainer.restore(store.checkpoint(second)[1])
    found = [Phase(10, store.config(first)), Phase(25, config), Phase(50, replace(config, lr=0.4, steps=50))]
    assert at_each(found, rates) == [(10, 0.1), (25, 0.2), (50, 0.4)]


def test_a_run_that_was_not_forked_is_one_phase(store, parent):
    assert phases(store, store.run(parent)) == [Phase(STEPS, store.config(parent))]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"model": "Embedding(27, 4)\nLastPosition()\nTanh()\nLinear(4, 27)"}, "another model text"),
        ({"batch_size": 16}, "another batch size"),
        ({"optimiser": "adamw"}, "another optimiser"),
    ],
)
def test_a_fork_that_a_script_cannot_tell_is_refused_in_one_sentence(store, parent, changes, what):
    fork = store.fork(parent, 20, changes)
    with pytest.raises(ExportError, match=what) as error:
        phases(store, store.run(fork))
    assert "\n" not in str(error.value)


def test_a_fork_whose_parent_is_deleted_is_refused(store, parent):
    fork = store.fork(parent, 20)
    store.delete(parent)
    with pytest.raises(ExportError, match=f"goes on from {parent}, which is deleted"):
        phases(store, store.run(fork))


def test_a_planted_bug_is_not_repeated_and_that_is_said(store, few):
    run_id = store.create(of_preset(preset("wavenet"), few, steps=5, defect="huge-logits"), few)
    with pytest.raises(ExportError, match="planted bug"):
        phases(store, store.run(run_id))


def test_a_run_that_diverged_ends_where_it_ended(store, recorded, few):
    run_id = recorded(replace(PLAIN, lr=1e38))
    info = store.run(run_id)
    assert info.state == "diverged"
    source = script(phases(store, info), few)
    assert f"max_steps = {info.step}\n" in source
    assert "New words" not in source
    losses = losses_of(source)
    assert np.isfinite(losses[:-1]).all()
    assert not np.isfinite(losses[-1])
