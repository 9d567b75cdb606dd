"""Every planted bug crosses its figure's line within a few hundred steps, and the healthy twin stays below it."""

from dataclasses import replace

import pytest
import torch

from core.dataset import Dataset
from core.lenses.hunt.figures import FIGURES, spelt
from core.lenses.hunt.rounds import MODELS, Round, places, round_of
from core.training.defects import DEFECTS
from tests.core.lenses.hunt.recording import recorded

STEPS, SEED = 300, 5
WHERE = [(model, defect) for model in MODELS for defect in DEFECTS if places(DEFECTS[defect], model)]


@pytest.fixture(scope="module")
def names() -> Dataset:
    return Dataset.builtin()


@pytest.fixture(scope="module")
def healthy(names):
    """By model: a run without a bug."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield {model: recorded(_config(model, None), names) for model in MODELS}
    torch.set_num_threads(threads)


def _config(model, defect, layer=None):
    return replace(Round("k3x9-q7", model, defect, layer, SEED).config(), steps=STEPS)


@pytest.mark.parametrize(("model", "name"), WHERE)
def test_a_bug_shows_in_its_figure_and_its_healthy_twin_does_not(model, name, healthy, names):
    defect = DEFECTS[name]
    layer = places(defect, model)[-1] if defect.single else None
    record, figure = recorded(_config(model, defect, layer), names), FIGURES[defect.figure]
    assert figure.crossed(record), figure.value(record)
    assert not figure.crossed(healthy[model]), figure.value(healthy[model])


@pytest.mark.parametrize("model", MODELS)
def test_a_healthy_run_crosses_no_line_at_all(model, healthy):
    assert [figure.name for figure in FIGURES.values() if figure.crossed(healthy[model])] == []


@pytest.mark.parametrize(
    "token",
    [
        "bn49-qk",  # a summed loss: diverges at step 7, before anything but the initialisation is evaluated
        "an39-qh",  # gradients that add up: all ReLUs die, and the gradients stop growing
    ],
)
def test_a_run_that_fails_early_shows_its_bug_as_well(token, names):
    hidden = round_of(token)
    record, figure = recorded(hidden.config(), names), FIGURES[hidden.defect.figure]
    assert figure.crossed(record), figure.value(record)


def test_every_bug_can_be_hunted_somewhere():
    assert {defect for _, defect in WHERE} == DEFECTS.keys()
    assert len(DEFECTS) >= 12


def test_a_run_that_recorded_nothing_has_no_figures(healthy):
    nothing = replace(healthy["wavenet"], losses=healthy["wavenet"].losses[:0], frames=[], evaluations=[], states=[])
    for figure in FIGURES.values():
        assert figure.value(nothing) is None
        assert not figure.crossed(nothing)


def test_a_run_that_diverges_at_once_still_shows_that_its_loss_rose(names):
    record = recorded(_config("ReLU network", DEFECTS["sign-flipped"]), names)
    assert len(record.losses) < 40
    assert FIGURES["loss_risen"].crossed(record)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (7.8e-8, "0"),
        (-0.028, "−0.028"),
        (31.97, "32"),
        (864.2, "864"),
        (3.4e18, "3.4e+18"),
        (-52.1, "−52.1"),
    ],
)
def test_values_are_spelt_in_three_digits(value, text):
    assert spelt(value) == text
