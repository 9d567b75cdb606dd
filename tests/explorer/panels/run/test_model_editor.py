"""The model text is checked, explained, and mended where there is one answer."""

import pytest

from core.nn.notation import mended
from core.nn.presets import PRESETS
from explorer.panels.run.model_editor import check
from tests.explorer.app import app

WAVENET = PRESETS["wavenet"].text(27)


def test_a_text_that_fits_has_all_its_shapes():
    checked = check(WAVENET, 32, 8, 27)
    assert checked.error is None
    assert checked.parameters == 22_397
    assert checked.shapes[-1].shape == (32, 27)


@pytest.mark.parametrize(
    ("line", "wrong"), [(2, "FlattenConsecutive(3)"), (3, "Linear(80, 68, bias=False)"), (4, "BatchNorm1d(64)")]
)
def test_the_offered_line_mends_the_text(line, wrong):
    written = WAVENET.split("\n")
    written[line - 1] = wrong
    broken = "\n".join(written)
    checked = check(broken, 32, 8, 27)
    assert checked.error.line == line
    assert [shape.line for shape in checked.shapes] == list(range(1, line))
    assert checked.failing == wrong
    assert mended(broken, checked.error) == WAVENET


def test_the_failing_line_is_the_one_that_the_error_counts():
    """str.splitlines would also end a line at a form feed or a line separator, as in a text from a PDF."""
    checked = check("Embedding(27, 10)  # one\x0ctwo\u2028three\r\nFlattenConsecutive(3)\nTanh()", 32, 8, 27)
    assert checked.error.line == 2
    assert checked.failing == "FlattenConsecutive(3)"


def test_text_that_would_run_is_only_read():
    checked = check("__import__('os').system('true')", 32, 8, 27)
    assert checked.shapes == ()
    assert checked.error.line == 1


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment", "  # one\n# two"])
def test_an_empty_text_has_no_line_that_fails(text):
    checked = check(text, 32, 8, 27)
    assert "is empty" in str(checked.error)
    assert checked.failing is None


def test_the_lines_above_one_that_cannot_be_read_have_their_shapes():
    written = WAVENET.split("\n")
    written[4] = "Tahn()"
    checked = check("\n".join(written), 32, 8, 27)
    assert [shape.line for shape in checked.shapes] == [1, 2, 3, 4]
    assert (checked.failing, checked.fault) == ("Tahn()", "cannot be read")


def test_of_two_faults_the_upper_one_is_told():
    written = WAVENET.split("\n")
    written[1], written[4] = "FlattenConsecutive(3)", "Tahn()"
    checked = check("\n".join(written), 32, 8, 27)
    assert (checked.error.line, checked.unreached, checked.fault) == (2, "FlattenConsecutive(3)", "does not fit")
    assert checked.text.split("\n") == written


def test_a_last_layer_of_the_wrong_size_is_reached_and_fails():
    checked = check(WAVENET.replace("Linear(68, 27)", "Linear(68, 20)"), 32, 8, 27)
    assert len(checked.shapes) == 14
    assert checked.failing == "Linear(68, 20)"
    assert checked.unreached is None


def test_a_text_that_fits_several_positions_only_is_refused_before_it_is_queued(home):
    """It could train, and not be evaluated."""
    at = app("train")
    at.text_area(key="setup_text").set_value("OneHot(27)\nPositionEmbedding(3, 27)")
    at.number_input(key="setup_context").set_value(1)
    at.number_input(key="setup_positions").set_value(3).run()
    assert "line 2 does not fit a context of 1 alone: use 1" in " ".join(error.value for error in at.error)
    (train,) = (button for button in at.button if button.label == "Train")
    assert train.disabled
