"""The small picture on Home: what the large one draws, in plain losses, and never without axes."""

import math
import re

import numpy as np
import pytest

from core.runs.info import Evaluation
from core.training.config import RunConfig
from explorer.charts.loss_tables import LossSummary, loss_tables
from explorer.charts.small_loss import small_loss, small_loss_tables
from explorer.theme import DARK, LIGHT

CONFIG = RunConfig(model="Embedding(27, 10)", steps=1_000)


def tables_of(losses, evaluations=()):
    losses = np.asarray(losses, np.float32)
    return small_loss_tables(loss_tables(LossSummary(losses), evaluations, CONFIG, 10, log=False))


def test_it_draws_the_means_and_the_validation_losses():
    losses = np.linspace(3, 2, 100)
    drawn = tables_of(losses, [Evaluation(100, "val", 2.5, 10)])
    assert drawn["smooth"]["loss"].to_numpy() == pytest.approx(losses.reshape(10, 10).mean(axis=1))
    assert drawn["validation"].to_pylist() == [{"step": 100, "value": 2.5, "loss": 2.5}]
    assert drawn["corners"]["loss"].to_pylist() == pytest.approx([losses[-10:].mean(), losses[:10].mean()])


def test_losses_that_are_no_numbers_are_marks_and_spoil_no_axis():
    drawn = tables_of([math.nan], [Evaluation(0, "val", math.inf, 10)])
    assert [row["step"] for row in drawn["broken"].to_pylist()] == [1, 0]
    assert np.isfinite(drawn["corners"]["loss"].to_numpy()).all()


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_every_table_that_it_names_is_there(palette):
    spec = small_loss(palette).to_dict()
    named = set(re.findall(r"'data': {'name': '(\w+)'}", str(spec)))
    assert named == tables_of([2.0]).keys()
