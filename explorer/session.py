"""The current run and moment: in the URL, in the session, and nowhere else.

    >>> session.choose("wavenet-k3x9q2", moment=1_000)   # the address now ends in ?run=wavenet-k3x9q2&step=1000
    >>> session.run_id(), session.moment()
    ('wavenet-k3x9q2', 1000)

A moment is a training step; `None` means "the latest", which follows a live run. The URL wins where somebody went to it
(a link, a reload, the back button). Otherwise the session does, and `restore()` writes the URL: a click in the
navigation drops the query, and a panel that ticks may ask with the address from before a choice, merged with other
questions and much later. A page of several views names the one it shows there, too (`keep_view`):
`&view=gradient-data`. This is the only file that names `st.session_state` and `st.query_params`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_RUN, _MOMENT, _KEPT, _VIEW = "current_run", "current_moment", "kept", "view"
_SHOWING = "showing"
_NAMED = "in_url_"


def restore() -> None:
    """Bring URL and session together. The entry script calls it once, before anything else reads a run or a moment."""
    run, step = st.query_params.get("run"), st.query_params.get("step")
    if run and (_RUN not in st.session_state or _went_back()):
        st.session_state[_RUN] = run
        st.session_state[_MOMENT] = _as_step(step)
    _write_url()


def run_id() -> str | None:
    """The id of the current run, as the URL names it (a store may not know it), or None before there is one."""
    return st.session_state.get(_RUN)


def moment() -> int | None:
    """The current moment: a step from 0 on, or None for the latest one."""
    return st.session_state.get(_MOMENT)


def choose(run: str | None, moment: int | None = None) -> None:
    """Make `run` the current one, at `moment`, on every page and in the URL."""
    st.session_state[_RUN] = run
    st.session_state[_MOMENT] = moment
    _write_url()


def query() -> dict[str, str]:
    """The query of a link that shows the same thing: `st.page_link(page, query_params=session.query())`."""
    named = {"run": run_id(), "step": moment()}
    return {key: str(value) for key, value in named.items() if value is not None} if named["run"] else {}


def keep(key: str, default: Any) -> str:
    """The key of a widget whose value outlives a change of page.

    >>> st.toggle("log10", value=True, key=session.keep("loss_log", True))

    `default` holds until the user changes the widget. Give it to the widget as well: a browser that is still loading
    the widget's code when the page runs again takes the widget's own default. Not for buttons and file uploaders.
    """
    kept = st.session_state.setdefault(_KEPT, {})
    if key not in st.session_state:  # a first visit, or a return: Streamlit forgets what a page does not draw
        st.session_state[key] = kept.get(key, default)
    kept[key] = st.session_state[key]
    return key


def keep_choice(key: str, options: Sequence, usual: Any = None) -> str:
    """As `keep`, where the options differ from run to run: what was chosen holds while it is one, else `usual` does.

    >>> session.get(session.keep_choice("lens_layers", ["Tanh", "All"]))      # without `usual`, the first option
    'Tanh'
    """
    usual = options[0] if usual is None else usual
    if st.session_state[keep(key, usual)] not in options:
        st.session_state[key] = usual
    return key


def keep_view(key: str, options: Sequence[str]) -> str:
    """The key of the switch of a page's views: kept like any other, and named in the URL unless it is the first.

    >>> session.get(session.keep_view("lens_view", ["Histograms", "BatchNorm"]))     # see panels/view_switch.py

    One a page. Call it as often as you like before the switch is drawn.
    """
    return keep_in_url(key, _VIEW, {_in_url(option): option for option in options})


def keep_in_url(key: str, name: str, options: Mapping[str, Any]) -> str:
    """As `keep_view`, of a widget with a name of its own in the URL. `options`: each word there, and its value.

    >>> st.toggle("Own scales", key=session.keep_in_url("own", "scales", {"shared": False, "own": True}))
    """
    asked, (word, usual) = st.query_params.get(name), next(iter(options.items()))
    arrived = key not in st.session_state and asked in options  # by a link; a return without it shows the kept one
    if arrived or _went_back():
        st.session_state[key] = options.get(asked, usual)
    keep_choice(key, list(options.values()))
    shown = next(word for word, value in options.items() if value == st.session_state[key])
    if shown != word:
        if asked != shown:
            st.query_params[name] = shown
    elif asked is not None:
        del st.query_params[name]
    return key


def arrived_with(name: str, widget: str | None = None) -> str | None:
    """What the URL newly says under a page's own name: somebody followed a link, loaded it again, or went back.

    >>> session.arrived_with("hunt")     # of ?hunt=k3x9-q7

    `widget`: the key of the page's widget that shows it; a page that is come to anew has not drawn it yet.
    """
    asked, named = st.query_params.get(name), _NAMED + name
    arrived = (widget or named) not in st.session_state or _went_back()
    return asked if arrived and asked != st.session_state.get(named) else None


def name_in_url(name: str, value: str | None) -> None:
    """Puts what the page shows under this name into the URL, or takes it out."""
    st.session_state[_NAMED + name] = value
    if value is None:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def get(key: str, default: Any = None) -> Any:
    """A value of this session that is not a run or moment: of a widget by its key, or one put there."""
    return st.session_state.get(key, default)


def put(key: str, value: Any) -> None:
    """Set a value of this session; of a widget only in a callback, or before the widget is drawn."""
    st.session_state[key] = value


def visitor() -> str | None:
    """Which open page asks: an id, the same for all its threads. None outside of a page."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else None


def show(key: str, value: Any) -> None:
    """Set what a widget shows before it is drawn, unless it shows it already.

    A value that the server sends undoes what a quick hand has chosen while it was on its way. Give the value to the
    widget as its own default too, for a browser that did not have the widget yet when the value was sent.
    """
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def showing(name: str, value: Any) -> str:
    """The key of a widget that shows `value`, which is also set elsewhere: another key each time that it was.

    >>> st.selectbox("Run", runs, key=session.showing("run_picker", session.run_id()), on_change=choose)

    A browser that has not heard of the new value yet says the old one with its next question, as if somebody had just
    chosen it. With another key that is nobody's. What its own user chooses leaves the widget as it is, with its focus.
    """
    numbers = st.session_state.setdefault(_SHOWING, {})
    key = f"{name}_{numbers.setdefault(name, 0)}"
    if key not in st.session_state or st.session_state[key] != value:
        numbers[name] += 1
        key = f"{name}_{numbers[name]}"
        st.session_state[key] = value  # sent only now: it would undo what a quick hand has chosen since
    return key


def _in_url(view: str) -> str:
    """'Gradient : data' -> 'gradient-data'; an operation is spelt: 'a @ b' -> 'a-times-b'."""
    spelt = view.lower().replace("@", "times").replace("+", "plus")
    return re.sub(r"[^a-z0-9]+", "-", spelt).strip("-")


def _as_step(text: str | None) -> int | None:
    """`?step=1000` as a number; anything that is no step means the latest moment."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None


def _went_back() -> bool:
    """Does the browser ask because somebody went back or forward in its history?"""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def _write_url() -> None:
    wanted = query()
    present = {key: st.query_params[key] for key in ("run", "step") if key in st.query_params}
    if wanted == present:
        return
    for key in present.keys() - wanted.keys():
        del st.query_params[key]
    st.query_params.update(wanted)
