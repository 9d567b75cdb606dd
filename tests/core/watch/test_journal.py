"""What a watched run says on its way into the store or a file, and a loop that goes on whatever becomes of these."""

import math
import shutil

import numpy as np
import pytest
import torch

from core.runs.errors import NotNow, StoreError
from core.runs.recorder import Recorder
from core.training import moments
from core.watch import recording, watch
from core.watch.journal import Journal
from tests.core.watch.conftest import mlp, train


def test_a_long_run_keeps_a_bounded_number_of_frames(store, monkeypatch):
    monkeypatch.setattr("core.watch.journal.KEPT_FRAMES", 8)
    model = mlp()
    with watch(model, every=2, store=store) as run:
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), 60, run.log)
    log_spaced = {*moments.recorded(60)} - {60}
    assert [step for step in store.frame_steps(run.id) if step not in log_spaced] == [24, 32, 48, 56]
    assert log_spaced <= {*store.frame_steps(run.id)}


def test_the_loop_goes_on_whatever_becomes_of_the_store(store, monkeypatch):
    model, expected = mlp(), train(twin := mlp(), torch.optim.SGD(twin.parameters(), lr=0.1), 5)
    broken = StoreError("The disk that holds it does not work as it should: check it.")
    monkeypatch.setattr("core.runs.recorder.Recorder.flush", lambda self: raise_(broken))
    said = "Nothing more of this run is kept, the training goes on. The disk"
    with pytest.warns(UserWarning, match=said), watch(model, store=store) as run:
        assert train(model, torch.optim.SGD(model.parameters(), lr=0.1), 5, run.log) == expected


def test_a_busy_store_gets_everything_later(store, monkeypatch):
    model, flush, tries = mlp(), Recorder.flush, []

    def busy(self):
        tries.append(1)
        if len(tries) < 3:
            raise NotNow("Another program holds it.")
        flush(self)

    monkeypatch.setattr("core.watch.journal.RETRY", 0.0)
    monkeypatch.setattr(Recorder, "flush", busy)
    with watch(model, store=store) as run:
        losses = train(model, torch.optim.SGD(model.parameters(), lr=0.1), 5, run.log)
    assert len(tries) >= 3
    np.testing.assert_array_equal(store.losses(run.id), np.array(losses, np.float32))


def test_what_a_broken_store_does_not_take_does_not_pile_up(store, monkeypatch):
    monkeypatch.setattr(Recorder, "flush", lambda self: raise_(StoreError("The disk is broken: check it.")))
    journal = Journal(store, "mine", every=1)
    with pytest.warns(UserWarning, match="Nothing more of this run is kept"):
        journal.write()
    for step in range(1, 100):
        journal.loss(step, 2.0)
        journal.evaluation(step, 2.0)
        journal.stepped(step)
        journal.write()
    assert not journal._losses
    assert not vars(journal.recorder)["_rows"]
    assert not vars(journal.recorder)["_losses"]


def test_the_loop_goes_on_whatever_becomes_of_the_file(tmp_path, monkeypatch):
    """The folder goes away after the first step; of what comes back at the end, everything is written."""
    monkeypatch.setattr("core.watch.run.FILE_SECONDS", 0.0)
    monkeypatch.setattr("core.watch.run.FILE_SHARE", math.inf)
    model, expected = mlp(), train(twin := mlp(), torch.optim.SGD(twin.parameters(), lr=0.1), 5)
    folder = tmp_path / "there"
    folder.mkdir()

    def loop():
        with watch(model, file=folder / "x.run") as run:

            def each(loss):
                run.log(loss)
                if folder.exists():
                    shutil.rmtree(folder)

            assert train(model, torch.optim.SGD(model.parameters(), lr=0.1), 5, each) == expected
            folder.mkdir()

    with pytest.warns(UserWarning, match="cannot be written") as said:
        loop()
    assert len(said) == 1, "several writes failed"
    assert recording.read((folder / "x.run").read_bytes()).step == 5


def test_a_file_that_cannot_be_written_hides_no_error(tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()

    def loop():
        with watch(mlp(), file=folder / "x.run"):
            folder.rmdir()
            raise ZeroDivisionError

    with pytest.warns(UserWarning, match="cannot be written"), pytest.raises(ZeroDivisionError):
        loop()


def raise_(error: Exception):
    raise error
