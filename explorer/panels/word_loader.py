"""Loading a text file of words: checked line by line, and kept in the store for later runs.

>>> load_words("data", on_use=show)         # the uploader and its verdict; show(option) once the words are kept
>>> kept_lists()                            # the lists that are kept, each with a button that removes it
"""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.dataset import Dataset, DatasetError
from core.lenses.data.word_file import LEFT_OUT, LISTED, SKIPPED, TRIMMED, Reading, read
from core.lenses.data.words import unusual
from explorer import theme, verbs
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.panels.word_choice import list_names, option_of
from explorer.shared import Shared

ODD = 20  # symbols that are listed
_readings = Shared(seconds=600, size=4)
KINDS = {  # of one line, of several
    "left out": ("is left out", "are left out"),
    "spaces": ("has spaces around its word", "have spaces around their words"),
    "again": ("repeats an earlier word", "repeat an earlier word"),
    "blank": ("is blank", "are blank"),
}


def load_words(key: str, on_use: Callable[[str], None]) -> None:
    """`key` tells apart the loaders of different pages; `on_use` gets the list's option, within a button's callback."""
    upload = st.file_uploader("A text file, one word a line", type="txt", key=f"{key}_words_file")
    if upload is None:
        return
    try:
        with st.spinner(f"Reading {plain(upload.name)} line by line"):
            reading = _readings.get(upload.file_id, lambda: read(upload.getvalue(), upload.name))
    except DatasetError as error:
        st.error(plain(str(error)), icon=":material/rule:")
        return
    verdict, button = st.columns([4, 1], vertical_alignment="center")
    kept = list_names().get(option_of(reading.dataset.sha256))
    with verdict:
        _verdict(reading, kept)
        _symbols(reading.dataset)
    button.button(
        "Use these words" if kept else "Keep these words",
        key=f"{key}_words_keep",
        type="secondary" if kept else "primary",
        icon=":material/check:" if kept else ":material/save:",
        width="stretch",
        on_click=_keep,
        args=(reading, on_use),
        help="They stay in the run store, to be chosen by name here and where you set up a run.",
    )
    if reading.remarks:
        _remarks(reading)


def kept_lists() -> None:
    """What is kept, and what is wanted of it: choose it in the menus, or remove it."""
    lists = recorded.store().word_lists()
    if not lists:
        st.caption("No list of your own is kept yet.")
        return
    st.caption("**Kept for runs to come**")
    for words in lists:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            used = "no run yet" if not words.runs else "1 run" if words.runs == 1 else f"{words.runs:,} runs"
            st.markdown(f"{plain(words.name)} :gray[· {used}]", width="stretch")
            st.button(
                "Remove",
                key=f"remove_{words.sha256}",
                icon=":material/delete:",
                type="tertiary",
                on_click=verbs.remove_words,
                args=(words.sha256,),
                disabled=words.runs > 0,
                help="Runs were trained on these words and need them." if words.runs else "Forget these words.",
            )


def _verdict(reading: Reading, kept: str | None) -> None:
    words, lines = theme.steps(len(reading.dataset.words)), theme.steps(reading.lines)
    said = f"**{plain(reading.dataset.name)}**: {words} words on {lines} lines, {reading.dataset.vocab_size} symbols."
    found = [_lines(count, *forms) for kind, forms in KINDS.items() if (count := reading.counts[kind])]
    said += f" {', '.join(found)}." if found else " Every line is one word."
    if kept:
        said += f" Kept as {plain(kept)}."
    if kept or not found:
        st.success(said, icon=":material/check:")
    elif reading.left_out:
        st.warning(said, icon=":material/rule:")
    else:
        st.info(said, icon=":material/rule:")


def _lines(count: int, one: str, several: str) -> str:
    return f"1 line {one}" if count == 1 else f"{theme.steps(count)} lines {several}"


def _symbols(dataset: Dataset) -> None:
    """Which symbols a model would have to tell apart, and those that may not be meant."""
    said = f"Symbols beside the end: {plain(' '.join(dataset.chars))}"
    if odd := unusual(dataset):
        listed = ", ".join(f"**{plain(char)}** {theme.steps(times)}×" for char, times in [*odd.items()][:ODD])
        more = f" and {len(odd) - ODD} more" if len(odd) > ODD else ""
        said += (
            f"  \nRare ones, capitals and what is no letter; each is a symbol to learn. Are they meant? {listed}{more}."
        )
    st.caption(said)


def _remarks(reading: Reading) -> None:
    """What changes the list first, words that come again last."""
    order = (LEFT_OUT, TRIMMED, SKIPPED)
    remarks = sorted(reading.remarks, key=lambda remark: (*order, remark.outcome).index(remark.outcome))
    rows = [(remark.line, remark.shown, remark.what, remark.outcome) for remark in remarks]
    table = pd.DataFrame(rows, columns=["line", "text", "this line", "what happens"])
    st.dataframe(table, hide_index=True, height=min(38 + 35 * len(rows), 250))
    if max(reading.counts.values()) > LISTED:
        st.caption(f"Of each kind the first {LISTED} lines are listed.")


def _keep(reading: Reading, on_use: Callable[[str], None]) -> None:
    verbs.keep_words(reading.dataset)
    option = option_of(reading.dataset.sha256)
    names = list_names()
    if option in names:
        on_use(option)
        st.toast(f"Chosen: {plain(names[option])}", icon=":material/check:")
