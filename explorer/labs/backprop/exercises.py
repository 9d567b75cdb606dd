"""Exercise mode: one gradient expression at a time, a verdict on each, hints in steps, and progress that can be kept.

>>> exercises_view(dataset)          # the 26 small steps
>>> short_view(dataset)              # cross-entropy and BatchNorm in one expression each
"""

import streamlit as st

from core.dataset import Dataset
from core.lenses.backprop.backward import SHORT, SMALL_STEPS
from core.lenses.backprop.exercise import Exercise
from core.lenses.backprop.expressions.fitting import written
from core.lenses.backprop.expressions.parsing import MAX_TEXT
from core.lenses.backprop.forward import STEPS, step, uses
from core.lenses.backprop.verdict import CANNOT, EQUAL, EXACT, FORBIDDEN, NOISE, SHAPE, UNREADABLE, VALUES, Verdict
from explorer import session
from explorer.charts.heat_map import largest
from explorer.labs.backprop import state
from explorer.labs.backprop.file import file_controls
from explorer.labs.backprop.pictures import choose_tensor, graph, picture
from explorer.markdown import plain
from explorer.panels.view_switch import switch

CHECKED, HINTS, WHICH = "backprop_checked", "backprop_hints", "backprop_short"
SOLVED, TAKEN = "✓", "○"
FACES = {
    EXACT: (st.success, ":material/check_circle:"),
    NOISE: (st.success, ":material/check_circle:"),
    EQUAL: (st.warning, ":material/equal:"),
    SHAPE: (st.warning, ":material/aspect_ratio:"),
    VALUES: (st.warning, ":material/rule:"),
    CANNOT: (st.error, ":material/error:"),
    UNREADABLE: (st.error, ":material/error:"),
    FORBIDDEN: (st.error, ":material/block:"),
}
STAGES = ("rule of thumb", "local derivative", "solution")


def exercises_view(dataset: Dataset) -> None:
    marks = {SMALL_STEPS[name].tensor: mark for name, mark in _marks(dataset).items() if name in SMALL_STEPS}
    left, right = st.columns([5, 7], gap="medium")
    with left:
        graph(
            marks,
            f"{SOLVED} found by you, {TAKEN} taken from the solution.",
            said="The steps of the forward pass; those whose gradient you have found are ticked.",
        )
        file_controls(dataset)
    with right:
        tensor = choose_tensor("d")
        _exercise(dataset, SMALL_STEPS[f"d{tensor}"])


def short_view(dataset: Dataset) -> None:
    marks = _marks(dataset)
    left, right = st.columns([5, 7], gap="medium")
    with left:
        name = switch(
            WHICH,
            list(SHORT),
            "Exercise",
            "cross-entropy",
            format_func=lambda name: f"{name} {marks.get(name, '')}",
        )
        st.caption("The small steps that you jump over. Written out on paper, most of them cancel.")
        skipped = [at.line for at in STEPS if at.group == name]
        st.code("\n".join(skipped), language="python", wrap_lines=True)
    with right:
        _exercise(dataset, SHORT[name])


def _marks(dataset: Dataset) -> dict[str, str]:
    solved = state.progress(dataset)
    return {name: TAKEN if name in solved.taken else SOLVED for name in solved.answers}


def _exercise(dataset: Dataset, exercise: Exercise) -> None:
    with st.container(gap="xxsmall"):
        _task(dataset, exercise)
    _form(dataset, exercise)
    checked = session.get(CHECKED, {}).get(exercise.name)
    if checked is not None:
        verdict = state.judged(dataset, checked, exercise)
        _say(dataset, exercise, verdict)
    _hints(dataset, exercise)
    if checked is not None:
        _draw(exercise, verdict)


def _task(dataset: Dataset, exercise: Exercise) -> None:
    shape = written(state.look(dataset).gradients[exercise.tensor].shape)
    if exercise.gives is not None:
        given = ", ".join(f"`{name}`" for name in (*exercise.gives, "n"))
        st.markdown(f"Find `{exercise.target}`, shape `{shape}`, in one expression, from {given} and the parameters.")
        return
    reads = " and ".join(f"`{step(name).line}`" for name in uses(exercise.tensor))
    st.markdown(f"Find `{exercise.name}`, shape `{shape}`, where {reads}")
    st.caption(_arriving(dataset, exercise))


