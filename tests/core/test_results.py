"""`python -m core results`: the course's table, with what was measured."""

import json
from pathlib import Path

import pytest

from core.cli import results_table
from core.cli.main import main
from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.runs.results import PUBLISHED, Result
from core.training.config import of_preset
from core.training.trainer import Trainer

pytestmark = pytest.mark.xdist_group("runs")
NEAR = {"mlp": 0.01, "flat": 0.01, "wavenet": 0.01, "wavenet-large": 0.01, "wavenet-bug": 0.015}


@pytest.fixture
def few(tmp_path) -> Path:
    path = tmp_path / "few.txt"
    path.write_text("\n".join(Dataset.builtin().words[:300]))
    return path


def test_trains_prints_writes_and_is_quick_the_second_time(home, few, tmp_path, capfd):
    out = tmp_path / "docs"
    arguments = ["results", "--data", str(few), "--presets", "mlp,bigram", "--steps", "20", "--json", "--out", str(out)]
    assert main(arguments) == 0
    printed, said = capfd.readouterr()
    rows = json.loads(printed)
    assert [(row["preset"], row["parameters"], row["steps"]) for row in rows] == [
        ("bigram", 729, 1),
        ("mlp", 12_097, 20),
    ]
    assert list(rows[0]) == ["preset", "parameters", "steps", "train_loss", "val_loss", "seconds"]
    assert rows[0]["val_loss"] is None, "it has learned from all words"
    assert rows[0]["train_loss"] == pytest.approx(_counted(Dataset.from_file(few)), abs=1e-5)
    assert 2 < rows[1]["train_loss"] < 3.3
    assert 2 < rows[1]["val_loss"] < 3.3
    assert "finished: train 2." in said
    assert json.loads((out / "results.json").read_text()) == rows
    page = (out / "results.md").read_text()
    assert "python -m core results --data few.txt --seed 42" in page
    assert f"{rows[1]['val_loss']:.4f}" in page
    before = (out / "results.json").read_bytes()
    assert main(arguments) == 0
    capfd.readouterr()
    assert (out / "results.json").read_bytes() == before


def test_an_interruption_says_how_to_go_on(home, few, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.runs.many.train_all", interrupted)
    assert main(["results", "--data", str(few), "--presets", "mlp"]) == 130
    assert "The same command goes on from there" in capsys.readouterr().err


def _counted(words: Dataset) -> float:
    """The average surprise of counts + 1 over all the words they were counted in."""
    trainer = Trainer(of_preset(PRESETS["bigram"], words), words)
    trainer.advance(1)
    return trainer.evaluate("all")


def test_a_part_is_not_written_over_the_whole(home, few, capfd):
    before = PUBLISHED.read_bytes() if PUBLISHED.exists() else None
    assert main(["results", "--data", str(few), "--presets", "bigram"]) == 0
    assert "Written" not in capfd.readouterr().err
    assert (PUBLISHED.read_bytes() if PUBLISHED.exists() else None) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--presets", "mlp,wavnet"], "There is no preset 'wavnet'"),
        (["--presets", ","], "--presets names none"),
        (["--steps", "0"], "steps is 0"),
        (["--seed", "-1"], "seed is -1"),
        (["--data", "missing.txt"], "missing.txt"),
    ],
)
def test_bad_arguments_are_one_line(home, capfd, arguments, said):
    assert main(["results", *arguments]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


def test_the_table_sets_ours_beside_the_course_s():
    text = results_table.table([Result("bigram", 729, 1, 2.45459, None, 0.4), Result("gru", 63_267, 10, 2.0, 2.1, 60)])
    head, rule, bigram, gru = ([cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines())
    assert head == list(results_table.HEAD)
    assert set("".join(rule)) == {"-"}
    assert bigram == ["`bigram`", "729", "1", "2.4546", "2.4546", "-", "-", "0"]
    assert gru == ["`gru`", "63,267", "10", "2.0000", "-", "2.1000", "-", "60"]
    assert len({len(line) for line in text.splitlines()}) == 1


def test_the_published_results_are_the_course_s():
    """Validation and training loss within what another seed's batches may make of them."""
    rows = {row["preset"]: row for row in json.loads(PUBLISHED.read_text())}
    assert list(rows) == list(PRESETS)
    for name, row in rows.items():
        assert row["parameters"] == PRESETS[name].parameters
    for name, near in NEAR.items():
        assert rows[name]["steps"] == 200_000
        assert rows[name]["train_loss"] == pytest.approx(PRESETS[name].train_loss, abs=near)
        assert rows[name]["val_loss"] == pytest.approx(PRESETS[name].val_loss, abs=near)
    assert rows["bigram"]["train_loss"] == pytest.approx(2.4546, abs=1e-4)
    for name in ("wavenet-conv", "wavenet-paper", "rnn", "gru", "lstm", "transformer"):
        assert rows[name]["val_loss"] < PRESETS["mlp"].val_loss, "the announced ones are no worse than the MLP"
