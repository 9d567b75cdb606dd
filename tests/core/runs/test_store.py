"""The reading half of the store, and the wishes."""

import threading

import numpy as np
import pytest

from core.dataset import Dataset
from core.nn.notation import ModelTextError
from core.nn.presets import preset
from core.runs.claims import hold, take_ended, take_queued
from core.runs.errors import BadName, NoSuchRun, NotResumable, StoreError
from core.runs.store import Store
from core.training.config import RunConfig


def test_a_created_run_is_queued_with_everything_that_decides_its_numbers(store, words, small):
    config = small(seed=7, steps=50)
    info = store.run(store.create(config, words, name="first"))
    assert (info.state, info.wish, info.step, info.steps, info.name) == ("queued", "run", 0, 50, "first")
    assert (info.queue_place, info.live, info.resumable, info.message) == (1, False, False, "")
    again = store.config(info.id)
    assert (again.model, again.seed, again.dataset) == (config.model, 7, words.sha256)


def test_a_name_is_checked_where_a_run_is_made_as_where_it_is_renamed(store, words, small):
    first = store.create(small(), words, name=" two\n lines ")
    assert store.run(first).name == "two lines"
    with pytest.raises(BadName, match="one line of 1 to 60 characters"):
        store.create(small(), words, name="x" * 61)
    assert [info.id for info in store.runs()] == [first]


def test_a_lock_that_cannot_be_made_is_a_sentence(store, words, small):
    run_id = store.create(small(), words)
    (store.home / "locks" / f"{run_id}.lock").mkdir()
    with pytest.raises(StoreError, match="lock cannot be locked"), hold(store, run_id):
        pass


def test_a_step_beyond_any_finds_the_newest(store, words, small):
    """Larger than an integer of SQLite."""
    run_id = store.create(small(), words)
    assert store.frame(run_id, 10**30) is store.samples(run_id, 10**30) is store.checkpoint(run_id, 10**30) is None


def test_parameters_are_those_of_the_preset(store):
    names = Dataset.builtin()
    wavenet = preset("wavenet")
    run_id = store.create(RunConfig(model=wavenet.text(27), preset="wavenet"), names)
    assert store.run(run_id).parameters == wavenet.parameters
    assert run_id.startswith("wavenet-")


def test_the_words_are_kept_so_that_a_run_can_go_on_where_the_file_is_not(store, words, small, tmp_path):
    run_id = store.create(small(), words)
    elsewhere = Store(tmp_path)
    again = elsewhere.dataset(elsewhere.config(run_id).dataset)
    assert (again.words, again.name) == (words.words, words.name)
    assert elsewhere.dataset(words.sha256) is again, "loaded once, then shared"


def test_unknown_words_are_a_sentence(store):
    with pytest.raises(StoreError, match="no words"):
        store.dataset("0" * 64)


def test_a_model_that_does_not_fit_its_data_makes_no_run(store, words, small):
    with pytest.raises(ModelTextError, match="symbols"):
        store.create(RunConfig(model="Embedding(99, 4)\nFlattenConsecutive(3)\nLinear(12, 99)", context=3), words)
    assert store.runs() == []


def test_runs_are_listed_newest_first_and_queued_ones_know_their_place(store, words, small):
    ids = [store.create(small(), words) for _ in range(3)]
    infos = store.runs()
    assert [info.id for info in infos] == ids[::-1]
    assert [info.queue_place for info in infos] == [3, 2, 1]
    store.wish(ids[0], "stop")
    assert [store.run(run_id).queue_place for run_id in ids] == [None, 1, 2]


def test_a_run_that_has_recorded_nothing(store, words, small):
    run_id = store.create(small(), words)
    assert len(store.losses(run_id)) == 0
    assert store.losses(run_id).dtype == np.float32
    assert (store.frame(run_id), store.samples(run_id), store.checkpoint(run_id)) == (None, None, None)
    assert (store.frame_steps(run_id), store.evaluations(run_id), store.checkpoint_steps(run_id)) == ([], [], [])


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.run("nobody"),
        lambda store: store.config("nobody"),
        lambda store: store.wish("nobody", "pause"),
        lambda store: store.wished("nobody"),
        lambda store: store.advance("nobody", 1),
        lambda store: store.resume("nobody"),
    ],
)
def test_an_unknown_run_is_named(store, ask):
    with pytest.raises(NoSuchRun, match="nobody"):
        ask(store)


