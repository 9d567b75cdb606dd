"""Training many runs: nothing twice, nothing lost, in the order asked for. With a real nursery and its workers."""

from dataclasses import replace

import pytest

from core.dataset import Dataset
from core.nn.presets import preset
from core.runs.many import train_all
from core.runs.store import Store
from core.training.config import of_preset

pytestmark = pytest.mark.xdist_group("runs")


@pytest.fixture(scope="module")
def words() -> Dataset:
    return Dataset.from_text("\n".join(Dataset.builtin().words[:300]), "few.txt")


@pytest.fixture
def configs(words):
    return [of_preset(preset(name), words, steps=steps) for name, steps in (("mlp", 40), ("bigram", 1), ("flat", 30))]


def test_trains_each_once_and_comes_back_to_what_is_there(home, words, configs):
    store, seen = Store(home), []
    stopped = store.create(configs[2], words)
    store.wish(stopped, "stop")
    infos = train_all(store, configs, words, seen.append)
    assert [(info.preset, info.state, info.step) for info in infos] == [
        ("mlp", "finished", 40),
        ("bigram", "finished", 1),
        ("flat", "finished", 30),
    ]
    assert infos[2].id == stopped, "a run that was stopped goes on"
    assert set(seen[-1]) == {info.id for info in infos}
    again = train_all(store, list(reversed(configs)), words, lambda infos: pytest.fail("nothing is left to train"))
    assert [info.id for info in again] == [info.id for info in reversed(infos)]
    assert len(store.runs()) == 3


def test_equal_settings_are_one_run(home, words, configs):
    store = Store(home)
    infos = train_all(store, [configs[1], configs[2], configs[1]], words)
    assert [info.preset for info in infos] == ["bigram", "flat", "bigram"]
    assert infos[0].id == infos[2].id
    assert len(store.runs()) == 2


def test_a_run_that_another_program_leaves_behind_goes_on(home, words, configs):
    """As when an app that had taken it from the queue is closed: its worker ends it as interrupted."""
    store = Store(home)

    def interrupt(infos) -> None:
        (info,) = infos.values()
        if info.state == "queued" and not interrupted:
            interrupted.append(info.id)
            with store.database.write() as connection:
                connection.execute(
                    "UPDATE runs SET state = 'stopped', message = 'Interrupted at step 0.' WHERE id = ?", (info.id,)
                )

    interrupted: list[str] = []
    (info,) = train_all(store, configs[:1], words, interrupt)
    assert interrupted == [info.id]
    assert (info.state, info.step) == ("finished", 40)


def test_other_words_and_other_settings_are_other_runs(home, words, configs):
    store = Store(home)
    other_words = Dataset.from_text(words.text + "zoe\n", "more.txt")
    first = store.create(configs[1], other_words)
    second = store.create(replace(configs[1], seed=7), words)
    (info,) = train_all(store, configs[1:2], words)
    assert info.id not in (first, second)
