"""The command line, as a script meets it."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import main
from core.dataset import Dataset
from core.nn.presets import PRESETS, preset
from core.runs.store import Store
from core.training.config import RunConfig
from core.training.defects import DEFECTS
from core.training.trainer import Trainer, weights_sha256
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
START = 60.0  # seconds for a process to import and compile on a busy machine
PRESET = ("--preset", "mlp")
LRS = {"0": "0.0", "-1": "-1.0", "nan": "NaN", "inf": "Inf"}  # as typed, as said

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def few(tmp_path) -> Path:
    path = tmp_path / "few.txt"
    path.write_text("\n".join(Dataset.builtin().words[:400]))
    return path


@pytest.fixture
def call(home, capfd):
    """`call("runs", "--json")` -> (exit status, stdout, stderr), in this process."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return status, *capfd.readouterr()

    return run


def core(*arguments: str, **settings) -> subprocess.Popen:
    """The real thing: `python -m core ...` in a process of its own, in pipes."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([sys.executable, "-m", "core", *arguments], cwd=ROOT, text=True, **pipes | settings)


def outcome(process: subprocess.Popen) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=START)
    return process.returncode, out, err


def test_train_prints_one_json_object_and_the_run_is_in_the_store(home, few):
    arguments = [*PRESET, "--data", str(few), "--seed", "7", "--steps", "200", "--lr", "0.05", "--json"]
    status, out, err = outcome(core("train", *arguments))
    assert (status, err) == (0, ""), "a pipe gets no progress bar"
    result = json.loads(out)
    words, mlp = Dataset.from_file(few), preset("mlp")
    trainer = Trainer(RunConfig(model=mlp.text(words.vocab_size), context=3, seed=7, steps=200, lr=0.05), words)
    losses = np.empty(200, np.float32)
    trainer.advance(200, losses)
    assert result["losses"] == losses.tolist()
    assert result["weights_sha256"] == weights_sha256(trainer.model.state())
    assert result["train_loss"] == trainer.evaluate("train")
    assert result["val_loss"] == trainer.evaluate("val")
    assert result["steps_per_second"] > 0
    info = Store(home).run(result["run"])
    assert (info.state, info.parameters, info.preset) == ("finished", result["parameters"], "mlp")
    config = Store(home).config(info.id)
    assert (config.seed, config.lr, config.lr_drop_step, config.lr_after) == (7, 0.05, 150_000, 0.01)


def test_train_from_a_model_text_with_a_summary(home, few, tmp_path):
    vocab = Dataset.from_file(few).vocab_size
    text = tmp_path / "model.txt"
    text.write_text(f"Embedding({vocab}, 4)  # small\nFlattenConsecutive(4)\nLinear(16, {vocab})\n")
    arguments = ["--model", str(text), "--data", str(few), "--steps", "150", "--batch", "16", "--name", "mine"]
    status, out, err = outcome(core("train", *arguments))
    assert (status, err) == (0, "")
    assert re.search(r"^train loss +\d\.\d{4}$", out, re.MULTILINE)
    (info,) = Store(home).runs()
    assert info.name == "mine"
    config = Store(home).config(info.id)
    assert (config.context, config.batch_size, config.preset) == (4, 16, None), "the context is what the text joins"


def test_ctrl_c_leaves_a_checkpoint_and_resume_ends_with_the_same_bits(home, few):
    arguments = [*PRESET, "--data", str(few), "--steps", "4000", "--json"]
    _, out, _ = outcome(core("train", *arguments))
    whole = json.loads(out)

    process = core("train", *arguments)
    store = Store(home)
    eventually(lambda: store.runs()[0].id != whole["run"] and store.runs()[0].step > 100, within=START)
    process.send_signal(signal.SIGINT)
    status, out, err = outcome(process)
    half = json.loads(out)
    assert status == 130
    assert err.count("\n") == 1
    assert f"`python -m core resume {half['run']}` goes on" in err
    assert (half["state"], half["train_loss"]) == ("stopped", None)
    assert 100 < half["step"] < 4000

    status, out, err = outcome(core("resume", half["run"], "--json"))
    resumed = json.loads(out)
    assert (status, err) == (0, "")
    for key in ("losses", "weights_sha256", "train_loss", "val_loss"):
        assert resumed[key] == whole[key], key


def test_a_run_can_be_steered_from_the_app_meanwhile(home, few):
    process = core("train", *PRESET, "--data", str(few), "--steps", "10000000")
    store = Store(home)
    info = eventually(lambda: store.runs() and store.runs()[0].step > 0 and store.runs()[0], within=START)
    store.wish(info.id, "pause")
    eventually(lambda: store.run(info.id).state == "paused")
    assert store.run(info.id).live
    status, out, err = outcome(core("resume", info.id))
    assert (status, out) == (2, "")
    assert "another process" in err
    store.wish(info.id, "stop")
    status, out, err = outcome(process)
    assert status == 1
    assert "by a wish in the app" in err


def test_a_diverged_run_says_where(home, few, tmp_path):
    vocab = Dataset.from_file(few).vocab_size
    text = tmp_path / "model.txt"
    text.write_text(f"Embedding({vocab}, 4)\nFlattenConsecutive(3)\nLinear(12, {vocab})")
    arguments = ["--model", str(text), "--data", str(few), "--lr", "1e30", "--steps", "1000", "--json"]
    status, out, err = outcome(core("train", *arguments))
    result = json.loads(out, parse_constant=pytest.fail)
    assert status == 1
    assert (result["state"], result["losses"][-1]) == ("diverged", None)
    assert err == result["message"] + "\n"
    assert f"step {result['step']}" in err


def test_a_progress_bar_on_a_terminal(home, few):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()  # of unknown width
    process = core("train", *PRESET, "--data", str(few), "--steps", "300", stderr=theirs)
    os.close(theirs)
    out, _ = process.communicate(timeout=START)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "300/300" in shown
    assert "step/s" in shown
    assert "train loss" in out


def test_a_reader_that_leaves_early_is_no_error(home):
    process = core("presets")
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(START) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_full_disk_behind_the_output_is_a_sentence():
    with open("/dev/full", "w") as full:
        status, _, err = outcome(core("presets", stdout=full))
    assert (status, err) == (2, "Error: [Errno 28] No space left on device\n")


def test_a_model_text_may_begin_with_a_byte_order_mark(call, tmp_path):
    text = tmp_path / "notepad.txt"
    text.write_text("Embedding(27, 10)\nFlattenConsecutive(3)\nLinear(30, 27)\n", "utf-8-sig")
    assert call("shapes", "--model", str(text))[::2] == (0, "")


def test_a_model_text_without_end_is_a_sentence(call):
    status, _, err = call("shapes", "--model", "/dev/zero")
    assert status == 2
    assert "/dev/zero is too long for a model text" in err


def test_runs_are_listed_newest_first(call, home):
    assert call("runs")[1].startswith("No runs yet")
    assert json.loads(call("runs", "--json")[1]) == []
    store, names = Store(home), Dataset.builtin()
    ids = [store.create(RunConfig(model=preset("mlp").text(27), context=3), names) for _ in range(3)]
    listed = json.loads(call("runs", "--json")[1])
    assert [(run["run"], run["state"], run["step"]) for run in listed] == [(i, "queued", 0) for i in ids[::-1]]
    table = call("runs")[1].splitlines()
    assert [line.split()[0] for line in table] == ["run", *ids[::-1]]


def test_the_healthy_twin_of_a_round_is_not_listed(call, home):
    """Whoever lists runs may be hunting: held beside its round's run, a twin says what is hidden."""
    store, config = Store(home), RunConfig(model=preset("mlp").text(27), context=3)
    hunted = store.create(config, Dataset.builtin(), prefix="hunt", hunt="k3x9-q7")
    store.create(config, Dataset.builtin(), prefix="twin", hunt="k3x9-q7")
    assert [run["run"] for run in json.loads(call("runs", "--json")[1])] == [hunted]