def test_wishes_are_kept_and_the_last_one_counts(store, words, small):
    run_id = store.create(small(), words)
    store.wish(run_id, "run", until=20)
    assert store.wished(run_id) == ("run", 20)
    store.wish(run_id, "pause")
    assert store.wished(run_id) == ("pause", None)
    with pytest.raises(ValueError, match="'fly'"):
        store.wish(run_id, "fly")


def test_steps_asked_for_twice_add_up(store, words, small):
    run_id = store.create(small(), words, paused=True)
    assert store.wished(run_id) == ("pause", None)
    store.advance(run_id, 10)
    store.advance(run_id, 10)
    assert store.wished(run_id) == ("run", 20)


def test_a_step_asked_for_where_it_plays_does_not_stop_it(store, words, small):
    """A page from before somebody pressed Play offers it still."""
    run_id = store.create(small(), words, paused=True)
    store.wish(run_id, "run")
    store.advance(run_id, 1)
    assert store.wished(run_id) == ("run", None)


def test_a_queued_run_is_stopped_at_once_and_can_be_queued_again(store, words, small):
    run_id = store.create(small(), words)
    store.wish(run_id, "stop")
    assert store.run(run_id).state == "stopped"
    store.wish(run_id, "run")
    assert store.run(run_id).state == "stopped", "only resume sets an ended run going"
    store.resume(run_id)
    assert (store.run(run_id).state, store.wished(run_id)) == ("queued", ("run", None))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("finished", "has done all of its 5 steps"),
        ("diverged", "smaller learning rate"),
        ("queued", "waits for a free worker"),
    ],
)
def test_what_cannot_go_on_says_what_to_do_instead(store, words, small, state, sentence):
    run_id = store.create(small(steps=5), words)
    with store.database.write() as connection:
        connection.execute("UPDATE runs SET state = ?", (state,))
    with pytest.raises(NotResumable, match=sentence):
        store.resume(run_id)
    with hold(store, run_id), pytest.raises(NotResumable, match=sentence):
        take_ended(store, run_id)


def test_a_run_is_taken_by_one(store, words, small):
    run_id = store.create(small(), words)
    with hold(store, run_id) as held:
        assert held
        assert take_queued(store, run_id, limit=1)
        assert not take_queued(store, run_id, limit=1)
        assert (store.run(run_id).state, store.run(run_id).live) == ("running", True)
        with pytest.raises(NotResumable, match="running already"):
            store.resume(run_id)


def test_no_more_are_taken_than_may_run_but_paused_ones_do_not_count(store, words, small):
    first, second = store.create(small(), words), store.create(small(), words)
    third = store.create(small(), words, paused=True)
    assert take_queued(store, first, limit=1)
    assert not take_queued(store, second, limit=1)
    assert take_queued(store, third, limit=1)


def test_a_run_without_its_worker_is_marked_and_goes_on_from_its_checkpoint(store, words, small):
    run_id = store.create(small(), words)
    with hold(store, run_id):
        take_queued(store, run_id, limit=1)
        assert store.reconcile() == [], "its worker lives"
    assert store.run(run_id).lost
    assert store.reconcile(why="its process was eaten") == [run_id]
    info = store.run(run_id)
    assert (info.state, info.live, info.resumable) == ("failed", False, True)
    assert info.message == "The run was cut off: its process was eaten. Resume starts it again."
    store.resume(run_id)
    assert (store.run(run_id).state, store.run(run_id).message) == ("queued", "")


def test_many_threads_at_once_get_their_turn(store, words, small):
    run_id = store.create(small(), words, paused=True)
    mistakes = []

    def ask():
        try:
            for _ in range(50):
                store.advance(run_id, 1)
                store.run(run_id)
        except StoreError as error:
            mistakes.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mistakes == []
    assert store.wished(run_id) == ("run", 400)


def test_the_disk_counts_as_full_before_it_is(store, monkeypatch):
    assert not store.disk_full()
    monkeypatch.setattr("core.runs.database.ROOM", 2**62)
    assert store.disk_full()
