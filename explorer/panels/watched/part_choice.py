"""Which part of a watched model is looked at: one choice for all pages.

>>> part = choose_part(info)         # a path of its modules; ROOT is all of it
"""

import streamlit as st

from core.runs.info import RunInfo
from core.runs.watched import ROOT
from explorer import session
from explorer.charts.module_rows import ModuleTree
from explorer.feeds import modules

PART = "watched_part"


def part_of(tree: ModuleTree) -> str:
    """What is chosen, where this model has it; else all of it."""
    return session.get(session.keep_choice(PART, tree.parts, ROOT))


def choose_part(info: RunInfo, **options) -> str:
    """The menu; one can type into it to find a module. `options` are `st.selectbox`'s."""
    tree = modules.tree(info.id)
    return st.selectbox(
        "Part of the model",
        tree.parts,
        index=tree.parts.index(part_of(tree)),
        key=PART,
        format_func=lambda path: named(tree, path),
        **{"label_visibility": "collapsed", "width": 190} | options,
    )


def named(tree: ModuleTree, path: str) -> str:
    """'encoder.layers.0 · TransformerEncoderLayer'."""
    return "Whole model" if path == ROOT else f"{path} · {tree.kinds.get(path, '')}"
