"""How far the exercises are, and their answers kept: in the browser, and as a file that is downloaded and loaded."""

import streamlit as st

from core.dataset import Dataset
from core.lenses.backprop.backward import EXERCISES, SMALL_STEPS
from core.lenses.backprop.progress import MAX_FILE, Progress, ProgressError
from explorer import session
from explorer.labs.backprop import state
from explorer.markdown import plain
from explorer.panels.browser_memory import remember

FILE, SAID, ASKED = "backprop_file", "backprop_file_said", "backprop_file_asked"


def keep_in_browser() -> None:
    """What this session has solved outlives it; a session that has solved nothing takes up what is kept."""
    remember("backprop_answers", state.all_answers().to_json() if state.begun() else None, on_found=_take_up)


def _take_up(text: str) -> None:
    """Answers that do not hold for these words are not counted, as everywhere; a text that holds none is forgotten."""
    if state.begun():  # the browser was asked more than once
        return
    try:
        kept = Progress.from_json(text)
    except ProgressError:
        kept = Progress()
    _show(kept)
    first = state.next_open(kept, after=state.TENSORS[-1])
    if kept.answers and first:
        state.choose(first)


def _show(answers: Progress) -> None:
    state.keep_answers(answers)
    for name, text in answers.answers.items():
        session.put(state.text_key(name), text)


def file_controls(dataset: Dataset) -> None:
    solved, everything = state.progress(dataset), state.all_answers()
    done = sum(name in SMALL_STEPS for name in solved.answers)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(done / len(SMALL_STEPS), f"{done} of {len(SMALL_STEPS)} found{_taken(solved)}", width="stretch")
        with st.popover("Keep", icon=":material/save:"):
            st.caption("This browser keeps your answers: a reload brings them back. Take them elsewhere as a file.")
            st.download_button(
                "Download answers",
                everything.to_json(),
                "backprop.json",
                "application/json",
                icon=":material/download:",
                disabled=not everything.answers,
                on_click="ignore",
                width="stretch",
            )
            st.file_uploader(
                "Load answers",
                type=["json", "txt"],
                key=FILE,
                on_change=_load,
                args=(dataset,),
                help="A file that was downloaded here. Its answers take the place of yours; they are checked again.",
            )
            _begin_anew(len(everything.answers))
    if said := session.get(SAID):
        st.caption(plain(said))
    lost = [name for name in everything.answers if name not in solved.answers]
    if lost:
        st.caption(f"Not counted, because they do not hold for these words: {', '.join(lost)}.")


def _taken(solved: Progress) -> str:
    count = len(solved.taken & SMALL_STEPS.keys())
    return f", {count} taken from the solution" if count else ""


def _load(dataset: Dataset) -> None:
    """Reads the answers as text and keeps those that hold."""
    file = session.get(FILE)
    if file is None:
        return
    try:
        if file.size > MAX_FILE:
            raise ProgressError("This file is too large to hold answers: choose one that was downloaded here.")
        loaded = Progress.from_json(file.getvalue().decode("utf-8", errors="replace"))
    except ProgressError as error:
        session.put(SAID, str(error))
        return
    holding = loaded.holding(state.look(dataset))
    _show(holding)
    session.put(SAID, f"{file.name}: {len(holding.answers)} of {len(loaded.answers)} answers hold and were loaded.")


def _begin_anew(count: int) -> None:
    """Two presses: the second says what is lost."""
    if not (count and session.get(ASKED)):
        st.button(
            "Begin anew",
            icon=":material/delete:",
            disabled=not count,
            on_click=session.put,
            args=(ASKED, True),
            width="stretch",
        )
        return
    st.markdown(f"Forget {'your answer' if count == 1 else f'all {count} answers'}, in this browser too?")
    with st.container(horizontal=True, gap="small"):
        st.button("Forget", icon=":material/delete:", type="primary", on_click=_forget)
        st.button("Cancel", on_click=session.put, args=(ASKED, None))


def _forget() -> None:
    session.put(ASKED, None)
    state.keep_answers(Progress())
    session.put(SAID, None)
    session.put("backprop_checked", {})
    session.put("backprop_hints", {})
    for name in EXERCISES:
        session.put(state.text_key(name), "")
    state.choose(state.TENSORS[0])
