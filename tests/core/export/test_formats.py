"""What can be had of which run, and weights at a moment."""

import io
import json

import numpy as np
import pytest
from safetensors import safe_open

from core.export.errors import ExportError
from core.export.formats import FORMATS, export, weights_step
from core.nn.presets import preset
from core.runs.watched import ROOT, Module, Watched
from core.training.config import RunConfig, of_preset


@pytest.fixture
def run(recorded, few):
    return recorded(of_preset(preset("mlp"), few, steps=30, optimiser="adamw"))


def weights(store, run_id: str, tmp_path, **options):
    path = tmp_path / "weights.safetensors"
    with path.open("wb") as file:
        export(store, store.run(run_id), "weights", file, **options)
    return safe_open(path, "np")


def test_weights_are_those_of_the_moment_and_nothing_else(store, run, tmp_path):
    found = weights(store, run, tmp_path, step=25)
    _, state = store.checkpoint(run, 25)
    mine = {name for name in state if name[0].isdigit()}
    assert set(found.keys()) == mine
    assert {"3.Linear.weight", "4.BatchNorm1d.running_mean"} <= mine
    assert all(np.array_equal(found.get_tensor(name), state[name]) for name in mine)
    metadata = found.metadata()
    assert (metadata["run"], metadata["step"]) == (run, "20")
    assert RunConfig.from_json(metadata["config"]) == store.config(run)


def test_the_file_is_named_after_the_step_that_it_is_of(store, run):
    info = store.run(run)
    assert [weights_step(store, info, step) for step in (None, 0, 9, 25)] == [30, 0, 0, 20]
    assert FORMATS["weights"].file_name(info, 20) == f"{run}-step-20.safetensors"
    assert FORMATS["script"].file_name(info) == f"{run}.py"


def test_a_round_of_the_hunt_does_not_give_itself_away(store, recorded, few, tmp_path):
    run_id = recorded(of_preset(preset("mlp"), few, steps=10, defect="huge-logits"), hunt="k3x9-q7")
    for form in ("script", "notebook"):
        with pytest.raises(ExportError, match="bug hunt") as error:
            export(store, store.run(run_id), form, io.BytesIO(), hidden=True)
        assert "huge" not in str(error.value)
    settings = weights(store, run_id, tmp_path, hidden=True).metadata()["config"]
    assert "defect" not in json.loads(settings)
    for form in set(FORMATS) - {"script", "notebook"}:
        file = io.BytesIO()
        export(store, store.run(run_id), form, file, hidden=True)
        assert b"huge-logits" not in file.getvalue()


def test_what_a_planted_bug_remembers_is_no_weight(store, recorded, few, tmp_path):
    run_id = recorded(of_preset(preset("mlp"), few, steps=10, defect="gradients-add-up"), hunt="k3x9-q7")
    assert any(name.startswith("planted.") for name in store.checkpoint(run_id)[1])
    assert all(name[0].isdigit() for name in weights(store, run_id, tmp_path, hidden=True).keys())  # noqa: SIM118


def test_a_watched_run_has_curves_and_frames_and_no_script(store):
    watched = Watched((Module(ROOT, "Linear", None, 6, 6, 1, ((2, 3),)),), 100, None, None, "cpu", "2.13")
    store.create_watched("mine", watched, "watched-abcdef")
    info = store.run("watched-abcdef")
    for form in FORMATS:
        if form in ("script", "notebook", "weights"):
            with pytest.raises(ExportError, match="A watched run has no"):
                export(store, info, form, io.BytesIO())
        else:
            export(store, info, form, file := io.BytesIO())
            assert file.getvalue()


def test_a_run_without_weights_says_so(store, few):
    run_id = store.create(of_preset(preset("mlp"), few), few)
    with pytest.raises(ExportError, match="has no weights yet"):
        export(store, store.run(run_id), "weights", io.BytesIO())
