"""A script says what a run did: the same losses, from the same words, without this project."""

import ast
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from core.dataset import Dataset
from core.export.errors import ExportError
from core.export.phases import Phase
from core.export.script import script
from core.nn.presets import PRESETS, preset
from core.training.config import RunConfig, of_preset
from core.training.trainer import Trainer

pytestmark = pytest.mark.xdist_group("export")

STEPS = {"own": 100, "torch": 20}  # what torch computes takes the engine longer
CLOSE = 1e-5
BY_TORCH = ("rnn", "gru", "lstm", "transformer")
# What rounding does to these grows: the very script differs from itself in float64 by as much.
GROWING = {"mlp-2003": 0.1, "wavenet-paper": 0.1}
CALM = {
    "mlp-2003, calm": ("mlp-2003", {"lr": 0.01}),
    "wavenet-paper, calm": ("wavenet-paper", {"optimiser": "sgd", "lr": 0.1}),
}
NESTED = """\
Embedding(27, 12)
CausalConv1d(12, 16, kernel=3, bias=False)
BatchNorm1d(16, unbiased=False)
Residual(Gated(CausalConv1d(16, 16), Residual(CausalConv1d(16, 16, bias=False), Tanh())), Skip(16, 8, bias=False))
Skip(16, 8)
Linear(16, 16, std=0.3, bias_std=0.1)
SkipSum()
BatchNorm1d(8, momentum=0.01)
ReLU()  # a comment
LastPosition()
Linear(8, 20, bias=False)
BatchNorm1d(20)
Tanh()
Linear(20, 27)
"""
NORMED_LAST = """\
Embedding(27, 6)
PositionEmbedding(4, 6)
FlattenConsecutive(2)
Linear(12, 10, bias=False)
BatchNorm1d(10, dims=0)
Tanh()
FlattenConsecutive(2)
Linear(20, 27, bias_std=0.01)
BatchNorm1d(27)
"""
OWN = {
    "nested, penalised": RunConfig(NESTED, context=6, l2=0.1, batch_size=40),
    "nested, AdamW": RunConfig(NESTED, context=6, optimiser="adamw", lr=0.001, train_on="all"),
    "a norm last": RunConfig(NORMED_LAST, context=4, lr=0.3, lr_drop_step=50, lr_after=0.03, seed=7),
    "all at once": RunConfig("Embedding(27, 3)\nLastPosition()\nLinear(3, 27)", context=2, batch_size=None, lr=1.0),
    "counted in batches": RunConfig("Counts(27, smoothing=0.5)", context=1, batch_size=50),
    "penalised convolutions": RunConfig(
        "Embedding(27, 8)\nCausalConv1d(8, 8, kernel=3)\nReLU()\nLinear(8, 27, std=0.1)", context=3, positions=5, l2=0.5
    ),
}


def _configs(few: Dataset) -> dict[str, RunConfig]:
    configs = {name: of_preset(preset(name), few) for name in PRESETS}
    configs |= {name: of_preset(preset(of), few, **changes) for name, (of, changes) in CALM.items()}
    steps = {name: STEPS["torch" if name in BY_TORCH else "own"] for name in NAMES}
    return {name: replace(c, steps=min(steps[name], c.steps)) for name, c in (configs | OWN).items()}


