"""A run's line says what tells it from the others, whatever it was made of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest

from core.dataset import Dataset
from core.nn.presets import preset
from core.runs.store import Store
from core.training.config import RunConfig
from explorer.panels.run import names
from tests.explorer.recorded import WORDS


@pytest.fixture
def made(home, monkeypatch):
    """made(name=None, words=None, **settings): the RunInfo of a queued run of the mlp preset."""
    monkeypatch.setattr(names, "st", Mock(context=Mock(timezone_offset=0)))

    def make(name: str | None = None, words: Dataset | None = None, **settings):
        store, mlp = Store(home), preset("mlp")
        words = words or store.dataset("")
        config = RunConfig(model=mlp.text(words.vocab_size), context=mlp.context, preset="mlp", **settings)
        return store.run(store.create(config, words, name=name))

    return make


def parts(info) -> list[str]:
    return names.label(info).split(" · ")


def test_what_is_as_always_is_left_out(made):
    info = made()
    at = datetime.fromtimestamp(info.created, UTC)
    assert parts(info) == [info.id, "200,000 steps", "queued", f"{at:%H:%M}"]


def test_what_is_unusual_is_said(made):
    own = Dataset.from_text("\n".join(WORDS), "a-very-long-name-of-a-file.txt")
    info = made(name="first *try*", words=own, lr=0.05, seed=7, steps=1_000)
    assert parts(info)[:-3] == ["first *try*", "a-very-long-name-of…", "lr 0.05", "seed 7", "1,000 steps"]
    assert parts(info)[-1] == info.id, "two runs may share a name"


def test_what_tells_two_forks_of_one_preset_apart_fits_into_the_sidebar(made):
    for lr in (0.02, 0.01):
        info = replace(made(lr=lr), parent="mlp-k3x9q2", parent_step=1_000)
        assert names.label(info).startswith(f"{info.id} · lr {lr:g} · fork of k3x9q2 at 1,000 · ")
        assert len(f"{info.id} · lr {lr:g}") <= 28


@pytest.mark.parametrize(("days", "shown"), [(0, "23:30"), (1, "20 Nov, 23:30"), (400, "17 Oct 2025")])
def test_the_time_is_that_of_the_browser(made, monkeypatch, days, shown):
    now = datetime(2026, 11, 21, 21, 45, tzinfo=UTC)  # 23:45 in Athens
    clock = Mock(wraps=datetime, now=lambda zone: now.astimezone(zone))
    monkeypatch.setattr(names, "datetime", clock)
    names.st.context.timezone_offset = -120
    created = (now - timedelta(days=days, minutes=15)).timestamp()
    assert names.created(Mock(created=created)) == shown


def test_a_label_from_before_the_run_ended_still_means_it(made, home):
    info, other, named = made(), made(), made(name="slow · er")
    before, store = names.label(info), Store(home)
    store.wish(info.id, "stop")
    store.star(named.id)
    for label in map(names.label, (named, store.run(named.id))):
        assert names.meant(label, store.runs()) == named.id
    assert names.label(store.run(info.id)) != before
    for chosen in (before, info.id):
        assert names.meant(chosen, store.runs()) == info.id
    assert names.meant("mlp-gone99 · queued", store.runs()) is None
    assert names.meant(None, [other]) is None


def test_settings_that_cannot_be_read_are_left_out(made, home):
    info, store = made(lr=0.05), Store(home)
    for config in ("not JSON", '{"lr": "fast", "seed": 1e3}'):
        with store.database.write() as connection:
            connection.execute("UPDATE runs SET config = ? WHERE id = ?", (config, info.id))
        again = store.run(info.id)
        assert (again.lr, again.seed) == (None, None)
        assert parts(again)[:2] == [info.id, "200,000 steps"]
