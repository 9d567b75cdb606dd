"""export: as a script meets it."""

import zipfile

import nbformat
import pytest
from safetensors import safe_open

from core.nn.presets import preset
from core.runs.store import Store
from core.training.config import of_preset

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Commands run in an empty folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def trained(trained_for):
    return trained_for(60)


def test_each_form_is_a_file_named_after_the_run(call, trained, tmp_path):
    here = tmp_path / "here"
    for form, name in {
        "script": f"{trained}.py",
        "notebook": f"{trained}.ipynb",
        "weights": f"{trained}-step-60.safetensors",
        "csv": f"{trained}-csv.zip",
        "parquet": f"{trained}-parquet.zip",
        "tensorboard": f"{trained}.tfevents",
    }.items():
        assert call("export", trained, "--as", form) == (0, f"{name}\n", "")
        assert (here / name).stat().st_size > 1_000
    compile((here / f"{trained}.py").read_text(), "script", "exec")
    nbformat.validate(nbformat.read(here / f"{trained}.ipynb", as_version=4))
    assert zipfile.ZipFile(here / f"{trained}-csv.zip").testzip() is None
    assert len(list(here.iterdir())) == 6


def test_weights_of_a_step_into_a_folder_or_a_file(call, trained, tmp_path):
    status, out, _ = call("export", trained, "--as", "weights", "--step", "7", "--to", str(tmp_path))
    assert (status, out) == (0, f"{tmp_path / trained}-step-6.safetensors\n")
    assert safe_open(out.strip(), "np").metadata()["step"] == "6"
    assert call("export", trained, "--as", "weights", "--step", "0", "--to", "first.safetensors")[0] == 0
    assert safe_open("first.safetensors", "np").metadata()["step"] == "0"


def test_nothing_is_overwritten_unless_told(call, trained, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("mine")
    status, out, err = call("export", trained, "--as", "script", "--to", str(path))
    assert (status, out) == (2, "")
    assert err == f"Error: {path} is there already: --force overwrites it, --to names another file.\n"
    assert path.read_text() == "mine"
    assert call("export", trained, "--as", "script", "--to", str(path), "--force")[0] == 0
    assert path.read_text().startswith('"""MLP, 3 characters: ')


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as", "pdf"], "invalid choice: 'pdf'"),
        ([], "the following arguments are required: --as"),
        (["--as", "script", "--step", "3"], "only weights are of one step"),
        (["--as", "weights", "--step", "-3"], "steps count from 0"),
        (["--as", "script", "--to", "/nowhere/at/all.py"], "/nowhere/at/all.py cannot be written (No such file"),
        (["--as", "script", "--to", "a\0b"], "no file has such a name"),
        (["--as", "script", "--to", "x" * 300], "cannot be written (File name too long)"),
    ],
)
def test_bad_input_is_one_line(call, trained, arguments, said):
    status, out, err = call("export", trained, *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_an_unknown_run_is_one_line(call):
    status, _, err = call("export", "nobody", "--as", "csv")
    assert (status, err.count("\n")) == (2, 1)
    assert "There is no run 'nobody' here" in err


def test_a_round_of_the_hunt_has_no_script_and_leaves_no_file(call, home, tmp_path):
    store = Store(home)
    words = store.dataset("")
    run_id = store.create(of_preset(preset("mlp"), words, defect="huge-logits"), words, hunt="k3x9-q7")
    status, out, err = call("export", run_id, "--as", "script")
    assert (status, out) == (2, "")
    assert "bug hunt" in err
    assert "huge" not in err
    assert not list((tmp_path / "here").iterdir())