NAMES = [*PRESETS, *CALM, *OWN]
RUN = """\
import contextlib, io, json, pathlib, runpy, sys, torch
torch.set_num_threads(1)
found = {}
for path in sys.argv[1:]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        losses = runpy.run_path(path)["losses"]
    found[pathlib.Path(path).stem] = {"losses": losses, "said": said.getvalue()}
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, few):
    """All scripts, by the names of their runs."""
    path = tmp_path_factory.mktemp("scripts")
    for name, config in _configs(few).items():
        (path / f"{name}.py").write_text(script([Phase(config.steps, config)], few), "utf-8")
    return path


@pytest.fixture(scope="module")
def ran(folder):
    """What each script computed and printed, far from this project."""
    command = [sys.executable, "-I", "-c", RUN, *map(str, sorted(folder.glob("*.py")))]
    process = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize("name", NAMES)
def test_the_first_losses_are_those_of_the_run(name, ran, few):
    config = _configs(few)[name]
    losses = np.empty(config.steps, np.float32)
    Trainer(config, few).advance(config.steps, losses)
    apart = np.abs(np.array(ran[name]["losses"]) - losses)
    assert len(apart) == config.steps
    assert apart[:5].max() <= CLOSE
    assert apart.max() <= GROWING.get(name, CLOSE)


def test_it_says_how_it_goes_how_good_it_is_and_makes_up_words(ran, few):
    config = _configs(few)["wavenet"]
    trainer = Trainer(config, few)
    trainer.advance(config.steps)
    lines = ran["wavenet"]["said"].splitlines()
    assert lines[0] == f"2,000 words, 27 characters, {few.size('train'):,} examples"
    assert lines[1] == "22,397 parameters"
    assert lines[2].startswith("      1 / 100: 3.")
    val = float(lines[-21].rpartition("val ")[2])
    assert val == pytest.approx(trainer.evaluate("val"), abs=2e-4)
    assert all(set(word) <= set(few.chars) for word in lines[-20:])


def test_it_is_laid_out_as_ruff_would_and_has_nothing_that_it_does_not_use(folder):
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["format", "--check", "--isolated"], ["check", "--isolated", "--select", "E4,E7,E9,F,ARG,RUF012"]):
        done = subprocess.run([*ruff, *command, str(folder)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    for path in folder.glob("*.py"):
        unused = _made(path.read_text()) - _read(path.read_text())
        assert unused <= {"data", "grad", "requires_grad", "_"}, path.name  # torch's own


def _made(source: str) -> set[str]:
    """Names of classes, functions, arguments and values, and of what objects are given."""
    made = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("__"):
            made.add(node.name)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            made.add(node.id if isinstance(node, ast.Name) else node.attr)
    return made


def _read(source: str) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name | ast.Attribute)]
    return {n.id if isinstance(n, ast.Name) else n.attr for n in nodes if isinstance(n.ctx, ast.Load)}


def test_a_class_is_as_short_as_its_model_allows(folder):
    wavenet = (folder / "wavenet.py").read_text()
    assert "class Linear:" in wavenet
    assert "class ReLU" not in wavenet
    assert "std" not in wavenet
    assert "    Linear(20, 68, bias=False),\n" in wavenet
    assert "    FlattenConsecutive(2),\n" in wavenet
    assert "the course's bug" in (folder / "wavenet-bug.py").read_text()
    assert "the course's bug" not in wavenet


HOSTILE = [
    'it"s',
    "it's",
    "a\\b",
    '"""',
    "'''",
    "\\",
    "\\n",
    "#",
    "{x}",
    "$x",
    "a\u202eb",
    "é",
    "日本",
    "\u00ad",
    "%s",
    "'\"\\'",
]


@pytest.mark.parametrize("times", [1, 400])
def test_words_and_names_are_never_code(times):
    """The second time they are too many to be written out."""
    words = tuple(word + "x" * i for i in range(times) for word in HOSTILE)[: times * len(HOSTILE)]
    words = tuple(word[:90] for word in words)
    dataset = Dataset.from_text("\n".join(words), "x\"\"\"\nraise SystemExit(3)\n'''\u202e# .txt")
    config = of_preset(replace(preset("bigram")), dataset)
    source = script([Phase(1, config)], dataset)
    plain = script([Phase(1, config)], Dataset(name="x.txt", words=words))
    assert len(ast.parse(source).body) == len(ast.parse(plain).body)
    assert "\u202e" not in source
    names = {}
    exec(source.split("# %% Contexts")[0].partition("# %% Words")[2], _tools(), names)  # noqa: S102
    assert tuple(names["words"]) == dataset.words


def _tools() -> dict:
    import base64
    import zlib

    return {"base64": base64, "zlib": zlib}


def test_what_was_written_in_the_model_text_besides_layers_stays_out(few):
    text = 'Counts(27)  # """ import os\n'
    assert "import os" not in script([Phase(1, RunConfig(text, context=1, preset='"""', steps=1))], few)


def test_a_skip_that_nothing_adds_up_is_refused(few):
    text = "Embedding(27, 8)\nSkip(8, 4)\nSkipSum()\nLinear(4, 8)\nSkip(8, 3)\nLinear(8, 27)\nLastPosition()"
    with pytest.raises(ExportError, match="last Skip is added up by no SkipSum"):
        script([Phase(10, RunConfig(text, context=2, steps=10))], few)


def test_a_model_with_nothing_to_learn_is_refused(few):
    text = "OneHot(27)\nFlattenConsecutive(1)"
    with pytest.raises(ExportError, match="nothing to learn"):
        script([Phase(10, RunConfig(text, context=1, steps=10))], few)
