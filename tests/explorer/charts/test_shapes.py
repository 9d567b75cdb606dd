"""Boxes stand in proportion, every dimension has its letter, and a text that does not fit shows how far it got."""

import re

import pytest
import vl_convert

from core.nn.notation import ModelTextError, parse
from core.nn.presets import PRESETS
from core.nn.shapes import infer
from explorer.charts.shape_rows import shape_rows
from explorer.charts.shapes import BATCH, HEAD, row_height, shape_tables, shape_words, shapes_chart
from explorer.theme import LIGHT


@pytest.fixture
def wavenet():
    return infer(parse(PRESETS["wavenet"].text(27)), 4, 8)


def tables_of(shapes, *more):
    return shape_tables(shape_rows(shapes), 4, 8, *more)


def rows_of(tables, kind):
    return [row for row in tables["texts"].to_pylist() if row["kind"] == kind]


def test_widths_are_in_proportion(wavenet):
    tables = tables_of(wavenet)
    slices = {}
    for box in tables["boxes"].to_pylist():
        if box["kind"] == "slice":
            slices.setdefault(box["layer"], []).append(box)
    width = {layer: boxes[0]["x2"] - boxes[0]["x"] for layer, boxes in slices.items()}
    assert width["6.FlattenConsecutive(2)"] == pytest.approx(2 * width["5.Tanh()"])
    assert width["14.Linear(68, 27)"] == pytest.approx(27 / 68 * width["13.Tanh()"])
    assert [len(slices[name]) for name in ("1.Embedding(27, 10)", "5.Tanh()", "9.Tanh()", "13.Tanh()")] == [8, 4, 2, 1]


def test_every_dimension_is_named(wavenet):
    tables = tables_of(wavenet)
    assert {row["text"] for row in rows_of(tables, "B")} == {"B 4"}
    assert [row["text"] for row in rows_of(tables, "T")] == ["T 8"] * 2 + ["T 4"] * 4 + ["T 2"] * 4
    channels = [row["text"] for row in rows_of(tables, "C")]
    assert channels == [f"C {shape.shape[-1]}" for shape in wavenet]


def test_numbers_add_up_to_the_models(wavenet):
    tables = tables_of(wavenet)
    parameters = [row["text"] for row in rows_of(tables, "number")][::2]
    assert parameters[:3] == ["270", "–", "1.36k"]
    assert sum(shape.parameters for shape in wavenet) == 22_397


def test_a_text_that_does_not_fit_shows_how_far_it_got():
    with pytest.raises(ModelTextError) as caught:
        infer(parse("Embedding(27, 10)\nFlattenConsecutive(2)\nLinear(80, 68)"), 4, 8)
    tables = tables_of(caught.value.shapes_so_far, "Linear(80, 68)")
    assert [row["text"] for row in rows_of(tables, "layer")] == [
        "input",
        "1.Embedding(27, 10)",
        "2.FlattenConsecutive(2)",
    ]
    assert [row["text"] for row in rows_of(tables, "failing")] == ["3.Linear(80, 68)", "does not fit"]


def test_a_line_that_cannot_be_read_says_so():
    tables = tables_of((), "Lineer(1, 2)", "cannot be read")
    assert [row["text"] for row in rows_of(tables, "failing")] == ["1.Lineer(1, 2)", "cannot be read"]


def test_nothing_fits():
    tables = tables_of((), "Tanh()")
    assert [row["text"] for row in rows_of(tables, "layer")] == ["input"]


def test_layers_inside_are_indented_and_a_line_leads_to_what_holds_them():
    text = "Embedding(5, 4)\nResidual(Gated(Linear(4, 4), Linear(4, 4)), Tanh())\nFlattenConsecutive(2)\nLinear(8, 5)"
    tables = shape_tables(shape_rows(infer(parse(text), 4, 2)), 4, 2)
    layers = rows_of(tables, "layer")
    labels = ["input", "1.Embedding(5, 4)", "1.Linear(4, 4)", "2.Linear(4, 4)", "1.Gated(...)", "2.Tanh()"]
    assert [row["text"] for row in layers][:7] == [*labels, "2.Residual(...)"]
    assert [row["x"] for row in layers][2:7] == pytest.approx([2.8, 2.8, 1.4, 1.4, 0])
    y = {row["text"]: row["y"] for row in layers}
    gated, residual = tables["lines"].to_pylist()
    assert gated["y"] == residual["y"] < y["1.Linear(4, 4)"]
    assert gated["y2"] < y["1.Gated(...)"] < residual["y2"] < y["2.Residual(...)"]


def test_a_long_name_ends_before_its_shape_however_deep_it_stands():
    long = "CausalConv1d(32, 32, dilation=2, bias=False)"
    text = (
        f"Embedding(27, 32)\n{long}\nResidual(Residual({long}), Linear(32, 32))\nFlattenConsecutive(4)\nLinear(128, 27)"
    )
    rows = shape_rows(infer(parse(text), 4, 8))
    spec = shapes_chart(LIGHT, rows=len(rows) + 1).properties(width=900).to_dict()
    spec["datasets"] = {name: table.to_pylist() for name, table in shape_tables(rows, 4, 8).items()}
    drawn = re.findall(r"translate\(([\d.]+),[\d.]+\)[^>]*>(\d\.CausalC[^<]*)<", vl_convert.vegalite_to_svg(spec))
    assert len(drawn) == 2
    ends = [float(x) + 11 * 0.602 * len(name) for x, name in drawn]  # 11 pixels of a monospaced font
    assert max(ends) < 9 * BATCH - 11 * 0.602 * len("B 32")


def test_a_fault_inside_a_block_is_below_the_rows_that_have_shapes():
    text = "Embedding(5, 4)\nResidual(Linear(4, 4), Linear(3, 4))\nFlattenConsecutive(2)\nLinear(8, 5)"
    with pytest.raises(ModelTextError) as caught:
        infer(parse(text), 4, 2)
    tables = tables_of(caught.value.shapes_so_far, "Residual(Linear(4, 4), Linear(3, 4))")
    assert [row["text"] for row in rows_of(tables, "layer")] == ["input", "1.Embedding(5, 4)", "1.Linear(4, 4)"]
    assert rows_of(tables, "failing")[0]["text"].startswith("2.Residual")


def test_rows_fit_a_projector():
    assert shapes_chart(LIGHT, rows=15).to_dict()["height"] == HEAD + 15 * row_height(15) <= 450


def test_shape_words():
    assert shape_words((32, 4, 68)) == "32 examples, 4 positions each, 68 numbers at each position"
    assert shape_words((32, 8), characters=True) == "32 examples, 8 characters each"
