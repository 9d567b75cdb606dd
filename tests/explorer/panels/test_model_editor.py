"""The model text is checked, explained, and mended where there is one answer."""

import pytest

from core.nn.presets import PRESETS
from explorer.panels.model_editor import check, mended

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
    broken = mended(WAVENET, line, wrong)
    checked = check(broken, 32, 8, 27)
    assert checked.error.line == line
    assert [shape.line for shape in checked.shapes] == list(range(1, line))
    assert mended(broken, line, checked.error.fix) == WAVENET


def test_a_line_can_be_taken_out_or_become_two():
    assert mended("a\nb\nc", 2, "") == "a\nc"
    assert mended("a\nb\nc", 2, "x\ny") == "a\nx\ny\nc"


def test_text_that_would_run_is_only_read():
    checked = check("__import__('os').system('true')", 32, 8, 27)
    assert checked.shapes == ()
    assert checked.error.line == 1
