"""Ratios over time: no value is lost, the guide stands at -3, axes end where they ended before."""

import json

import numpy as np
import pytest

from explorer.charts.ratios import KINDS, MOST_LABELS, ratio_tables, ratios
from explorer.theme import DARK, LIGHT

NAMES = ("1.Embedding.weight", "3.Linear.weight", "7.Linear.weight")


@pytest.fixture
def recorded():
    steps = np.array([1, 2, 5, 10, 100, 3000])
    values = -3 + np.random.default_rng(0).normal(size=(6, 3)) * 0.3
    return steps, values


def test_every_ratio_is_a_point_or_a_cross(recorded):
    steps, values = recorded
    values[-1, 1], values[-2, 0] = np.nan, -np.inf
    tables = ratio_tables(steps, values, NAMES, moment=None)
    assert tables["lines"].num_rows == values.size - 2
    crosses = sorted((row["step"], row["weight"]) for row in tables["nans"].to_pylist())
    assert crosses == [(100, NAMES[0]), (3000, NAMES[1])]
    assert set(tables["nans"]["value"].to_pylist()) == {-5.0}  # the lower edge


def test_axes_stand_still_until_data_leaves_them(recorded):
    steps, values = recorded
    before = ratio_tables(steps[:5], values[:5], NAMES, None)["anchors"]
    assert before.to_pydict() == {"step": [1.0, 100.0], "value": [-5.0, -1.0]}
    after = ratio_tables(steps, values - 4, NAMES, None)["anchors"].to_pydict()
    assert after["step"] == [1.0, 5000.0]
    assert after["value"][0] <= (values - 4).min()


def test_guide_and_moment():
    tables = ratio_tables(np.array([1]), np.full((1, 3), -3.0), NAMES, moment=0)
    assert tables["guide"]["value"].to_pylist() == [-3.0]
    assert tables["moment"]["step"].to_pylist() == [1]  # a logarithmic axis has no 0
    assert ratio_tables(np.array([1]), np.full((1, 3), -3.0), NAMES, None)["moment"].num_rows == 0


def test_before_anything_is_recorded():
    tables = ratio_tables(np.empty(0, np.int64), np.empty((0, 3)), NAMES, None)
    assert tables["lines"].num_rows == tables["nans"].num_rows == tables["ends"].num_rows == 0


def test_only_updates_have_a_healthy_pace():
    updates = json.dumps(ratios(LIGHT, names=NAMES, kind="update_data").to_dict())
    gradients = json.dumps(ratios(LIGHT, names=NAMES, kind="grad_data").to_dict())
    assert "healthy" in updates
    assert LIGHT.update in updates
    assert "healthy" not in gradients
    assert LIGHT.gradient in gradients


def test_a_layer_has_the_same_colour_in_both_pictures():
    def colours(kind):
        layers = ratios(DARK, names=NAMES, kind=kind).to_dict()["layer"]
        return [
            layer["encoding"]["color"]["scale"] for layer in layers if "scale" in layer["encoding"].get("color", {})
        ]

    (scale, *others) = colours("update_data") + colours("grad_data")
    assert scale == {"domain": list(NAMES), "range": DARK.layers(3)}
    assert all(other == scale for other in others)


def test_every_line_ends_at_its_layers_name(recorded):
    steps, values = recorded
    values[-1, 1] = np.nan
    values[:, 2] = -np.inf
    ends = ratio_tables(steps, values, NAMES, None)["ends"].to_pylist()
    assert [row["layer"] for row in ends] == ["1.Embedding", "3.Linear", "7.Linear"]
    assert [(row["step"], row["value"]) for row in ends] == [(3000, values[-1, 0]), (100, values[-2, 1]), (3000, -5.0)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 5, 12, 40])
def test_names_never_overlap(kind, n):
    """Not each other, and not the words at the guide; they stand in the order of their lines."""
    values = -3 + np.random.default_rng(n).normal(size=(2, n)) * 0.05
    names = [f"{i}.Linear.weight" for i in range(n)]
    tables = ratio_tables(np.array([1, 2]), values, names, None, kind)
    low, high = tables["anchors"]["value"].to_pylist()
    ends = sorted(tables["ends"].to_pylist(), key=lambda row: row["value"])
    labels = [row["label"] for row in ends]
    taken = labels if KINDS[kind].guide is None else sorted([*labels, KINDS[kind].guide])
    assert min(np.diff([*taken]), default=1) > 0.75 * 0.055 * (high - low)
    assert labels == sorted(labels)
    assert low <= labels[0]
    assert labels[-1] <= high
    assert len(labels) <= MOST_LABELS
