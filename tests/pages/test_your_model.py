"""Your model: before there is a run, with watched ones, and with files that somebody sends."""

import io
import zipfile

import pytest
import torch
from torch import nn

from core.runs.store import Store
from explorer.charts.module_rows import ModuleTree
from explorer.feeds import recorded
from explorer.panels.watched import module_tree as table
from explorer.panels.watched import recordings
from explorer.panels.watched.recordings import _written
from tests.explorer.app import app, texts
from tests.explorer.charts.test_module_rows import deep
from tests.explorer.recorded import falling, record
from tests.pages.test_watched_runs import choose, shown, train


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def small():
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.Sequential(nn.Tanh(), nn.Linear(8, 2)))


def upload(at, content, name="mine.run"):
    return at.get("file_uploader")[0].upload(name, content, "application/octet-stream").run()


def test_without_a_run_it_says_how_to_get_one(home):
    at = app("your_model")
    assert not at.exception
    assert "from core.watch import watch" in texts(at)
    assert "None yet" in texts(at)


def test_beside_a_run_that_was_trained_here_it_says_where_modules_are(home):
    trained, said = record(home, falling(20)), "Choose one of the watched runs to see its modules."
    at = shown("your_model", trained)
    assert not at.dataframe
    assert said not in texts(at)
    watched = train(home, small())
    recorded.forget()  # the list of runs is kept for a tenth of a second
    assert said in texts(shown("your_model", trained))
    assert said not in texts(shown("your_model", watched))


def test_the_modules_of_the_current_run_and_what_is_inside_one(home):
    at = shown("your_model", train(home, small()))
    modules = at.dataframe[0].value
    assert modules["kind"].tolist() == ["Flatten", "Linear", "Sequential", "Tanh", "Linear"]
    assert modules["shapes"].tolist()[1] == "(8, 8)"
    assert modules["calls"].tolist() == [1] * 5
    assert modules["parameters"].sum() == 8 * 16 + 8 + 2 * (2 * 8 + 2)
    at = choose(at, "selectbox", "watched_part", "2")
    assert at.dataframe[0].value["kind"].tolist() == ["Tanh", "Linear"]
    (up,) = (button for button in at.button if button.key == "tree_up")
    up.click().run()
    assert len(at.dataframe[0].value) == 5


def test_another_watched_run_is_opened(home):
    first, second = train(home, small()), train(home, small())
    at = shown("your_model", second)
    (button,) = (button for button in at.button if button.key == f"watched_{first}")
    button.click().run()
    assert at.query_params["run"] == first


def test_a_recording_comes_back_as_a_run_of_its_own(home):
    run_id = train(home, small())
    at = upload(shown("your_model", run_id), _written(run_id))
    assert not at.error
    assert "4 steps" in texts(at)
    (button,) = (button for button in at.button if button.key == "recording_open")
    button.click().run()
    assert not at.exception
    (opened,) = (run for run in Store(home).runs() if run.id != run_id)
    assert at.query_params["run"] == opened.id
    assert recorded.store().watched(opened.id) == recorded.store().watched(run_id)
    assert not recordings._readings.values(), "it is in the store: nothing holds its bytes any more"
    assert not [button for button in at.button if button.key == "recording_open"]


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.pkl", b"\x80\x04.")
    return file.getvalue()


NO_RECORDINGS = {
    "empty": b"",
    "names": b"emma\nolivia\n",
    "pickle": zipped(),  # an archive holds the time, so its bytes would name another test in every worker
    "noise": b"\xff" * 4_000,
    "braces": b"\x08" + b"\0" * 7 + b"{" * 8,
}


@pytest.mark.parametrize("content", NO_RECORDINGS.values(), ids=NO_RECORDINGS)
def test_a_file_that_is_no_recording_is_one_sentence(home, content):
    at = upload(app("your_model"), content)
    assert not at.exception
    (error,) = at.error
    assert error.value.startswith("This file is no recording of a watched run")
    assert not [button for button in at.button if button.key == "recording_open"]
    assert not Store(home).runs()


def test_a_damaged_recording_is_refused_or_read(home):
    data = bytearray(_written(train(home, small())))
    data[len(data) // 2 :] = b""
    at = upload(app("your_model"), bytes(data))
    assert not at.exception
    assert len(at.error) == 1


def test_a_table_of_very_many_modules_shows_the_upper_levels():
    tree = ModuleTree(deep(30)[0])
    paths, level = table.shown(tree, "(model)")
    assert level == 2
    assert len(paths) == 31 <= table.MOST
    assert table.shown(tree, "blocks.3") == (["blocks.3.0", "blocks.3.1", "blocks.3.2", "blocks.3.3"], None)