def test_a_loss_that_is_too_large_keeps_the_columns(call, home):
    store = Store(home)
    store.create(RunConfig(model=preset("mlp").text(27), context=3), Dataset.builtin())
    with store.database.write() as connection:
        connection.execute("UPDATE runs SET state = 'finished', train_loss = 2.0123, val_loss = 2.688e31")
    head, row = call("runs")[1].splitlines()
    assert row.split()[-2:] == ["2.012", "2.69e31"]
    assert len(row) == len(head)


def test_runs_says_which_lost_their_worker(call, home):
    store = Store(home)
    run_id = store.create(RunConfig(model=preset("mlp").text(27), context=3), Dataset.builtin())
    with store.database.write() as connection:
        connection.execute("UPDATE runs SET state = 'running'")
    _, out, _ = call("runs")
    assert "failed" in out
    assert "Resume" in out
    assert store.run(run_id).state == "failed"


def test_presets(call):
    _, out, _ = call("presets", "--json")
    assert {row["preset"]: row["parameters"] for row in json.loads(out)} == {
        name: chosen.parameters for name, chosen in PRESETS.items()
    }
    status, out, err = call("presets")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[1:]] == list(PRESETS)


def test_shapes_are_the_courses(call):
    status, out, err = call("shapes", "--preset", "wavenet", "--batch", "4", "--json")
    layers = json.loads(out)["layers"]
    assert (status, err) == (0, "")
    assert layers[0] == {"layer": "Embedding(27, 10)", "shape": [4, 8, 10], "parameters": 270}
    assert [layer["shape"] for layer in layers][1:] == [
        *[[4, 4, 20], [4, 4, 68], [4, 4, 68], [4, 4, 68]],
        *[[4, 2, 136], [4, 2, 68], [4, 2, 68], [4, 2, 68]],
        *[[4, 136], [4, 68], [4, 68], [4, 68], [4, 27]],
    ]
    assert sum(layer["parameters"] for layer in layers) == 22_397
    assert "22,397" in call("shapes", "--preset", "wavenet")[1]


