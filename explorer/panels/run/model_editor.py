"""The model text with its shapes: checked as you type, explained where it does not fit.

>>> checked = model_editor(dataset, batch=32, context=8)
>>> checked.error or checked.parameters
22397
"""

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from core.dataset import Dataset
from core.nn.notation import ModelTextError, lines, mended, parse
from core.nn.shapes import LayerShape, infer
from core.spelling import listing
from explorer import session, theme
from explorer.markdown import plain
from explorer.panels.as_you_type import as_you_type
from explorer.panels.live_chart import palette

KEY = "setup_text"
HEIGHT = 346  # pixels: the 14 lines of a wavenet
HEADER, ROW = 38, 22
MOST_ROWS = 30  # of the table; more of them scroll
NAMED = 4  # lines that a button names; of more, the others are counted
INDENT = "\N{EM SPACE}"  # for each container around a layer


@dataclass(frozen=True)
class Checked:
    """A model text and what was found out about it: `shapes` reach up to the layer that fails."""

    text: str
    shapes: tuple[LayerShape, ...]
    error: ModelTextError | None
    fault: str = "does not fit"  # what is wrong with the failing line, in a table's words

    @property
    def parameters(self) -> int:
        return sum(shape.parameters for shape in self.shapes)

    @property
    def failing(self) -> str | None:
        """The text of the line that the error names; None where there is none, as in an empty text."""
        if self.error is None or self.error.line is None:
            return None
        return lines(self.text)[self.error.line - 1].split("#")[0].strip() or None

    @property
    def unreached(self) -> str | None:
        """The same, where shapes do not reach that line: a last layer may have a shape and not be the right one."""
        failing = self.failing
        return None if failing and self.shapes and self.shapes[-1].line >= self.error.line else failing


def check(text: str, batch: int, context: int, vocab_size: int, positions: int = 1) -> Checked:
    """Parse and infer; never raises. The lines above one that cannot be read have shapes, or the first fault."""
    try:
        specs = parse(text)
    except ModelTextError as error:
        if error.line in (None, 1):
            return Checked(text, (), error, "cannot be read")
        above = check("\n".join(lines(text)[: error.line - 1]), batch, context, vocab_size, positions)
        if above.unreached:
            return replace(above, text=text)
        return Checked(text, above.shapes, error, "cannot be read")
    try:
        return Checked(text, tuple(infer(specs, batch, context, vocab_size, positions)), None)
    except ModelTextError as error:
        return Checked(text, error.shapes_so_far, error)


def fix_label(error: ModelTextError) -> str:
    """What the button says that mends a text: `Write Linear(20, 68) there`, or all lines that it writes."""
    if not error.fix:
        return "Take the line out"
    return f"Write {listing(map(plain, lines(error.fix)), 'and', NAMED)} there"


def model_editor(dataset: Dataset, batch: int, context: int, positions: int = 1, key: str = KEY) -> Checked:
    """Draws the text and, in the same row, its table of shapes, for `positions` predicted in one pass.

    The text is the session's under `key`.
    """
    left, right = st.columns([2, 3], gap="medium")
    with left:
        text = st.text_area("Model, one layer a line", session.get(key), key=session.keep(key, ""), height=HEIGHT)
        as_you_type(key)
    checked = check(text, batch, context, dataset.vocab_size, positions)
    with right:
        if checked.error is not None:
            _error(checked, key)
        _table(checked)
    return checked


def _table(checked: Checked) -> None:
    rows = [
        (str(s.line), f"{INDENT * s.depth}{s.kind}", theme.shape(s.shape), theme.steps(s.parameters))
        for s in checked.shapes
    ]
    error = checked.error
    failing = checked.failing is not None
    if failing:
        if rows and rows[-1][0] == str(error.line):  # the last layer's own shape is what does not fit
            rows.pop()
        rows.append((str(error.line), checked.failing, checked.fault, ""))
    table = pd.DataFrame(rows, columns=["line", "layer", "output", "parameters"])
    warn = f"color: {palette().warning}; font-weight: 600"
    styled = table.style.apply(lambda row: [warn if failing and row.name == len(rows) - 1 else ""] * 4, axis=1)
    if error is None:
        counted = f"{len(rows)} layers, {theme.steps(checked.parameters)} parameters"
        st.markdown(
            f":small[Shapes: {counted}]", help="B examples a batch, T positions (time), C channels: numbers each."
        )
    st.dataframe(
        styled,
        hide_index=True,
        height=HEADER + ROW * min(len(rows), MOST_ROWS),
        row_height=ROW,
        column_config={
            "line": st.column_config.TextColumn(width=45, alignment="right"),
            "layer": st.column_config.TextColumn(width=160),
            "output": st.column_config.TextColumn(width=150),
            "parameters": st.column_config.TextColumn(width=90, alignment="right"),
        },
    )


def _error(checked: Checked, key: str) -> None:
    error = checked.error
    st.error(plain(str(error)), icon=":material/rule:")
    if error.fix is not None:
        st.button(
            fix_label(error),
            key="fix" if key == KEY else f"fix_{key}",
            icon=":material/build:",
            on_click=lambda: session.put(key, mended(checked.text, error)),
        )
