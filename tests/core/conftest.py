"""Fixtures that the tests of core share."""

import json
from pathlib import Path

import pytest

from core.cli.main import main
from core.dataset import Dataset

LECTURE_NAMES = Path(__file__).resolve().parents[3] / "shared" / "data" / "lecture_names.txt"


@pytest.fixture(scope="session")
def lecture() -> Dataset:
    """The course's own list of names, which is not part of this project."""
    if not LECTURE_NAMES.exists():
        pytest.skip("the course's list of names is not at ../shared/data/lecture_names.txt")
    return Dataset.from_file(LECTURE_NAMES)


@pytest.fixture
def call(home, capfd):
    """`call("star", run_id)` -> (exit status, stdout, stderr) of the command line, in this process."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return status, *capfd.readouterr()

    return run


@pytest.fixture
def trained_for(call, tmp_path):
    """`trained_for(steps)`: the id of a finished run of so many steps."""

    def train(steps: int) -> str:
        few = tmp_path / "few.txt"
        few.write_text("\n".join(Dataset.builtin().words[:400]))
        status, out, _ = call("train", "--preset", "mlp", "--data", str(few), "--steps", str(steps), "--json")
        assert status == 0
        return json.loads(out)["run"]

    return train