def test_shapes_of_a_text_that_reads_another_context(call, tmp_path):
    path = tmp_path / "model.txt"
    path.write_text("Embedding(27, 2)\nFlattenConsecutive(2)\nFlattenConsecutive(2)\nLinear(8, 27)")
    layers = json.loads(call("shapes", "--model", str(path), "--batch", "5", "--json")[1])["layers"]
    assert layers[0]["shape"] == [5, 4, 2]


def test_a_file_s_lines_that_are_no_words_are_left_out_as_in_the_app(call, home, tmp_path):
    path = tmp_path / "cities.txt"
    path.write_text("\n".join(["new york", *Dataset.builtin().words[:100]]))
    status, out, err = call("train", *PRESET, "--data", str(path), "--steps", "1", "--json")
    assert status == 0
    assert "cities.txt: line 1 has a space inside a word and is left out." in err.splitlines()
    store = Store(home)
    config = store.config(json.loads(out)["run"])
    assert store.dataset(config.dataset).words == Dataset.builtin().words[:100]


BAD_FILES = {
    "empty.txt": b"",
    "binary.txt": bytes(range(256)) * 10,
    "one.txt": b"emma\n",
    "long.txt": b"a" * 10_000_000,
}


@pytest.mark.parametrize("name", [*BAD_FILES, "missing.txt", ""])
def test_data_that_cannot_be_trained_on_is_one_line(call, tmp_path, name):
    path = tmp_path / name
    if name in BAD_FILES:
        path.write_bytes(BAD_FILES[name])
    _refused(call("train", *PRESET, "--data", str(path), "--json"), name or str(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"__import__('os').system('echo hello')", "line 1"),
        (b"Embedding(27, 10)\nFlattenConsecutive(3)\nLinear(31, 27)", "line 2: FlattenConsecutive(3) cannot split 8"),
        (b"Embedding(27, 10)\nFlattenConsecutive(2)\nLinear(80, 27)", "gives (B, 4, 20): write Linear(20, ...)"),
        (b"", "empty"),
        (b"\xff\xfe\x00", "not plain text"),
        (b"Linear(1, 1)\n" * 100_000, "too long"),
        (b"Embedding(28, 10)\nFlattenConsecutive(3)\nLinear(30, 28)", "the data has 27"),
    ],
)
@pytest.mark.parametrize("verb", ["train", "shapes"])
def test_a_model_text_that_does_not_fit_is_one_line(call, tmp_path, text, said, verb):
    if verb == "shapes" and "data" in said:
        pytest.skip("shapes looks at no data")
    path = tmp_path / "model.txt"
    path.write_bytes(text)
    _refused(call(verb, "--model", str(path)), "model.txt", said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "VERB"),
        (["fly"], "fly"),
        (["train"], "--preset"),
        (["train", "--preset", "transformr"], "wavenet-large"),
        (["train", *PRESET, "--model", "x.txt"], "--model"),
        (["train", "--model", "missing.txt"], "missing.txt"),
        (["train", "--model", "."], "cannot be read"),
        (["train", *PRESET, "--context", "5"], "mlp reads 3 characters"),
        *[(["train", *PRESET, "--lr", lr], f"lr is {said}") for lr, said in LRS.items()],
        (["train", *PRESET, "--lr", "fast"], "fast"),
        (["train", *PRESET, "--lr-after", "0"], "lr_after"),
        (["train", *PRESET, "--lr-drop-step", "0"], "lr_drop_step"),
        (["train", *PRESET, "--steps", "0"], "steps is 0"),
        (["train", *PRESET, "--steps", "1.5"], "1.5"),
        (["train", *PRESET, "--batch", "0"], "batch_size is 0"),
        (["train", *PRESET, "--batch", "1"], "2 or more"),
        (["train", *PRESET, "--batch", "some"], "some"),
        (["train", *PRESET, "--positions", "8"], "positions"),
        (["train", *PRESET, "--optimiser", "lion"], "optimiser is 'lion': it must be sgd or adamw"),
        (["train", *PRESET, "--train-on", "test"], "train_on is 'test': it must be train or all"),
        (["train", *PRESET, "--l2", "-1"], "l2 is -1.0"),
        (["train", *PRESET, "--seed", "-1"], "seed is -1"),
        (["shapes", *PRESET, "--batch", "0"], "--batch is 0"),
        (["resume", "nobody-123456"], "nobody-123456"),
        (["resume", "../../etc/passwd"], "passwd"),
        (["resume"], "RUN"),
    ],
)
def test_bad_arguments_are_one_line(call, arguments, said):
    _refused(call(*arguments), said)


