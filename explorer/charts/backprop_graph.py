"""The forward pass of part 4 as a graph to click: input above, loss below, parameters at the left.

    >>> tables = graph_tables(chosen="probs", marks={"probs": "✓"}, turn=3)
    >>> live_chart(graph_chart, tables, key="graph", alt_text="...", on_select=callback, selection_mode=[PICK])

Values that BatchNorm and cross-entropy compute on the side (means, maxima, sums) stand in a column of their own, so
that a tensor which is used twice has two lines. x runs from 0 to 100 over the width, y in rows. What a click selects
names the turn in which the graph was drawn, so that the same tensor can be clicked again after another was chosen
elsewhere, and an old selection that a browser sends once more is told from a click.
"""

from collections.abc import Mapping
from itertools import pairwise

import altair as alt
import pyarrow as pa

from core.lenses.backprop.forward import INPUTS, PARAMETERS, STEPS, step, uses
from explorer.charts.histograms import MONO
from explorer.theme import Palette, blend

PICK = "pick"
ROWS = len(STEPS)
SIDE = ("bnmeani", "bndiff2", "bnvar", "bnvar_inv", "logit_maxes", "counts_sum", "counts_sum_inv")
MAIN_BOX, SIDE_BOX = (44.0, 66.5), (69.5, 100.0)
INPUT_BOXES = ((18.5, 28.5), (30.5, 40.5))
WIDE_BOXES = ((5.0, 22.0), (23.5, 40.5))  # of bngain and bnbias, whose names are long
HALF = 0.38  # of a box's height, in rows
BELOW, CORNER = 0.46, 2.5  # where a line runs below a box, in rows, and goes up again, in x


def graph_chart(palette: Palette, *, height: int = 425) -> alt.LayerChart:
    """The spec. Blue lines lead to the chosen tensor, orange ones are those by which its gradient arrives."""
    across = alt.Scale(domain=[0, 100], nice=False, zero=False)
    down = alt.Scale(domain=[-0.5, ROWS - 0.5], reverse=True, nice=False, zero=False)
    x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("y:Q", scale=down, axis=None)
    box = {"x": x, "x2": "x2:Q", "y": alt.Y("top:Q", scale=down, axis=None), "y2": "bottom:Q"}
    middle, right = (alt.X(f"{name}:Q", scale=across, axis=None) for name in ("middle", "x2"))
    pick = alt.selection_point(name=PICK, fields=["tensor", "turn"], on="click", toggle=False, empty=False)
    nodes, edges, groups = (alt.Chart(alt.NamedData(name)) for name in ("nodes", "edges", "groups"))
    chosen = nodes.transform_filter("datum.chosen")
    role = alt.Color(
        "role:N",
        scale=alt.Scale(
            domain=["step", "parameter", "input"],
            range=[
                blend(palette.paper, palette.activation, 0.16),
                blend(palette.paper, palette.weight, 0.2),
                palette.paper,
            ],
        ),
        legend=None,
    )
    line = {"x": x, "y": y, "x2": "x2:Q", "y2": "y2:Q"}
    tip = [alt.Tooltip("line:N", title=" ")]
    return (
        alt.layer(
            groups.mark_rule(color=palette.faint, strokeWidth=1, strokeDash=[1, 3]).encode(y=y),
            groups.mark_text(align="left", baseline="top", dy=4, fontSize=11, color=palette.guide).encode(
                x=alt.value(0), y=y, text="group:N"
            ),
            edges.mark_rule(color=palette.faint, strokeWidth=1.2).encode(**line),
            edges.transform_filter("datum.way == 'in'")
            .mark_rule(color=palette.activation, strokeWidth=2.5)
            .encode(**line),
            edges.transform_filter("datum.way == 'out'")
            .mark_rule(color=palette.gradient, strokeWidth=3.5)
            .encode(**line),
            nodes.mark_rect(cornerRadius=4, stroke=palette.guide, strokeWidth=0.8).encode(**box, color=role),
            chosen.mark_rect(cornerRadius=4, stroke=palette.ink, strokeWidth=2.2, filled=False).encode(**box),
            nodes.mark_text(fontSize=10, font=MONO, color=palette.ink).encode(x=middle, y=y, text="tensor:N"),
            nodes.mark_text(fontSize=11, fontWeight="bold", color=palette.ink, align="right", dx=-3).encode(
                x=right, y=y, text="mark:N"
            ),
            nodes.mark_rect(opacity=0.001, cursor="pointer").encode(**box, tooltip=tip).add_params(pick),
        )
        .properties(height=height, padding={"left": 0, "right": 0, "top": 0, "bottom": 0})
        .configure_view(stroke=None)
    )


def graph_tables(chosen: str, marks: Mapping[str, str], turn: int = 0) -> dict[str, pa.Table]:
    """`chosen` is a tensor's name, `marks` a letter at the right end of some boxes, `turn` how often one was chosen."""
    places = _places()
    nodes = []
    for tensor, (left, right, row) in places.items():
        is_step = tensor not in PARAMETERS + INPUTS
        nodes.append(
            {
                "tensor": tensor,
                "role": "step" if is_step else "parameter" if tensor in PARAMETERS else "input",
                "x": left,
                "x2": right,
                "middle": (left + right) / 2 - (1.2 if marks.get(tensor) else 0),
                "y": float(row),
                "top": row - HALF,
                "bottom": row + HALF,
                "mark": marks.get(tensor, ""),
                "chosen": tensor == chosen,
                "line": step(tensor).line if is_step else tensor,
                "turn": turn,
            }
        )
    edges = [line for at in STEPS for source in at.reads for line in _lines(places, source, at.name, chosen)]
    groups, seen = [], set()
    for row, at in enumerate(STEPS):
        if at.group not in seen:
            groups.append({"group": at.group, "y": row - 0.5})
        seen.add(at.group)
    return {name: pa.Table.from_pylist(rows) for name, rows in (("nodes", nodes), ("edges", edges), ("groups", groups))}


def _places() -> dict[str, tuple[float, float, int]]:
    """Left and right edge and row of each box."""
    places = {}
    for row, at in enumerate(STEPS):
        beside = [name for name in at.reads if name in PARAMETERS + INPUTS and uses(name)[0] == at.name]
        boxes = WIDE_BOXES if "bngain" in beside else INPUT_BOXES
        for name, (left, right) in zip(beside, boxes[-len(beside) :] if beside else (), strict=True):
            places[name] = (left, right, row)
        left, right = SIDE_BOX if at.name in SIDE else MAIN_BOX
        places[at.name] = (left, right, row)
    return places


def _lines(places: Mapping, source: str, target: str, chosen: str) -> list[dict]:
    """The lines from one box to another; from the first of two boxes at the left, around the second from below."""
    left, right, row = places[source]
    to_left, to_right, to_row = places[target]
    middle, ends = (left + right) / 2, (to_left + to_right) / 2
    if row != to_row:
        points = [(middle, row + HALF), (ends, to_row - HALF)]
    elif any(right < other < to_left and row == there for other, _, there in places.values()):
        below, corner = row + BELOW, to_left + CORNER
        points = [(middle, row + HALF), (middle, below), (corner, below), (corner, row + HALF)]
    else:
        points = [(right, row), (to_left, row)]
    named = {"source": source, "target": target, "way": "out" if source == chosen else "in" if target == chosen else ""}
    return [named | {"x": x, "y": float(y), "x2": x2, "y2": float(y2)} for (x, y), (x2, y2) in pairwise(points)]
