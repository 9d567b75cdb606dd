"""The rules between the rooms (pyproject.toml) hold, and the ones import-linter cannot say."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = sorted([*ROOT.glob("explorer/**/*.py"), *ROOT.glob("pages/*.py")])


def test_arrows_go_one_way():
    """Held by import-linter: core below explorer, layers inside core, nothing visual in core."""
    command = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_engine_imports_nothing_visual():
    """Also at run time: not even indirectly."""
    code = (
        "import core.__main__, core.runs.worker, sys\nprint([m for m in ('streamlit', 'altair') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_first_page_waits_for_no_torch():
    """Home, Train and the sidebar are drawn before it is loaded (`explorer/warm.py` does so meanwhile)."""
    code = (
        "import explorer.main, explorer.panels.home.panel, explorer.panels.run.loss\n"
        "import explorer.panels.run.setup, sys\nprint([m for m in ('torch', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("path", APP, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_session_names_the_session(path):
    names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    if path.name != "session.py":
        assert not names & {"session_state", "query_params"}


@pytest.mark.parametrize("path", sorted(ROOT.glob("pages/*.py")), ids=lambda p: p.name)
def test_pages_define_no_class_and_import_no_page(path):
    """A class in a page changes identity at every rerun; a page that imports a page is a room in the wrong place."""
    tree = ast.parse(path.read_text())
    assert not [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in imported if name.split(".")[0] == "pages"]


def executes(source: str) -> set[str]:
    """What of a program text runs or unpickles data: names of calls, imports and attributes."""
    tree, found = ast.parse(source), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & {"eval", "exec", "compile", "__import__"}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names} & UNPICKLING
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").split(".")[0]} & UNPICKLING
            found |= {f"{node.module}.{alias.name}" for alias in node.names} & {"torch.load", "numpy.load"}
        elif isinstance(node, ast.Attribute):
            found |= {ast.unparse(node)} & {"torch.load", "np.load", "numpy.load", "pd.read_pickle"}
    return found


UNPICKLING = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
PRODUCT = sorted([*ROOT.glob("core/**/*.py"), *APP, ROOT / "streamlit_app.py"])


@pytest.mark.parametrize("path", PRODUCT, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_executed_or_unpickled(path):
    """What a user types or uploads is data: no eval, exec, pickle or torch.load anywhere in the product."""
    assert not executes(path.read_text())


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import pickle as p",
        "from pickle import loads",
        "from dill import load as read",
        "import joblib.numpy_pickle",
        "from torch import load",
        "import torch\ntorch.load('x')",
        "import numpy as np\nnp.load('x', allow_pickle=True)",
        "eval('1')",
    ],
)
def test_every_way_of_it_is_seen(source):
    assert executes(source)
