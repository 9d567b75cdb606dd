"""All runs in one table: what each is, how it went, what it takes up; and a menu in each row.

>>> runs_table(runs)     # the table, and a dialog where a row's menu asks for one
"""

import pandas as pd
import streamlit as st

from core.runs.errors import NoSuchRun
from core.runs.info import ACTIVE, RunInfo
from core.runs.names import LONGEST_NAME, called
from core.spelling import loss, size
from core.training.config import RunConfig
from explorer import session, theme, verbs
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.navigation import go
from explorer.panels.run.names import described, moment_of, stars_first

STAR, OPEN, MORE = "runs_star", "runs_open", "runs_more"  # keys of what is clicked in a row
DRAWN, ASKED, NAME = "runs_drawn", "runs_asked", "runs_name"
RENAME, DELETE = ":material/edit: Rename", ":material/delete: Delete"
HEADER, ROW, ROWS = 37, 30, 13  # pixels, pixels, rows that are seen at once
MB = 1e6
SETTINGS = (
    "What it was called, and what was chosen for it, unless that is as usual: "
    f"the built-in names, learning rate {RunConfig.lr:g}, seed {RunConfig.seed}."
)


def runs_table(runs: list[RunInfo]) -> None:
    runs = stars_first(runs)
    session.put(DRAWN, [run.id for run in runs])  # a click names a row of what was drawn, not of what is there by now
    _table(runs, recorded.sizes())
    if current := next((run for run in runs if run.id == session.run_id()), None):
        _for_the_current(current)
    if session.get(OPEN):
        go("train")
    if asked := session.get(ASKED):
        _dialog(*asked)


def _table(runs: list[RunInfo], sizes: dict[str, int]) -> None:
    column = st.column_config
    table = pd.DataFrame(
        {
            "star": ["★" if run.starred else "☆" for run in runs],
            "id": [run.id for run in runs],
            "settings": [described(run) for run in runs],
            "state": [run.state for run in runs],
            "step": [run.step for run in runs],
            "steps": pd.Series([run.steps if run.kind == "trained" else None for run in runs], dtype="Int64"),
            "train": pd.Series([run.train_loss for run in runs], dtype=float),
            "val": pd.Series([run.val_loss for run in runs], dtype=float),
            "size": [sizes.get(run.id, 0) / MB for run in runs],
            "created": [moment_of(run).replace(tzinfo=None) for run in runs],
            "open": ["Open"] * len(runs),
            "more": [[RENAME, DELETE]] * len(runs),
        }
    )
    st.dataframe(
        table.style.format({"train": loss, "val": loss}),  # spelt as everywhere, sorted as numbers
        hide_index=True,
        row_height=ROW,
        height=HEADER + ROW * min(len(runs), ROWS),
        placeholder="–",
        column_config={
            "star": column.ButtonColumn("★", width=36, type="tertiary", on_click=_star, key=STAR),
            "id": column.TextColumn("run", width=145),
            "settings": column.TextColumn("name, settings", width=180, help=SETTINGS),
            "state": column.TextColumn(width=66),
            "step": column.NumberColumn(width=60, format="localized"),
            "steps": column.NumberColumn("of", width=60, format="localized", help="How many steps it is to take."),
            "train": column.NumberColumn(width=60, help="The loss over all training examples."),
            "val": column.NumberColumn("val.", width=60, help="The loss over all validation examples."),
            "size": column.NumberColumn("MB", width=45, format="%.1f", help="What it recorded, in millions of bytes."),
            "created": column.DatetimeColumn("set up", width=94, format="D MMM, HH:mm"),
            "open": column.ButtonColumn(width=50, type="tertiary", on_click=_open, key=OPEN),
            "more": column.ButtonColumn("edit", width=46, type="tertiary", on_click=_more, key=MORE),
        },
    )


def _for_the_current(run: RunInfo) -> None:
    """What a row of the table offers, of the current run: the table is a canvas, whose buttons no key reaches."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.caption(f"The current run, {plain(called(run))}:", width="content")
        star = ":material/star: Remove the star" if run.starred else ":material/star: Star"
        st.button(star, type="tertiary", on_click=verbs.star, args=(run.id, not run.starred))
        for label in (RENAME, DELETE):
            st.button(label, type="tertiary", on_click=_ask, args=(label, run))


def _clicked(key: str) -> RunInfo | None:
    """The run of the row where something was clicked; None where it is gone by now."""
    row, drawn = session.get(key).row, session.get(DRAWN, [])
    known = {run.id: run for run in recorded.store().runs()}
    return known.get(drawn[row]) if row < len(drawn) else None


def _star() -> None:
    if run := _clicked(STAR):
        verbs.star(run.id, not run.starred)


def _open() -> None:
    if run := _clicked(OPEN):
        session.choose(run.id)
        session.put("train_view", "watch")


def _more() -> None:
    if run := _clicked(MORE):
        _ask(session.get(MORE).label, run)


def _ask(label: str, run: RunInfo) -> None:
    session.put(NAME, run.name)
    session.put(ASKED, (label, run.id))


def _dialog(label: str, run_id: str) -> None:
    """Drawn at every run of the page until it is answered: what ticks in the sidebar may ask for one meanwhile."""
    try:
        run = recorded.info(run_id)
    except NoSuchRun:
        return _answered()
    title, body = ("Rename a run", _rename) if label == RENAME else ("Delete a run", _delete)
    st.dialog(title, on_dismiss=_answered)(body)(run)


def _answered() -> None:
    session.put(ASKED, None)


def _rename(run: RunInfo) -> None:
    with st.form("rename", border=False):  # Enter is enough
        st.text_input(f"What {run.id} is called", key=NAME, max_chars=LONGEST_NAME)
        if st.form_submit_button("Rename", type="primary", on_click=_do_rename, args=(run.id,)):
            st.rerun()


def _do_rename(run_id: str) -> None:
    verbs.rename(run_id, session.get(NAME))
    _answered()


def _delete(run: RunInfo) -> None:
    held = run.state in ACTIVE and run.live
    lost = size(recorded.sizes().get(run.id, 0))
    st.markdown(
        f"**{plain(run.name)}**, {plain(run.id)}: its losses, frames, samples and weights after "
        f"{theme.steps(run.step)} step{'' if run.step == 1 else 's'} are lost, {lost} in all. "
        "Its forks and its words stay."
    )
    if held:
        st.info("A worker holds this run: stop it first.", icon=":material/stop:")
    with st.container(horizontal=True):
        delete = st.button(
            "Delete", type="primary", icon=":material/delete:", disabled=held, on_click=_do_delete, args=(run.id,)
        )
        if st.button("Keep it", on_click=_answered) or delete:
            st.rerun()


def _do_delete(run_id: str) -> None:
    verbs.delete(run_id)
    _answered()
