"""Which tensors stand in which row: layers inside others, layers with several weights, and those with none."""

import numpy as np
import pytest
import torch

from core.nn.notation import parse
from core.nn.presets import PRESETS
from core.nn.sequential import Sequential
from core.training import probe
from explorer.charts.frame_rows import kinds, layer_names, matrices, rows_of, unread, weight_labels


def frame_of(name):
    preset = PRESETS[name]
    model = Sequential.from_text(preset.text(27), preset.context, torch.Generator().manual_seed(0))
    model.connect(4)
    contexts = np.zeros((4, preset.context), np.int64)
    model.loss(contexts, contexts[:, :1] if model.logits.data.ndim == 3 else contexts[:, 0])
    model.backward()
    return probe.look(model, 1, 3.3, 0.1)


def rows(name, show, *roles):
    frame = frame_of(name)
    return frame.tensors, rows_of(frame.tensors, show, *(roles or ("output", "weight")))


@pytest.mark.parametrize("name", PRESETS)
def test_names_are_those_of_the_model(name):
    text = PRESETS[name].text(27)
    layers = Sequential.from_text(text, PRESETS[name].context).layers
    assert list(layer_names(parse(text))) == [layer.name for layer in layers]


@pytest.mark.parametrize("name", PRESETS)
def test_all_layers_stand_in_order_and_every_matrix_once(name):
    tensors, all_rows = rows(name, "All")
    assert [row.left for row in all_rows if row.left is not None] == [
        i for i, t in enumerate(tensors) if t.role == "output"
    ]
    shown = [row.right for row in all_rows if row.right is not None]
    assert len(set(shown)) == len(shown)
    assert set(matrices(tensors)) <= set(shown)


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("wavenet", ["Tanh", "Linear", "BatchNorm1d", "All"]),
        ("wavenet-paper", ["Gated", "ReLU", "Residual", "CausalConv1d", "Linear", "All"]),
        ("gru", ["GRU", "Linear", "All"]),
        ("bigram", ["All"]),
    ],
)
def test_what_can_be_chosen_begins_with_what_is_shown_first(name, choices):
    assert kinds(list(layer_names(parse(PRESETS[name].text(27))))) == choices


def test_beside_a_gate_stand_the_weights_of_both_branches():
    tensors, gates = rows("wavenet-paper", "Gated")
    assert [row.label for row in gates] == ["2.1.Gated", "", "3.1.Gated", "", "4.1.Gated", "", "5.1.Gated", ""]
    assert [row.right_label for row in gates[:2]] == ["2.1.1.CausalConv1d", "2.1.2.CausalConv1d"]
    assert [tensors[row.right].name for row in gates[:2]] == [f"{row.right_label}.weight" for row in gates[:2]]


def test_beside_a_relu_stands_what_feeds_it():
    """The first is fed by a sum of skips: no single weight."""
    _, relus = rows("wavenet-paper", "ReLU", "output_grad", "weight_grad")
    assert [(row.label, row.right_label) for row in relus] == [("7.ReLU", ""), ("9.ReLU", "8.Linear")]


@pytest.mark.parametrize(
    ("name", "kind", "weights"),
    [
        ("rnn", "RNN", ["weight_ih", "weight_hh"]),
        ("lstm", "LSTM", ["weight_ih", "weight_hh"]),
        ("transformer", "TransformerEncoderLayer", ["in_proj", "out_proj", "linear1", "linear2"] * 2),
    ],
)
def test_a_layer_with_several_matrices_has_a_row_for_each(name, kind, weights):
    tensors, several = rows(name, kind)
    assert [row.right_label for row in several] == weights
    assert all(len(tensors[row.right].shape) == 2 for row in several)
    labels = weight_labels([tensors[row.right] for row in several])
    assert len(set(labels)) == len(labels)


def test_lines_of_single_weights_are_called_by_their_layer():
    tensors, _ = rows("mlp", "All")
    labels = weight_labels([tensors[i] for i in matrices(tensors)])
    assert labels == ("1.Embedding", "3.Linear", "6.Linear")


def test_what_counts_has_outputs_and_no_gradients():
    _, (row,) = rows("bigram", "All")
    assert (row.label, row.right) == ("1.Counts", None)
    _, (row,) = rows("bigram", "All", "output_grad", "weight_grad")
    assert (row.left, row.right) == (None, None)


@pytest.mark.parametrize("name", ["wavenet-paper", "wavenet", "transformer"])
def test_layers_that_nobody_reads_are_those_without_a_gradient(name):
    preset = PRESETS[name]
    model = Sequential.from_text(preset.text(27), preset.context, torch.Generator().manual_seed(0))
    model.connect(4)
    rng = np.random.default_rng(0)
    model.loss(rng.integers(0, 27, (4, preset.context)), rng.integers(0, 27, 4))
    model.backward()
    model.fill()
    silent = [layer.name for layer in model.layers if not layer.out.grad.any()]
    assert unread(list(layer_names(parse(preset.text(27))))) == silent
    assert bool(silent) == (name == "wavenet-paper")
