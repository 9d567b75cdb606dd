"""The notebook is one that Jupyter opens, and running its cells from top to bottom is the run."""

import json
import subprocess
import sys

import nbformat
import numpy as np
import pytest

from core.dataset import Dataset
from core.export.notebook import notebook
from core.export.phases import Phase
from core.export.script import script
from core.nn.presets import PRESETS, preset
from core.training.config import of_preset
from core.training.trainer import Trainer

pytestmark = pytest.mark.xdist_group("export")
RUN = """\
import contextlib, io, json, sys
cells = [c for c in json.load(open(sys.argv[1], encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
names, said = {}, io.StringIO()
with contextlib.redirect_stdout(said):
    for cell in cells:
        exec("".join(cell["source"]), names)
json.dump({"losses": names["losses"], "said": said.getvalue()}, sys.stdout)
"""


def test_its_cells_run_from_top_to_bottom_and_are_the_run(tmp_path):
    """On the words that come with the app, all of them."""
    words = Dataset.builtin()
    config = of_preset(preset("mlp"), words, steps=100)
    path = tmp_path / "run.ipynb"
    path.write_text(notebook([Phase(100, config)], words), "utf-8")
    process = subprocess.run([sys.executable, "-I", "-c", RUN, str(path)], capture_output=True, text=True, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    done = json.loads(process.stdout)
    losses = np.empty(100, np.float32)
    Trainer(config, words).advance(100, losses)
    assert np.abs(np.array(done["losses"]) - losses).max() < 1e-5
    assert "32,257 words, 27 characters, " in done["said"]


@pytest.mark.parametrize("name", PRESETS)
def test_it_is_valid_and_has_the_code_of_the_script(name, few):
    config = of_preset(preset(name), few)
    of = [Phase(config.steps, config)]
    whole = nbformat.reads(notebook(of, few), as_version=nbformat.NO_CONVERT)
    nbformat.validate(whole)
    assert (whole.nbformat, whole.nbformat_minor) == (4, 5)
    assert whole.cells[0].source.startswith(f"# {PRESETS[name].title}\n")
    source = script(of, few)
    assert all(cell.source in source for cell in whole.cells if cell.cell_type == "code")
    kinds = [cell.cell_type for cell in whole.cells]
    assert kinds == ["markdown"] + ["markdown", "code"] * (len(kinds) // 2)
