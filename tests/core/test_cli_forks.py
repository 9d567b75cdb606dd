"""fork, rename, star, delete: as a script meets them."""

import json

import numpy as np
import pytest

from core.lenses.hunt.rounds import MODELS, Round, places
from core.runs.claims import hold, take_queued
from core.runs.store import Store
from core.training.defects import DEFECTS
from core.training.trainer import Trainer

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture
def trained(trained_for):
    return trained_for(120)


def test_a_fork_trains_here_and_prints_what_train_prints(call, trained, home):
    status, out, err = call("fork", trained, "--step", "100", "--lr", "0.01", "--name", "slower", "--json")
    assert (status, err) == (0, "")
    result, store = json.loads(out), Store(home)
    info = store.run(result["run"])
    assert (info.parent, info.parent_step, info.name, info.lr, info.state) == (trained, 100, "slower", 0.01, "finished")
    config = store.config(info.id)
    trainer, losses = Trainer(config, store.dataset(config.dataset)), np.empty(20, np.float32)
    trainer.restore(store.checkpoint(trained, 100)[1])
    trainer.advance(20, losses)
    assert result["losses"] == store.losses(trained)[:100].tolist() + losses.tolist()


def test_a_fork_may_have_another_model(call, trained, home, tmp_path):
    text = tmp_path / "model.txt"
    text.write_text(Store(home).config(trained).model.replace("Tanh()", "ReLU()"))
    status, out, _ = call("fork", trained, "--step", "0", "--model", str(text), "--json")
    assert status == 0
    assert json.loads(out)["preset"] is None
    text.write_text("Lineer(1)")
    status, out, err = call("fork", trained, "--model", str(text))
    assert (status, out) == (2, "")
    assert err.startswith(f"Error: {text}: line 1: there is no layer Lineer")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fork", "nobody", "--lr", "0.1"], "There is no run 'nobody' here"),
        (["fork", "RUN", "--seed", "7"], "The seed stays 42"),
        (["fork", "RUN"], "Nothing is left to train after step 120 of 120: fork from an earlier one or raise steps."),
        (["fork", "RUN", "--step", "999999"], "of 120, the last checkpoint before step 999,999: fork from an earlier"),
        (["fork", "RUN", "--step", "-1"], "has no checkpoint at or before step -1: its first is at step 0"),
        (["fork", "RUN", "--lr", "0"], "lr is 0.0: a learning rate is a number above 0"),
        (["fork", "RUN", "--step", "60", "--context", "8"], "unrecognized arguments: --context 8"),
        (["fork", "RUN", "--step", "60", "--defect", "gremlin"], "There is no bug 'gremlin'"),
        (["rename", "nobody", "x"], "There is no run 'nobody' here"),
        (["rename", "RUN", " "], "A run's name is one line of 1 to 60 characters"),
        (["star", "nobody"], "There is no run 'nobody' here"),
        (["delete", "RUN", "nobody"], "There is no run 'nobody' here"),
    ],
)
def test_bad_input_is_one_line_and_status_2_and_changes_nothing(call, trained, home, arguments, sentence):
    before = Store(home).runs()
    status, out, err = call(*[trained if argument == "RUN" else argument for argument in arguments])
    assert (status, out) == (2, "")
    assert err.startswith("Error: ")
    assert sentence in err
    assert err.count("\n") == 1
    assert Store(home).runs() == before


def test_no_sentence_tells_which_bug_a_round_of_the_hunt_has(call, home, tmp_path):
    """Not even that a bug does not fit another model: whatever is hidden, the answer is the same."""
    store, text = Store(home), tmp_path / "model.txt"
    text.write_text("Embedding(27, 2)\nFlattenConsecutive(8)\nLinear(16, 27)")
    said = set()
    for model in MODELS:
        for bug in (None, *DEFECTS.values()):
            for layer in [None] if bug is None or not bug.single else places(bug, model)[-1:]:
                if bug is None or places(bug, model):
                    config = Round("k3x9-q7", model, bug, layer, 1).config()
                    run_id = store.create(config, store.dataset(""), prefix="hunt", hunt="k3x9-q7")
                    status, out, err = call("fork", run_id, "--model", str(text))
                    assert (status, out) == (2, "")
                    said.add(err)
    assert len(said) == 1
    assert "keeps its model and its bug, if it has one" in said.pop()


def test_names_and_stars_stand_in_the_list(call, trained, home):
    assert call("rename", trained, "my best")[:2] == (0, f"{trained} is called my best.\n")
    assert call("star", trained)[:2] == (0, f"{trained} has a star.\n")
    row = call("runs")[1].splitlines()[1]
    assert row.startswith(f"* {trained}")
    assert row.endswith("  my best · few.txt")
    (listed,) = json.loads(call("runs", "--json")[1])
    assert (listed["name"], listed["starred"], listed["parent"]) == ("my best", True, None)
    call("star", trained, "--off")
    assert not Store(home).run(trained).starred


def test_a_deleted_run_is_gone_unless_a_worker_holds_it(call, trained, home):
    store = Store(home)
    fork = store.fork(trained, 60)
    with hold(store, fork):
        take_queued(store, fork, limit=1)
        status, out, err = call("delete", fork)
    assert (status, out) == (2, "")
    assert "stop it first" in err
    status, out, _ = call("delete", trained, fork)
    assert status == 0
    assert [line.split(" is deleted: ")[0] for line in out.splitlines()] == [trained, fork]
    assert store.runs() == []
