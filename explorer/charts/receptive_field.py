"""The tree of a model over a text: characters below, prediction above; a hover lights all that a node sees.

    >>> tables = tree_tables(tree, "....emma", activity(tree, model, context))
    >>> picked = live_chart(receptive_field, tables, key="tree", alt_text="...", levels=len(tree.levels), context=8,
    ...                     on_select="rerun", selection_mode=["pick"])

The hover is the browser's own work: `pairs` holds a row for each node and each node below it, and the layers on top
draw the rows whose `node` the pointer is over. A click reaches the page as the selection "pick".
"""

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from core.lenses.receptive_field import Tree
from explorer import theme
from explorer.charts.histograms import MONO
from explorer.theme import Palette, blend

PICK = "pick"


def receptive_field(palette: Palette, *, levels: int, context: int, height: int = 370) -> alt.LayerChart:
    """The spec for a tree of `levels` levels over `context` characters."""
    size = _radius(context, levels, height) ** 2 * np.pi
    # Left of the tree stand the names of the levels: a quarter of the width.
    margin = 0.33 * context + 0.6
    x = alt.X("x:Q", scale=alt.Scale(domain=[-margin, context - 0.3], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-0.45, levels - 0.55], nice=False, zero=False), axis=None)
    hover = alt.selection_point(name="hover", fields=["node"], on="pointerover", clear="pointerout", empty=False)
    pick = alt.selection_point(name=PICK, fields=["node"], on="click", empty=False)
    nodes, edges, pairs, edge_pairs, names = (
        alt.Chart(alt.NamedData(name)) for name in ("nodes", "edges", "pairs", "edge_pairs", "names")
    )
    lit = {"x": x, "y": y, "x2": "x2:Q", "y2": "y2:Q"}
    tip = [
        alt.Tooltip("sees:N", title="sees"),
        alt.Tooltip("rms:Q", title="size", format=".3f"),
    ]
    shade = alt.Color(
        "shade:Q",
        scale=alt.Scale(domain=[0, 1], range=[blend(palette.paper, palette.activation, 0.06), palette.activation]),
        legend=None,
    )
    letter = 15 if context <= 16 else 10 if context <= 32 else 7
    return (
        alt.layer(
            edges.mark_rule(color=palette.faint, strokeWidth=1.2).encode(**lit),
            edge_pairs.transform_filter(hover).mark_rule(color=palette.time, strokeWidth=3).encode(**lit),
            nodes.mark_circle(size=size, stroke=palette.guide, strokeWidth=1, opacity=1).encode(x=x, y=y, color=shade),
            nodes.transform_filter("datum.broken")
            .mark_circle(size=size, color=palette.nan_fill, stroke=palette.guide, strokeWidth=1, opacity=1)
            .encode(x=x, y=y),
            nodes.transform_filter("datum.broken")
            .transform_calculate(shown="datum.character || '✕'")
            .mark_text(fontSize=letter, fontWeight="bold", font=MONO, color=palette.nan_ink)
            .encode(x=x, y=y, text="shown:N"),
            nodes.transform_filter(pick)
            .mark_point(size=size * 1.5, color=palette.ink, strokeWidth=2, strokeDash=[3, 2])
            .encode(x=x, y=y),
            pairs.transform_filter(hover).mark_point(size=size, color=palette.time, strokeWidth=3.5).encode(x=x, y=y),
            nodes.transform_filter("!datum.broken")
            .mark_text(fontSize=letter, fontWeight="bold", font=MONO)
            .encode(
                x=x,
                y=y,
                text="character:N",
                color=alt.condition("datum.shade > 0.55", alt.value(palette.paper), alt.value(palette.ink)),
            ),
            nodes.transform_filter("datum.label != ''")
            .mark_text(
                align="left", dx=_radius(context, levels, height) + 5, fontSize=11, font=MONO, color=palette.channel
            )
            .encode(x=x, y=y, text="label:N"),
            nodes.mark_circle(size=size, opacity=0.001).encode(x=x, y=y, tooltip=tip).add_params(hover, pick),
            names.mark_text(align="left", fontSize=11.5, font=MONO, dy=-8, color=palette.ink, limit=235).encode(
                x=alt.value(0), y=y, text="layer:N", tooltip=alt.Tooltip("layers:N", title="layers")
            ),
            names.mark_text(align="left", fontSize=11, font=MONO, dy=8, color=palette.channel).encode(
                x=alt.value(0), y=y, text="shape:N"
            ),
        )
        .properties(height=height)
        .configure_view(stroke=None)
    )


def tree_tables(tree: Tree, characters: str, activity: pd.DataFrame) -> dict[str, pa.Table]:
    """`characters` are the context's, one each; `activity` is `core.lenses.measure.activity`'s table.

    A node is shaded by the root mean square of its numbers, full at 1 (the most that tanh gives); one whose numbers
    are not all finite is a cross on yellow.
    """
    nodes = tree.node_table(characters).merge(activity, on="id").rename(columns={"id": "node"})
    nodes["rms"] = nodes["norm"] / np.sqrt(nodes["channels"])
    nodes["broken"] = ~np.isfinite(nodes["rms"])
    nodes["shade"] = nodes["rms"].where(~nodes["broken"], 0).clip(0, 1)
    # a node is one position: its shape is its channels; characters say theirs at the left, where there is room
    above = nodes["character"] == ""
    nodes["label"] = np.where(above & (tree.context <= 16), "C " + nodes["channels"].astype(str), "")
    shown = ["node", "x", "y", "character", "sees", "layers", "channels", "rms", "mean", "std"]
    shown += ["shade", "broken", "label"]
    names = [
        {
            "y": float(level.index),
            "layer": _name(level),
            "layers": level.layers,
            "shape": theme.shape((1, *level.shapes[-1].shape[1:])),
        }
        for level in tree.levels
    ]
    return {
        "nodes": _table(nodes[shown]),
        "edges": _table(tree.edge_table()),
        "pairs": _table(tree.pair_table().rename(columns={"ancestor": "node"})),
        "edge_pairs": _table(tree.edge_pair_table().rename(columns={"ancestor": "node"})),
        "names": pa.Table.from_pylist(names),
    }


def _name(level) -> str:
    """What a level is called: by its role and its last layer."""
    last = f"{level.line}.{level.shapes[-1].kind}"
    return {"characters": f"characters, {last}", "prediction": f"prediction, {last}"}.get(level.role, last)


def _radius(context: int, levels: int, height: int) -> float:
    """Of a node, in pixels: as large as there is room for, between 5 and 17."""
    return max(5.0, min(17.0, 240 / context, 0.3 * height / levels))


def _table(frame: pd.DataFrame) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return table.cast(
        pa.schema([(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in table.schema])
    ).replace_schema_metadata(None)
