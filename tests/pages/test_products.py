"""Shapes of products: what fits and what does not, from typed shapes; a view beside a concatenation."""

import pytest

from tests.explorer.app import app, texts


def chosen(view):
    at = app("products")
    at.segmented_control(key="products_view").set_value(view).run()
    return at


def said(at):
    return "\n".join(box.value for box in (*at.success, *at.error, *at.warning, *at.info)) + texts(at)


def test_the_course_s_product_comes_first(home):
    at = app("products")
    assert at.title[0].value == "Which shapes fit together?"
    assert "is `(4, 5, 6, 200)`" in at.success[0].value
    assert len(at.get("vega_lite_chart")) == 1


def test_a_mistake_is_explained_and_mended(home):
    at = app("products")
    at.text_input(key="products_b_@").set_value("200, 80").run()
    assert "a ends with 80, b has 200 in its last but one" in at.error[0].value
    assert len(at.get("vega_lite_chart")) == 1
    (mend,) = (button for button in at.button if button.label == "Write (80, 200) for b")
    mend.click().run()
    assert at.text_input(key="products_b_@").value == "80, 200"
    assert "is `(4, 5, 6, 200)`" in at.success[0].value


def test_broadcasting_warns_of_the_course_s_trap(home):
    at = chosen("a + b")
    assert "is `(27, 27)`" in at.success[0].value
    (example,) = (button for button in at.button if button.label == "27, 27 + 27")
    example.click().run()
    assert "lies along the last dimension, not along the first" in at.success[0].value


def test_what_is_no_shape_is_one_sentence(home):
    at = app("products")
    for text in ("B, T", "4, -2", "1,2,3,4,5,6,7,8", "'; drop table"):
        at.text_input(key="products_a_@").set_value(text).run()
        assert not at.exception
        (warning,) = at.warning
        assert warning.value.endswith("Still showing: **(4, 5, 6, 80)**.")
        assert not at.success
        assert len(at.get("vega_lite_chart")) == 1


def test_while_a_text_is_refused_nothing_is_said_of_the_shape_before(home):
    at = app("products")
    at.text_input(key="products_a_@").set_value("").run()
    assert at.error, "a single number cannot be multiplied so"
    at.text_input(key="products_a_@").set_value("a,b").run()
    (warning,) = at.warning
    assert warning.value.endswith("Still showing: **a single number**.")
    assert not at.error


def test_what_to_look_for_is_of_the_operation(home):
    sentences = {chosen(view).caption[0].value for view in ("a @ b", "a + b", "view and cat")}
    assert len(sentences) == 3


def test_two_vectors_make_one_number(home):
    at = app("products")
    at.text_input(key="products_a_@").set_value("3").run()
    at.text_input(key="products_b_@").set_value("3").run()
    assert "is `()`. Its one number is a sum over 3 products." in at.success[0].value


@pytest.mark.parametrize("view", ["a @ b", "a + b"])
def test_without_any_shape_one_is_asked_for(home, view):
    at = chosen(view)
    for box in at.text_input:
        box.set_value("")
    at.run()
    assert at.info[0].value.startswith("Type the shapes of a and b")
    assert not at.error


def test_a_view_equals_the_even_and_odd_positions(home):
    at = chosen("view and cat")
    assert "**equal: yes**, all 320 numbers of `(4, 4, 20)` compared" in texts(at)
    at.segmented_control(key="views_other").set_value("runs of positions").run()
    assert "**equal: no**" in texts(at)


@pytest.mark.parametrize(("n", "sizes"), [(2, "4, 4, 20"), (4, "4, 2, 40"), (8, "4, 80")])
def test_flatten_consecutive_of_any_n(home, n, sizes):
    at = chosen("view and cat")
    (button,) = (button for button in at.button if button.label == f"FlattenConsecutive({n})")
    button.click().run()
    assert at.text_input(key="views_sizes").value == sizes
    assert "**equal: yes**" in texts(at)
    assert len(at.get("vega_lite_chart")) == 1
    narrow = n == 8  # 80 cells in a row
    assert ("point at a cell for its number" in texts(at)) == narrow
    assert ("views_other" in {control.key for control in at.segmented_control}) != narrow  # one position each


@pytest.mark.parametrize(
    ("x", "sizes", "sentence"),
    [
        ("4, 8, 10", "4, 4, 21", "a view neither makes nor drops any"),
        ("4, 8, 10", "32, 10", "no FlattenConsecutive"),
        ("4, 8, 10", "-1, -1", "Only one size can be −1"),
        ("4, 8", "4, 8", "is not (B, T, C)"),
        ("4, 17, 10", "4, 170", "too many to draw"),
        ("1000000, 8, 10", "1000000, 4, 20", "at most 4,000,000"),
        ("4, 8, 10", "four", "is no size"),
    ],
)
def test_views_that_do_not_do_are_one_sentence(home, x, sizes, sentence):
    at = chosen("view and cat")
    at.text_input(key="views_x").set_value(x).run()
    at.text_input(key="views_sizes").set_value(sizes).run()
    assert not at.exception
    assert sentence in said(at).replace("\\", "")


def test_many_channels_are_drawn_as_one(home):
    at = chosen("view and cat")
    at.text_input(key="views_x").set_value("32, 4, 68").run()
    at.text_input(key="views_sizes").set_value("32, -1, 136").run()
    assert "**equal: yes**, all 8,704 numbers" in texts(at)
    assert "a cell is a position with its 68 numbers" in texts(at)


def test_shapes_stay_when_the_page_changes(home):
    at = app("products")
    at.text_input(key="products_a_@").set_value("7, 80").run()
    at.switch_page("../pages/shapes.py").run()
    at.switch_page("../pages/products.py").run()
    assert at.text_input(key="products_a_@").value == "7, 80"