@pytest.mark.parametrize("arguments", [["runs"], ["resume", "x"], ["train", *PRESET]])
def test_a_store_that_is_none_is_one_line_and_left_alone(call, home, arguments):
    home.mkdir()
    (home / "runs.sqlite").write_text("my diary, day one\n" * 100)
    _refused(call(*arguments), "runs.sqlite", "EXPLORER_HOME")
    assert (home / "runs.sqlite").read_text() == "my diary, day one\n" * 100


def test_a_finished_run_is_not_resumed(call, home):
    store = Store(home)
    run_id = store.create(RunConfig(model=preset("mlp").text(27), context=3, steps=10), Dataset.builtin())
    with store.database.write() as connection:
        connection.execute("UPDATE runs SET state = 'finished', step = 10")
    _refused(call("resume", run_id), run_id, "all of its 10 steps")


def test_nothing_refused_leaves_a_run_behind(call, home):
    _refused(call("train", *PRESET, "--lr", "nan"), "NaN")
    assert not (home / "runs.sqlite").exists() or Store(home).runs() == []


def _refused(result: tuple[int, str, str], *said: str) -> None:
    status, out, err = result
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert "Traceback" not in err
    for part in said:
        assert part in err


def test_a_bug_is_planted_by_name_and_said(call, home, few):
    _, out, _ = call(
        "train", *PRESET, "--data", str(few), "--steps", "5", "--defect", "frozen-layer:6.Linear", "--json"
    )
    run_id = json.loads(out)["run"]
    assert Store(home).config(run_id).defect == "frozen-layer:6.Linear"
    assert "bug frozen-layer:6.Linear" in call("runs")[1]
    assert json.loads(call("runs", "--json")[1])[0]["defect"] == "frozen-layer:6.Linear"
    assert Store(home).checkpoint(run_id, 0)[1]["6.Linear.weight"].any()


def test_bugs_are_listed(call):
    out = call("defects")[1]
    listed = json.loads(call("defects", "--json")[1])
    assert [row["name"] for row in listed] == list(DEFECTS)
    for defect in DEFECTS.values():
        assert defect.title in out
        assert defect.did in out


@pytest.mark.parametrize(
    ("bug", "said"),
    [("typo", "There is no bug 'typo'"), ("dead-relus", "needs a Linear"), ("frozen-layer:1.X", "cannot sit in 1.X")],
)
def test_a_bug_that_cannot_be_planted_is_one_line(call, home, bug, said):
    _refused(call("train", *PRESET, "--defect", bug), said)
    assert not Store(home).runs()