def _arriving(dataset: Dataset, exercise: Exercise) -> str:
    """Which gradients arrive, and which of them have to be found before."""
    if not exercise.reads:
        return "It begins here: the gradient of the loss itself is 1. All values can be used, and n = 32."
    found, look = state.gradients(dataset, exercise.name), state.look(dataset)
    shapes = [f"{name} {written(look.gradients[name[1:]].shape)}" for name in exercise.reads]
    missing = [name for name in exercise.reads if name not in found]
    first = f" Find {' and '.join(missing)} first." if missing else ""
    return f"Arriving, with autograd's numbers: {', '.join(shapes)}.{first}"


def _form(dataset: Dataset, exercise: Exercise) -> None:
    key = state.text_key(exercise.name)
    shown = session.get(HINTS, {}).get(exercise.name, 0)
    with st.form(f"backprop_form_{exercise.name}", border=False):
        st.text_area(
            f"{exercise.target} =",
            session.get(session.keep(key, "")),
            key=key,
            height=68,
            max_chars=MAX_TEXT,
            placeholder=f"{exercise.target} = …",
            label_visibility="collapsed",
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.form_submit_button(
                "Check",
                icon=":material/done:",
                type="primary",
                on_click=_check,
                args=(dataset, exercise, key),
                help="Ctrl+Enter does the same.",
            )
            st.form_submit_button(
                f"Hint: {STAGES[shown]}" if shown < len(STAGES) else "No more hints",
                icon=":material/lightbulb:",
                disabled=shown == len(STAGES),
                on_click=_show_hint,
                args=(exercise.name, shown + 1),
            )


def _check(dataset: Dataset, exercise: Exercise, key: str) -> None:
    text = session.get(key, "")
    session.put(CHECKED, {**session.get(CHECKED, {}), exercise.name: text})
    if state.judged(dataset, text, exercise).accepted:
        state.keep_answers(state.all_answers().solved(exercise.name, text))


def _say(dataset: Dataset, exercise: Exercise, verdict: Verdict) -> None:
    box, icon = FACES[verdict.kind]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        box(f"**{verdict.kind.capitalize()}.** {plain(verdict.sentence)}", icon=icon)
        if verdict.accepted and exercise.name in SMALL_STEPS:
            _next(dataset, exercise)


def _next(dataset: Dataset, exercise: Exercise) -> None:
    following = state.next_open(state.progress(dataset), exercise.tensor)
    if following:
        label, call, to = f"Next: d{following}", state.choose, (following,)
    else:
        label, call, to = state.TRAIN_VIEW, session.put, (state.VIEW, state.TRAIN_VIEW)
    st.button(label, icon=":material/arrow_forward:", type="primary", on_click=call, args=to)


def _draw(exercise: Exercise, verdict: Verdict) -> None:
    if verdict.value is None:
        return
    full = largest(verdict.wanted.numpy())
    arriving, theirs = (", random gradients arriving", "ours") if verdict.elsewhere else ("", "autograd's")
    columns = st.columns(2, gap="small")
    with columns[0]:
        picture(verdict.value, exercise.tensor, f"Yours{arriving}", "backprop_yours", full, height=150)
    with columns[1]:
        apart = verdict.value - verdict.wanted
        picture(apart, exercise.tensor, f"Yours minus {theirs}", "backprop_apart", height=150)


def _show_hint(name: str, count: int) -> None:
    session.put(HINTS, {**session.get(HINTS, {}), name: count})


def _hints(dataset: Dataset, exercise: Exercise) -> None:
    shown = session.get(HINTS, {}).get(exercise.name, 0)
    if shown > 0:
        st.info(exercise.rule, icon=":material/lightbulb:")
    if shown > 1:
        st.markdown(exercise.words)
        st.latex(exercise.symbols)
    if shown > 2:
        st.code(exercise.solution, language="python", wrap_lines=True)
        if exercise.name not in state.progress(dataset).answers:
            st.button(
                "Take the solution",
                icon=":material/redo:",
                on_click=_take,
                args=(dataset, exercise),
                help=f"Goes on with it; the exercise is marked {TAKEN}. It needs the gradients that it reads.",
            )


def _take(dataset: Dataset, exercise: Exercise) -> None:
    session.put(CHECKED, {**session.get(CHECKED, {}), exercise.name: exercise.solution})
    if state.judged(dataset, exercise.solution, exercise).accepted:
        state.keep_answers(state.all_answers().solved(exercise.name, exercise.solution, taken=True))
