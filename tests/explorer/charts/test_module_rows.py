import pytest

from core.runs.watched import ROOT, Module
from core.training.frame import TensorInfo
from explorer.charts.frame_rows import ALL
from explorer.charts.module_rows import LONGEST, ModuleTree, inside, spread_out


def module(path, kind="Linear", parent=ROOT):
    return Module(path, kind, None if path == ROOT else parent, 12, 12, 1, ((2, 3),))


def deep(blocks=30, inner=4):
    """A model of blocks of layers: its modules, and the tensors of a frame of it."""
    modules, tensors = [module(ROOT, "Net"), module("blocks", "ModuleList")], []
    for b in range(blocks):
        block = f"blocks.{b}"
        modules.append(module(block, "Block", "blocks"))
        for i in range(inner):
            path = f"{block}.{i}"
            modules.append(module(path, "ReLU" if i % 2 else "Linear", block))
            tensors.append(TensorInfo(path, "output", path, (2, 3)))
            if i % 2 == 0:
                tensors.append(TensorInfo(f"{path}.weight", "weight", path, (3, 3)))
                tensors.append(TensorInfo(f"{path}.bias", "weight", path, (3,)))
        tensors.append(TensorInfo(block, "output", block, (2, 3)))
    tensors.append(TensorInfo(ROOT, "output", ROOT, (2, 3)))
    return modules, tensors


def rows(tree, tensors, part, show=ALL):
    return tree.rows(tensors, part, show, "output", "weight")


def test_a_part_that_fits_is_shown_whole_in_the_order_of_computing():
    modules, tensors = deep()
    chosen = rows(ModuleTree(modules), tensors, "blocks.7")
    assert [row.label for row in chosen.rows] == ["0.Linear", "1.ReLU", "2.Linear", "3.ReLU", "blocks.7.Block"]
    assert [tensors[row.left].layer for row in chosen.rows][-1] == "blocks.7"
    assert [row.right is not None for row in chosen.rows] == [True, False, True, False, False]
    assert (chosen.total, chosen.level) == (5, None)


@pytest.mark.parametrize(("blocks", "rows_shown"), [(4, 21), (10, 11), (200, 23)])
def test_a_large_model_is_shown_down_to_the_level_that_fits(blocks, rows_shown):
    modules, tensors = deep(blocks)
    chosen = rows(ModuleTree(modules), tensors, ROOT)
    assert chosen.total == 5 * blocks + 1
    assert len(chosen.rows) == rows_shown
    assert (chosen.level is None) == (chosen.total == rows_shown)


def test_of_too_many_modules_of_one_level_some_are_shown_from_the_first_to_the_last():
    modules, tensors = deep(200)
    labels = [row.label for row in rows(ModuleTree(modules), tensors, ROOT).rows]
    assert labels[:3] == ["blocks.0.Block", "blocks.9.Block", "blocks.18.Block"]
    assert labels[-1] == "blocks.198.Block"


def test_rows_of_one_kind():
    modules, tensors = deep(3)
    tree = ModuleTree(modules)
    assert tree.of_kinds(tensors, "blocks.1") == [ALL, "Linear", "ReLU", "Block"]
    assert {row.kind for row in rows(tree, tensors, ROOT, "ReLU").rows} == {"ReLU"}


def test_several_outputs_and_matrices_of_one_module_have_rows_below_each_other():
    tree = ModuleTree([module(ROOT, "Net"), module("lstm", "LSTM"), module("unseen")])
    tensors = [
        TensorInfo("lstm", "output", "lstm", (2, 5, 3)),
        TensorInfo("lstm[1][0]", "output", "lstm", (1, 2, 3)),
        TensorInfo("lstm.weight_ih_l0", "weight", "lstm", (12, 3)),
        TensorInfo("lstm.weight_hh_l0", "weight", "lstm", (12, 3)),
        TensorInfo("lstm.bias_ih_l0", "weight", "lstm", (12,)),
        TensorInfo("unseen.weight", "weight", "unseen", (3, 3)),
    ]
    drawn = [(row.label, row.left, row.right, row.right_label) for row in rows(tree, tensors, ROOT).rows]
    assert drawn == [("lstm", 0, 2, "weight_ih"), ("[1][0]", 1, 3, "weight_hh"), ("unseen", None, 5, "")]


def test_a_long_name_keeps_its_end():
    tree = ModuleTree([module(ROOT), module("encoder.layers.11.attention.output.dense")])
    label = tree.label("encoder.layers.11.attention.output.dense", ROOT)
    assert (len(label), label[0], label[-12:]) == (LONGEST, "…", "output.dense")


def test_a_part_is_told_from_one_whose_name_begins_alike():
    assert inside("layers.1.0", "layers.1")
    assert not inside("layers.10", "layers.1")


def test_of_many_some_are_taken_evenly():
    assert spread_out(list(range(100)), 48) == list(range(0, 100, 3))
    assert spread_out([], 48) == []
