"""Forking the current run: from one of its checkpoints, with one thing changed.

>>> fork_button(info)     # and, once it was pressed, the dialog, until it is answered
"""

import streamlit as st

from core.nn.notation import ModelTextError
from core.runs.errors import NotForkable
from core.runs.forks import HUNTED_KEEP, changed
from core.runs.info import RunInfo
from core.training import moments
from core.training.config import ConfigError, RunConfig
from explorer import session, theme, verbs
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.panels.forks import changes
from explorer.panels.forks.changes import KINDS
from explorer.panels.run.settings import labelled

OPEN, FROM, WHAT, EARLIER = "fork_open", "fork_from", "fork_what", "fork_earlier"


def fork_button(info: RunInfo) -> None:
    st.button(
        "Fork from here",
        key="fork",
        icon=":material/fork_right:",
        on_click=_open,
        args=(info,),
        disabled=not recorded.checkpoint_steps(info.id) or info.kind != "trained" or info.is_twin,
        help="A new run that goes on from this moment, on the same batches, with one thing changed.",
        width="stretch",
    )
    if sentence := session.get(EARLIER):
        session.put(EARLIER, None)
        st.toast(sentence, icon=":material/fork_right:", duration=20)
    # Drawn at every run of the page until it is answered: what ticks in the sidebar may ask for one meanwhile.
    if session.get(OPEN) == info.id:
        st.dialog("Fork from here", width="large", icon=":material/fork_right:", on_dismiss=_close)(_dialog)(info)


def _open(info: RunInfo) -> None:
    config = recorded.config(info.id)
    at = _nearest(_checkpoints(info), session.moment())
    session.put(FROM, at)
    session.put(WHAT, "steps" if at >= config.steps else "lr")
    changes.suggest(config, at)
    session.put(OPEN, info.id)


def _close() -> None:
    session.put(OPEN, None)


def _checkpoints(info: RunInfo) -> list[int]:
    """The steps that can be chosen: of a run that goes on, the newest checkpoint makes room for the next every 2 s."""
    steps = recorded.checkpoint_steps(info.id)
    rolling = info.state == "running" and len(steps) > 1 and steps[-1] not in moments.recorded(info.steps)
    return steps[:-1] if rolling else steps


def _nearest(steps: list[int], moment: int | None) -> int:
    """The last checkpoint at or before a moment; the first, where all are later."""
    return max((step for step in steps if moment is None or step <= moment), default=steps[0])


def _dialog(info: RunInfo) -> None:
    config, steps = recorded.config(info.id), _checkpoints(info)
    at = _nearest(steps, session.get(FROM))
    session.show(FROM, at)
    moment, what, start = st.columns([5, 7, 2], gap="medium", vertical_alignment="bottom")
    with moment:
        if len(steps) > 1:
            st.select_slider(
                "From the weights after step",
                steps,
                value=at,
                key=FROM,
                format_func=theme.steps,
                on_change=lambda: changes.moved(config, at, session.get(FROM)),
            )
        else:
            st.caption(f"From the weights after step {theme.steps(at)}.")
    with what:
        kinds = [kind for kind in KINDS if info.hunt is None or kind not in HUNTED_KEEP]
        st.segmented_control(
            "What changes", kinds, default=session.get(WHAT), key=WHAT, format_func=KINDS.get, required=True
        )
    kind = session.get(WHAT)
    said = changes.draw(kind, config, at)
    at_end = at >= config.steps and kind != "steps"
    sentence = None if at_end else _refused(kind, config, at)
    if at_end:
        st.info(
            f"Nothing is left to train after step {theme.steps(at)}: choose an earlier one, or more {KINDS['steps']}.",
            icon=":material/fork_right:",
        )
    elif sentence:
        st.error(sentence, icon=":material/rule:")
    st.caption(
        f"Up to step {theme.steps(at)} it is a copy of {plain(info.id)}. From there on the batches are the same. {said}"
    )
    ready = not at_end and sentence is None and changes.is_whole(kind, config)
    if start.button(
        "Start",
        key="fork_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not ready,
        on_click=_start,
        args=(info,),
        width="stretch",
    ):
        st.rerun()


def _refused(kind: str, config: RunConfig, at: int) -> str | None:
    """Markdown: one sentence on why there is no such fork, unless the model editor says so already."""
    try:
        changed(config, changes.changes(kind, config, at), recorded.store().dataset(config.dataset), at)
    except ModelTextError:
        return None
    except ConfigError as error:
        return labelled(error, changes.LABELS)
    except NotForkable as error:
        return plain(str(error))
    return None


def _start(info: RunInfo) -> None:
    """Takes what stands in the dialog now: a number that was typed just before the click is not drawn yet."""
    before, at = session.run_id(), session.get(FROM, _checkpoints(info)[-1])
    verbs.fork(info.id, at, changes.changes(session.get(WHAT), recorded.config(info.id), at))
    if session.run_id() != before:
        session.put("train_view", "watch")
        _say_if_earlier(at, recorded.info(session.run_id()))
    _close()


def _say_if_earlier(asked: int, fork: RunInfo) -> None:
    """The run may have gone on since the dialog was opened, and its checkpoint made room for a newer one."""
    if fork.parent_step != asked:
        gone = f"The checkpoint at step {theme.steps(asked)} made room for a newer one"
        session.put(EARLIER, f"{gone}: the fork begins at step {theme.steps(fork.parent_step)}.")
