import pytest

from core.lenses.products import broadcast, product
from explorer.charts.products import box_tables, boxes_chart
from explorer.theme import LIGHT


def rows(tables):
    """Kind and text of the boxes of a, b and the result, from left to right."""
    found = sorted(tables["boxes"].to_pylist(), key=lambda box: (round(box["y"]), box["x"]))
    lines = {round(box["y"] + 0.31): [] for box in found}
    for box in found:
        lines[round(box["y"] + 0.31)].append((box["kind"], box["what"]))
    return list(lines.values())


def test_a_product_lines_up_and_links_what_is_summed():
    tables = box_tables(product((5, 6, 80), (80, 200)), "a @ b")
    assert rows(tables) == [
        [("equal", "5"), ("rows", "6"), ("inner", "Σ 80")],
        [("stretch", "· → 5"), ("inner", "Σ 80"), ("columns", "200")],
        [("equal", "5"), ("rows", "6"), ("columns", "200")],
    ]
    (link,) = tables["links"].to_pylist()
    assert link["x"] > link["x2"]
    assert link["y"] < link["y2"]


def test_a_vector_has_one_box():
    assert rows(box_tables(product((6, 80), (80,)), "a @ b")) == [
        [("rows", "6"), ("inner", "Σ 80")],
        [("inner", "Σ 80")],
        [("rows", "6")],
    ]


def test_clashes_are_marked_in_every_row():
    assert rows(box_tables(broadcast((2, 4), (3,)), "a + b")) == [
        [("equal", "2"), ("clash", "4")],
        [("stretch", "· → 2"), ("clash", "3")],
        [("equal", "2"), ("clash", "✕")],
    ]
    a, b, out = rows(box_tables(product((2, 4), (3, 5)), "a @ b"))
    assert (a[1], b[0]) == (("clash", "Σ 4"), ("clash", "Σ 3"))
    assert [kind for kind, _ in out] == ["clash", "clash"]


def test_one_number_is_said_in_place_of_boxes():
    texts = box_tables(product((3,), (3,)), "a @ b")["texts"].to_pylist()
    assert [text["text"] for text in texts if text["y"] == 2] == ["a @ b", "one number"]


@pytest.mark.parametrize(("a", "b"), [((), ()), ((), (3,)), ((1_000_000,) * 6, (1,) * 6)])
def test_there_is_a_picture_for_any_shapes(a, b):
    for rule in (product, broadcast):
        assert box_tables(rule(a, b), "a + b")["texts"].num_rows >= 3


def test_the_spec_is_constant():
    assert boxes_chart(LIGHT).to_dict() == boxes_chart(LIGHT).to_dict()
