"""The shapes of a model text, of the current run or of any other, as a picture and as a table.

>>> shapes_panel()
"""

import pandas as pd
import streamlit as st

from core.nn.notation import mended
from core.nn.presets import preset
from explorer import session, theme
from explorer.charts.shape_rows import foldable, shape_rows
from explorer.charts.shapes import shape_tables, shapes_chart
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.panels.as_you_type import as_you_type
from explorer.panels.live_chart import live_chart
from explorer.panels.model_source import choose_model, source_of, watched_run
from explorer.panels.run.model_editor import Checked, check, fix_label
from explorer.panels.watched.module_tree import module_tree

MODEL, TEXT, BATCH, CONTEXT, LOADED = "shapes_model", "shapes_text", "shapes_batch", "shapes_context", "shapes_loaded"
FOLD, POSITIONS = "shapes_fold", "shapes_positions"
OF_LAYERS = "Follow T and C down the layers: where neighbours are joined, T shrinks and C grows by the same factor."
OF_MODULES = "Follow the sizes from module to module, as the last call put them out: the first is mostly the batch."
NESTED = " A line leads from the layers inside another to the one that holds them."


def look_for() -> str:
    return OF_MODULES if watched_run() else OF_LAYERS


def shapes_panel() -> None:
    if info := watched_run():
        module_tree(info)
        return
    checked, batch, characters = _controls()
    _explain(checked, "page")
    failing = checked.unreached
    rows = shape_rows(checked.shapes, fold=session.get(session.keep(FOLD, True)))
    tables = shape_tables(rows, batch, characters, failing, checked.fault)
    said = "The shape after each layer as a box; the same stands in the table below."
    live_chart(shapes_chart, tables, key="shapes", alt_text=said, rows=len(rows) + 1 + (failing is not None))
    with st.container(horizontal=True, gap="medium"):
        if foldable(checked.shapes):
            st.toggle(
                "Fold equal blocks",
                value=session.get(FOLD),
                key=FOLD,
                help="Blocks that differ in their dilation alone are one row each; the first is shown whole.",
            )
        nested = any(shape.depth for shape in checked.shapes)
        st.caption(
            "A box is as wide as C; its slices count T; the sheets behind it stand for B. FLOPs are those of one "
            f"forward pass of the batch.{NESTED if nested else ''}",
            width="stretch",
        )
    _table(checked)


def _controls() -> tuple[Checked, int, int]:
    """The checked text, and the shape of its input: batch and characters."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        source = choose_model(MODEL, on_change=_load)
        if session.get(LOADED) != source:  # another run was chosen, or this is the first visit
            _load()
        batch = st.number_input(
            "Batch (B)",
            1,
            4096,
            value=session.get(session.keep(BATCH, 32)),
            key=BATCH,
            width=130,
            help="How many examples go through the model at once.",
        )
        context = st.number_input(
            "Context (T)",
            1,
            64,
            value=session.get(session.keep(CONTEXT, 8)),
            key=CONTEXT,
            width=130,
            help="How many characters the model sees.",
        )
        with st.popover("Edit", icon=":material/edit:", help="Change the model text, or write your own."):
            text = st.text_area(
                "Model, one layer a line", session.get(session.keep(TEXT, "")), key=TEXT, height=240, width=420
            )
            as_you_type(TEXT)
            below = st.container(width=420)
            positions = st.number_input(
                "Predictions in one pass (P)",
                1,
                64,
                value=session.get(session.keep(POSITIONS, 1)),
                key=POSITIONS,
                help="Convolutions can predict at several positions at once; they then read T + P - 1 characters.",
            )
        vocab = recorded.store().dataset(recorded.config(source.run).dataset if source.run else "").vocab_size
        checked = check(text, batch, context, vocab, positions)
        with below:  # the open text hides the middle of the page
            _explain(checked, "text")
        _totals(checked)
    return checked, batch, context + positions - 1


def _load() -> None:
    """Put the chosen model's own text and context in place of what was edited."""
    source = source_of(MODEL)
    if source.run:
        config = recorded.config(source.run)
        text, context = config.model, config.context
    else:
        chosen = preset(source.preset)
        text, context = chosen.text(recorded.store().dataset("").vocab_size), chosen.context
    session.put(TEXT, text)
    session.put(CONTEXT, context)
    session.put(POSITIONS, 1)
    session.put(LOADED, source)


def _totals(checked: Checked) -> None:
    flops = sum(shape.flops for shape in checked.shapes)
    st.metric("Parameters", theme.count(checked.parameters), width=110, help="Numbers that training changes.")
    st.metric(
        "FLOPs",
        theme.count(flops),
        width=110,
        help="Floating-point operations of one forward pass of the batch, where a multiplication and an addition count "
        "as two. The backward pass takes about twice as many.",
    )


def _explain(checked: Checked, place: str) -> None:
    """What is wrong with the text, and the button that mends it. `place`: of several on a page, which."""
    error = checked.error
    if error is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.error(plain(str(error)), icon=":material/rule:")
        if error.fix is not None:
            st.button(
                fix_label(error),
                key=f"shapes_fix_{place}",
                width="content",
                icon=":material/build:",
                on_click=lambda: session.put(TEXT, mended(checked.text, error)),
            )


def _table(checked: Checked) -> None:
    with st.expander("The same as a table", icon=":material/table:"):
        rows = [
            {
                "place": shape.name.rpartition(".")[0],
                "layer": str(shape.spec),
                "reads": theme.shape(shape.in_shape),
                "puts out": theme.shape(shape.shape),
                "what it does": shape.what,
                "parameters": shape.parameters,
                "FLOPs": shape.flops,
            }
            for shape in checked.shapes
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True)
