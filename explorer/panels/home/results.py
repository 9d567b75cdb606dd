"""All presets with what the course, this project and the user's own runs reached; one click trains one.

>>> results_table()
"""

import pandas as pd
import streamlit as st

from core.nn.presets import PRESETS
from explorer import session, theme, verbs
from explorer.feeds import recorded
from explorer.navigation import go
from explorer.results import Losses, results

CLICK = "results_train"
HEADER, ROW = 37, 27  # pixels


def results_table() -> None:
    rows = results(recorded.runs())
    measured = any(row.here for row in rows)
    table = pd.DataFrame(
        {
            "preset": [row.preset.name for row in rows],
            "what": [row.preset.title for row in rows],
            "parameters": [theme.steps(row.preset.parameters) for row in rows],
            "course": [_pair(row.course) for row in rows],
            **({"here": [_pair(row.here) for row in rows]} if measured else {}),
            **({"steps": [_steps(row.yours) for row in rows]} if any(row.yours for row in rows) else {}),
            "yours": [_pair(row.yours) for row in rows],
            "train": [":material/play_arrow: Train"] * len(rows),
        }
    )
    column = st.column_config
    st.dataframe(
        table,
        hide_index=True,
        row_height=ROW,
        height=HEADER + ROW * len(rows),
        column_config={
            "preset": column.TextColumn(width=110),
            "what": column.TextColumn("", width=215),
            "parameters": column.TextColumn(width=80, alignment="right"),
            "course": column.TextColumn(
                width=100, alignment="right", help="The course's losses after its own training."
            ),
            "here": column.TextColumn(
                width=100, alignment="right", help="As this project measured it: `docs/results.md` says how."
            ),
            "steps": column.TextColumn(
                "your steps",
                width=80,
                alignment="right",
                help="How long your best run trained: after fewer steps than the course's, losses are higher.",
            ),
            "yours": column.TextColumn(
                width=100,
                alignment="right",
                help="Your best finished run on the built-in names or on the course's list, whatever its steps.",
            ),
            "train": column.ButtonColumn("train this yourself", width=115, type="tertiary", on_click=_train, key=CLICK),
        },
    )
    st.caption(
        "Losses on training / validation words after training with these settings; –: none are held out. The course "
        "and this project (here) trained on the course's list of names, which is not part of the app; a button trains "
        "on the built-in list, whose losses differ a little."
    )
    if session.get(CLICK):
        session.put("train_view", "watch")
        go("train")


def _train() -> None:
    verbs.train_preset(list(PRESETS)[session.get(CLICK).row])


def _steps(yours: Losses | None) -> str:
    return "" if yours is None else theme.steps(yours.steps)


def _pair(losses: Losses | None) -> str:
    """'1.912 / 2.022'."""
    return "" if losses is None else f"{theme.loss(losses.train)} / {theme.loss(losses.val)}"
