"""The tree of a model over a text: characters below, prediction above; a hover lights all that a node sees.

    >>> tables = tree_tables(tree, "....emma", activity(tree, model, context))
    >>> picked = live_chart(receptive_field, tables, key="tree", alt_text="...", levels=len(tree.levels), context=8,
    ...                     right=right_edge(tree), on_select="rerun", selection_mode=["pick"])

The hover is the browser's own work: `pairs` holds a row for each node and each node below it, and the layers on top
draw the rows whose `node` the pointer is over. A click reaches the page as the selection "pick". What the prediction is
not computed from is faint.
"""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from core.lenses.receptive_field import Level, Tree
from explorer import theme
from explorer.charts.histograms import MONO
from explorer.theme import Palette, blend

PICK = "pick"
MANY_LINES = 30  # into one level


def right_edge(tree: Tree) -> float:
    """How far to the right nodes stand, in characters."""
    return max(node.x for node in tree.nodes)


def receptive_field(palette: Palette, *, levels: int, context: int, right: float, height: int = 370) -> alt.LayerChart:
    """The spec for a tree of `levels` levels over `context` characters, up to x = `right`."""
    size = _radius(context, levels, height) ** 2 * np.pi
    # Left of the tree stand the names of the levels: a quarter of the width.
    margin = 0.33 * context + 0.6
    x = alt.X("x:Q", scale=alt.Scale(domain=[-margin, right + 0.7], nice=False, zero=False), axis=None)
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
            edges.transform_filter("!datum.used").mark_rule(color=palette.faint, strokeWidth=0.7).encode(**lit),
            edges.transform_filter("datum.used")
            .mark_rule(color=blend(palette.faint, palette.guide, 0.5))
            .encode(**lit, strokeWidth=alt.StrokeWidth("width:Q", scale=None)),
            edge_pairs.transform_filter(hover).mark_rule(color=palette.time, strokeWidth=3).encode(**lit),
            nodes.transform_filter("datum.used")
            .mark_circle(size=size, stroke=palette.guide, strokeWidth=1, opacity=1)
            .encode(x=x, y=y, color=shade),
            nodes.transform_filter("!datum.used")
            .mark_circle(size=size * 0.5, stroke=palette.faint, strokeWidth=1, fillOpacity=0.4, strokeOpacity=1)
            .encode(x=x, y=y, color=shade),
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
    nodes["rms"] = nodes["norm"] / np.sqrt(nodes["channels"].clip(lower=1))  # a character may have no vector
    nodes["broken"] = ~np.isfinite(nodes["rms"])
    nodes["shade"] = nodes["rms"].where(~nodes["broken"], 0).clip(0, 1)
    # a node is one position: its shape is its channels; characters say theirs at the left, where there is room
    above = nodes["y"] > 0
    named = above & _room_beside(nodes) & (tree.context <= 16)
    if _skips(tree):  # they fan out to the right of the last nodes
        named &= nodes["x"] >= right_edge(tree)
    nodes["label"] = np.where(named, "C " + nodes["channels"].astype(str), "")
    shown = ["node", "x", "y", "character", "sees", "layers", "channels", "rms", "mean", "std"]
    shown += ["shade", "broken", "label", "used"]
    return {"nodes": _table(nodes[shown]), **_lines(tree)}


@lru_cache(maxsize=64)
def _lines(tree: Tree) -> dict[str, pa.Table]:
    """What of a tree's tables is the same for all weights and texts."""
    edges = tree.edge_table()
    # many lines into one level would be a dark block
    edges["width"] = np.where(edges.groupby("y2")["x"].transform("size") > MANY_LINES, 0.6, 1.3)
    names = [
        {
            "y": float(level.index),
            "layer": _name(level),
            "layers": level.layers,
            "shape": theme.shape((1, *level.last.shape[1:])) if level.last else "",
        }
        for level in tree.levels
    ]
    return {
        "edges": _table(edges),
        "pairs": _table(tree.pair_table().rename(columns={"ancestor": "node"})),
        "edge_pairs": _table(tree.edge_pair_table().rename(columns={"ancestor": "node"})),
        "names": pa.Table.from_pylist(names),
    }


def _skips(tree: Tree) -> bool:
    """Do lines lead past a level?"""
    return any(node.level - tree.nodes[child].level > 1 for node in tree.nodes for child in node.children)


def _name(level: Level) -> str:
    """What a level is called: by its role and the layer that gives its numbers."""
    return {"characters": f"characters, {level.name}", "prediction": f"prediction, {level.name}"}.get(
        level.role, level.name
    )


def _room_beside(nodes: pd.DataFrame) -> pd.Series:
    """Which nodes have room for words at their right."""
    return nodes.groupby("level")["x"].diff(-1).abs().fillna(np.inf) > 1.5


def _radius(context: int, levels: int, height: int) -> float:
    """Of a node, in pixels: as large as there is room for, between 5 and 17."""
    return max(5.0, min(17.0, 240 / context, 0.3 * height / levels))


def _table(frame: pd.DataFrame) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return table.cast(
        pa.schema([(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in table.schema])
    ).replace_schema_metadata(None)
