"""Take it with you: the current run as a script, a notebook, weights, tables or TensorBoard events.

>>> take_along(info)     # a button that opens a list of downloads; each is made when it is clicked
"""

import io

import streamlit as st

from core.export.formats import FORMATS, Format, export, weights_step, why_not
from core.runs.info import RunInfo
from explorer import hunts, session, theme
from explorer.feeds import recorded
from explorer.markdown import plain

WIDTH = 460
ICONS = {
    "script": ":material/code:",
    "notebook": ":material/menu_book:",
    "weights": ":material/weight:",
    "csv": ":material/table:",
    "parquet": ":material/table_view:",
    "tensorboard": ":material/monitoring:",
}


def take_along(info: RunInfo) -> None:
    opened = st.popover(
        "Take it with you",
        key="take_along",
        icon=":material/download:",
        on_change="rerun",
        width="stretch",
        help="This run as a file that is of use without this app.",
    )
    if opened.open:
        with opened, st.container(width=WIDTH, gap="small"):
            for form in FORMATS.values():
                _offer(info, form)


def _offer(info: RunInfo, form: Format) -> None:
    """One row: the button, and what is in the file or why there is none."""
    store, hidden = recorded.store(), hunts.is_open(info)
    step = weights_step(store, info, session.moment()) if form.at_step else None
    refused = why_not(store, info, form.name, hidden)
    button, about = st.columns([2, 3], vertical_alignment="center", gap="small")
    button.download_button(
        form.title,
        data=lambda: _made(info.id, form.name, step, hidden),
        file_name=form.file_name(info, step),
        mime=form.mime,
        key=f"take_{form.name}",
        icon=ICONS[form.name],
        on_click="ignore",
        disabled=refused is not None,
        width="stretch",
    )
    moment = f"As safetensors, after step {theme.steps(step)}." if step is not None else None
    about.caption(plain(refused) if refused else moment or form.about)


def _made(run_id: str, form: str, step: int | None, hidden: bool) -> bytes:
    """The file, made in a thread of its own when its button is clicked, of what is recorded by then."""
    file, store = io.BytesIO(), recorded.store()
    export(store, store.run(run_id), form, file, step=step, hidden=hidden)
    return file.getvalue()
