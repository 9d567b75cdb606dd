"""Where two runs part, against what was changed in one of them."""

import pytest

from core.dataset import Dataset
from core.lenses.parting import BATCH, GRADIENT, START, UPDATE, Incomparable, Parting, differences, part
from core.runs.claims import hold, take_queued
from core.runs.store import Store
from core.runs.worker import Worker
from core.training.config import RunConfig

WORDS = Dataset.from_text("\n".join(Dataset.builtin().words[:300]), "three hundred names")
TEXT = "Embedding(27, 4)\nFlattenConsecutive(2)\nLinear(8, 12)\nTanh()\nFlattenConsecutive(2)\nLinear(24, 27)"
STEPS = 200


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("parting"))


@pytest.fixture(scope="module")
def parent(store):
    config = RunConfig(TEXT, context=4, steps=STEPS, lr_drop_step=None)
    return train(store, store.create(config, WORDS))


def train(store, run_id):
    with hold(store, run_id) as held:
        assert held
        assert take_queued(store, run_id, limit=99)
        Worker(store, run_id).run()
    return run_id


def fork(store, parent, step, **changes):
    return train(store, store.fork(parent, step, changes))


def test_a_fork_with_nothing_changed_is_the_same_to_its_end(store, parent):
    assert part(store, parent, fork(store, parent, 100)) is None


def test_another_learning_rate_shows_first_in_the_weights_after_its_first_step(store, parent):
    child = fork(store, parent, 100, lr=0.05)
    assert part(store, parent, child) == part(store, child, parent) == Parting(101, UPDATE, "1.Embedding.weight")
    assert part(store, parent, child).layer == "1.Embedding"
    assert differences(store.config(parent), store.config(child)) == {"lr": (0.1, 0.05)}


def test_a_drop_of_the_rate_shows_at_its_own_step(store, parent):
    """151 is no step of a checkpoint: it is found between two."""
    child = fork(store, parent, 100, lr_drop_step=151, lr_after=0.01)
    assert part(store, parent, child) == Parting(152, UPDATE, "1.Embedding.weight")


def test_a_frozen_layer_shows_first_in_its_own_gradient(store, parent):
    child = fork(store, parent, 100, defect="frozen-layer:3.Linear")
    assert part(store, parent, child) == Parting(101, GRADIENT, "3.Linear")


def test_forks_of_one_run_part_where_the_earlier_one_left_it(store, parent):
    early, late = fork(store, parent, 100, lr=0.05), fork(store, parent, 150, lr=0.05)
    assert part(store, early, late) == part(store, late, early) == Parting(101, UPDATE, "1.Embedding.weight")


def test_a_fork_s_fork_is_followed_back(store, parent):
    second = fork(store, fork(store, parent, 100, lr=0.05), 150, lr=0.02)
    assert part(store, parent, second) == Parting(101, UPDATE, "1.Embedding.weight")


def test_a_fork_that_has_not_begun_is_the_same_so_far(store, parent):
    assert part(store, parent, store.fork(parent, 100, {"lr": 0.05})) is None


def test_a_run_that_ended_before_the_other_was_forked_is_compared_with_its_parent(store, parent):
    broken = fork(store, parent, 0, lr=1e38)
    assert store.run(broken).state == "diverged"
    late = fork(store, parent, 150, lr=0.05)
    assert store.run(broken).step < 150
    assert part(store, broken, late) == part(store, late, broken) == part(store, broken, parent)
    assert part(store, broken, late).step == 1


def test_where_a_fork_s_ancestors_have_other_layers_it_says_so(store, parent):
    other = fork(store, parent, 50, model=TEXT.replace("Tanh", "ReLU"))
    back = fork(store, other, 100, model=TEXT)
    with pytest.raises(Incomparable, match=r"before step \d+, .* other settings"):
        part(store, parent, back)


def test_where_the_parent_is_gone_it_says_so(store, parent):
    middle = fork(store, parent, 100, lr=0.05)
    second = fork(store, middle, 150, lr=0.02)
    store.delete(middle)
    with pytest.raises(Incomparable, match=r"before step \d+, .* was deleted"):
        part(store, parent, second)


def test_a_change_of_the_weights_themselves_is_at_the_fork(store, parent):
    child = fork(store, parent, 100, defect="huge-logits")
    assert part(store, parent, child) == Parting(100, START, "6.Linear.weight")


def test_other_weights_show_before_the_first_step(store, parent):
    other = train(store, store.create(RunConfig(TEXT, context=4, steps=20, seed=7), WORDS))
    assert part(store, parent, other) == Parting(0, START, "1.Embedding.weight")


def test_reversed_contexts_show_in_the_batch_and_the_same_start_is_recognised(store, parent):
    other = train(store, store.create(RunConfig(TEXT, context=4, steps=20, defect="contexts-reversed"), WORDS))
    assert part(store, parent, other) == Parting(1, BATCH, "")


def test_a_run_that_diverges_parts_where_its_numbers_first_differ(store, parent):
    child = fork(store, parent, 100, lr=1e38)
    assert store.run(child).state == "diverged"
    assert part(store, parent, child).step == 101
    again = train(store, store.create(store.config(child), WORDS))
    assert part(store, again, train(store, store.create(store.config(child), WORDS))) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model": TEXT.replace("12)", "12, bias=False)")}, "different models"),
        ({"batch_size": 16}, "batch_size"),
        ({"train_on": "all"}, "train_on"),
    ],
)
def test_runs_without_counterparts_say_why(store, parent, change, sentence):
    other = store.create(RunConfig(**{"model": TEXT, "context": 4, "steps": 20} | change), WORDS)
    with pytest.raises(Incomparable, match=sentence):
        part(store, parent, other)


def test_a_run_without_a_step_says_so(store, parent):
    other = store.create(RunConfig(TEXT, context=4, steps=20), WORDS)
    with pytest.raises(Incomparable, match="has not taken a step"):
        part(store, parent, other)
