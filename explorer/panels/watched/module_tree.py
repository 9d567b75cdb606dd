"""The modules of a watched model as a table: a part to drill into, live while the run goes on.

>>> module_tree(info)
"""

import pandas as pd
import streamlit as st

from core.runs.info import RunInfo
from core.runs.watched import ROOT
from explorer import session, theme
from explorer.charts.module_rows import ModuleTree
from explorer.feeds import modules
from explorer.panels.run.state import may_change, still
from explorer.panels.watched.part_choice import PART, choose_part, named, part_of

TICK = 2.0  # seconds: modules are known with the first step, and change seldom
MOST = 40  # modules of a table: the upper levels of a part that has more
OPEN, DRAWN, INTO = "tree_open", "tree_drawn", "tree_into"
ROW, HEADER, ROWS = 32, 37, 13
INDENT = "\N{NO-BREAK SPACE}" * 4


def module_tree(info: RunInfo) -> None:
    """The part's menu, the way up, and the table."""
    tree = modules.tree(info.id)
    if into := session.get(INTO):
        session.put(PART, into)
        session.put(INTO, None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = choose_part(info, label_visibility="visible", width=420)
        holder = tree.modules[part].parent
        st.button(
            "Up",
            key="tree_up",
            icon=":material/arrow_upward:",
            disabled=holder is None,
            on_click=lambda: session.put(PART, holder),
            help=f"To {named(tree, holder)}." if holder else "This is the whole model.",
        )
        about = tree.modules[part]
        st.metric("Parameters", theme.count(about.parameters), width=110, help="Shared ones count once.")
        st.metric("That learn", theme.count(about.trainable), width=110, help="Those that ask for a gradient.")
        st.metric("Modules", theme.steps(len(tree.within(part))), width=110)
    st.fragment(_table, run_every=TICK if may_change(info) else None, key="module_tree")(info.id)


def _table(run_id: str) -> None:
    if session.get(INTO):  # the menu above stands outside of what ticks
        st.rerun()
    still(run_id)
    tree = modules.tree(run_id)
    part = part_of(tree)
    paths, level = shown(tree, part)
    session.put(DRAWN, paths)
    rows = [tree.modules[path] for path in paths]
    column = st.column_config
    st.dataframe(
        pd.DataFrame(
            {
                "module": [INDENT * (tree.level(m.path, part) - 1) + _name(m.path, part) for m in rows],
                "kind": [m.kind for m in rows],
                "shapes": [_shapes(m.out_shapes) for m in rows],
                "parameters": [m.parameters for m in rows],
                "frozen": [m.parameters - m.trainable for m in rows],
                "calls": [m.calls for m in rows],
                "inside": ["Look inside" if m.path in tree.parts else None for m in rows],
            }
        ),
        hide_index=True,
        row_height=ROW,
        height=HEADER + ROW * min(max(len(paths), 1), ROWS),
        column_config={
            "module": column.TextColumn(width=205),
            "kind": column.TextColumn(width=180),
            "shapes": column.TextColumn("puts out", width=170, help="The shapes of what its last call gave."),
            "parameters": column.NumberColumn(width=85, format="localized"),
            "frozen": column.NumberColumn(width=60, format="localized", help="Parameters that do not learn."),
            "calls": column.NumberColumn(width=50, help="In one training pass; 0: it was never called."),
            "inside": column.ButtonColumn("", width=95, type="tertiary", on_click=_look_inside, key=OPEN),
        },
    )
    if level is not None:
        st.caption(
            f"{len(paths)} of {theme.steps(len(tree.within(part)) - 1)} modules, those of the upper levels: look "
            "inside one to see the others."
        )


def shown(tree: ModuleTree, part: str) -> tuple[list[str], int | None]:
    """What is inside a part: all of it, or as many upper levels as fit and which the last is."""
    paths = [path for path in tree.within(part) if path != part] or [part]
    if len(paths) <= MOST:
        return paths, None
    level = 1
    while sum(tree.level(path, part) <= level + 1 for path in paths) <= MOST:
        level += 1
    return [path for path in paths if tree.level(path, part) <= level][:MOST], level


def _look_inside() -> None:
    row, drawn = session.get(OPEN).row, session.get(DRAWN, [])
    if row < len(drawn):
        session.put(INTO, drawn[row])


def _name(path: str, part: str) -> str:
    """Its own name, below its holder; of a module that a part names by a longer path what is left of it."""
    return path if path == part == ROOT else path.rpartition(".")[2]


def _shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    spelt = [f"({', '.join(map(str, shape))})" for shape in shapes[:3]]
    return ", ".join([*spelt, f"{len(shapes) - 3} more"] if len(shapes) > 3 else spelt)
