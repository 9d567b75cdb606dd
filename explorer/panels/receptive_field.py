"""The tree of a model over a text: what each node sees, by the model text and by its gradients.

>>> field_panel()
"""

import numpy as np
import pandas as pd
import streamlit as st

from core.lenses.receptive_field import excerpt, spans
from explorer import session, theme
from explorer.charts.receptive_field import PICK, receptive_field, right_edge, tree_tables
from explorer.feeds import models, recorded
from explorer.feeds.models import Field, Loaded
from explorer.markdown import plain
from explorer.panels.lens import weights_after
from explorer.panels.live_chart import CHECKPOINT_TICK, live_chart
from explorer.panels.model_source import Source, choose_model, watched_run
from explorer.panels.run.state import following, nothing_recorded, still
from explorer.panels.typed_text import LIVE, understood
from explorer.panels.word_choice import suggest

TEXT, GOOD = "field_text", "field_good"
NO_TEXT = "What a node can see is derived from a model text, which a watched run has not. Below is a preset, untrained."


def field_panel() -> None:
    if watched_run():
        st.info(NO_TEXT, icon=":material/visibility:")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        source = choose_model("field_model")
        words = recorded.store().dataset(recorded.config(source.run).dataset if source.run else "").words
        suggest(TEXT, words[0])
        text = st.text_input(
            "Text",
            session.get(TEXT),
            key=TEXT,
            max_chars=200,
            placeholder="Nothing: the model sees dots alone",
            live=LIVE,
            width=300,
            help="Any text of the model's characters. It sees the last ones; dots stand for nothing before them.",
        )
    tick = CHECKPOINT_TICK if source.run and following(recorded.info(source.run)) else None
    st.fragment(_field, run_every=tick, key="field_panel")(source, session.moment(), text)


def _field(source: Source, moment: int | None, text: str) -> None:
    loaded = models.of_run(source.run, moment) if source.run else models.of_preset(source.preset)
    if loaded is None:
        nothing_recorded(still(source.run), None)
        return
    field = models.receptive_field(loaded, understood(text, loaded.dataset, GOOD))
    picked = live_chart(
        receptive_field,
        tree_tables(field.tree, field.characters, field.activity),
        key="tree",
        alt_text="The model as a tree over the characters: what each node is computed from.",
        on_select="rerun",
        selection_mode=[PICK],
        levels=len(field.tree.levels),
        context=field.tree.context,
        right=right_edge(field.tree),
    )
    _numbers(field, _node(picked, len(field.tree.nodes)))
    _words(loaded, source, field)
    _table(field)


def _node(picked, nodes: int) -> int | None:
    """The node that was clicked; a selection of an earlier model may name one that is not there any more."""
    rows = (picked or {}).get("selection", {}).get(PICK, [])
    node = rows[0].get("node") if rows else None
    return int(node) if node is not None and 0 <= node < nodes else None


def _numbers(field: Field, node: int | None) -> None:
    if node is None:
        return
    row = field.activity.set_index("id").loc[node]
    here = field.tree.nodes[node]
    level = field.tree.levels[here.level]
    columns = st.columns([3, 2, 1, 1, 1])
    columns[0].metric("Node", f"{level.name}, position {here.position + 1}", help=plain(level.layers))
    columns[1].metric("It sees", excerpt(field.characters, here.sees), help=f"Places {spans(here.sees)}.")
    columns[2].metric("Numbers", f"{int(row['channels'])}", help="Channels: how many numbers stand at this node.")
    columns[3].metric("Mean", theme.number(float(row["mean"])))
    columns[4].metric("Std", theme.number(float(row["std"])))


def _words(loaded: Loaded, source: Source, field: Field) -> None:
    agree = (field.tree.mask == field.measured).all(axis=1)
    weights = weights_after(field.step) if source.run else "Weights as they are drawn at first."
    how = "its gradients" if field.gradients else "trying other characters (counting has no gradients)"
    if agree.all():
        said = f"The model text and {how} agree at all {len(agree)} nodes."
    elif field.gradients:
        said = (
            f"Measured from gradients, {int((~agree).sum())} of {len(agree)} nodes see less than the model text allows "
            "(see the table): a saturated or broken unit passes no gradient on."
        )
    else:
        said, weights = "Nothing is counted yet, so the prediction is the same after every character.", ""
    faint = " Faint: what the prediction is not computed from." if not field.tree.used.all() else ""
    near = "" if field.tree.lights_all else " There are many lines: only those that a node reads itself light up."
    shade = "Bluer nodes have larger numbers (root mean square, full at 1)."
    st.caption(f"{said} {weights} {shade}{faint}{near}")


def _table(field: Field) -> None:
    with st.expander("What each node sees: derived and measured", icon=":material/table:"):
        nodes = field.tree.node_table(field.characters)
        table = pd.DataFrame(
            {
                "layer": [field.tree.levels[level].name for level in nodes.level],
                "position": nodes.position + 1,
                "characters": nodes.sees,
                "derived": [spans(np.flatnonzero(row)) for row in field.tree.mask],
                "measured": [spans(np.flatnonzero(row)) for row in field.measured],
                "agree": (field.tree.mask == field.measured).all(axis=1),
            }
        )
        st.dataframe(table[::-1], hide_index=True)
        st.caption(_method(field))


def _method(field: Field) -> str:
    if not field.gradients:
        return (
            f"Measured: in {models.MEASURED_ON} contexts each character is exchanged for another; where a node's "
            "numbers change, it sees that place."
        )
    return (
        f"Measured: for {models.MEASURED_ON} contexts a gradient is sent back from the node in evaluation mode; "
        "the places it reaches count. In training mode BatchNorm would mix the examples of a batch."
    )
