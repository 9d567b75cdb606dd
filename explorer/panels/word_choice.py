"""Choosing a list of words by name: the built-in one, or one that is kept in the store.

>>> words = choose_words("data_words")      # a Dataset; the current run's, until another is chosen
"""

from collections import Counter

import streamlit as st

from core.dataset import Dataset
from explorer import session
from explorer.feeds import recorded
from explorer.panels.model_source import known_run

BUILTIN = ""  # as in `Store.dataset`
BUILTIN_NAME = "Built-in names"
CHOSEN = "chosen_words"  # shared by the pages that look at words
_LOADED = "chosen_words_run"


def choose_words(label: str = "Words", width: int = 230) -> Dataset:
    """A menu of all lists; the choice holds on every page that has one. A run that is opened brings its own words."""
    run_id = known_run()
    sha256 = recorded.config(run_id).dataset if run_id else BUILTIN
    if session.get(_LOADED, BUILTIN) != sha256:
        session.put(_LOADED, sha256)
        session.put(CHOSEN, option_of(sha256))
    return recorded.store().dataset(menu(CHOSEN, label, width=width, label_visibility="collapsed"))


def menu(key: str, label: str, last: tuple[str, ...] = (), **options) -> str:
    """A select box over all lists and, below them, what `last` names; returns the chosen option: a list's (see
    `option_of`) or one of `last`. `options` are `st.selectbox`'s."""
    names = list_names() | {name: name for name in last}
    return st.selectbox(
        label,
        list(names),
        index=list(names).index(chosen(key, last)),
        key=key,
        format_func=lambda option: names.get(option, BUILTIN_NAME),
        **options,
    )


def chosen(key: str, last: tuple[str, ...] = ()) -> str:
    """What the menu of that key is at, before it is drawn; a list that was removed gives way to the built-in one."""
    return session.get(session.keep_choice(key, [*list_names(), *last]))


def list_names() -> dict[str, str]:
    """{sha256: name} of all lists, the built-in one first; of two with one name, each with a part of its sha256."""
    kept = recorded.store().word_lists()
    times = Counter(words.name for words in kept)
    names = {w.sha256: w.name if times[w.name] == 1 else f"{w.name} ({w.sha256[:4]})" for w in kept}
    return {BUILTIN: BUILTIN_NAME} | names


def suggest(key: str, word: str) -> None:
    """Until somebody types into the text input of that key, it holds `word`, of the words that are chosen."""
    before = f"{key}_suggested"
    session.keep(key, word)
    if session.get(key) == session.get(before):
        session.put(key, word)
    session.put(before, word)


def option_of(sha256: str) -> str:
    """The menu's option for some words: the built-in ones have none of their own."""
    return BUILTIN if sha256 == recorded.store().dataset(BUILTIN).sha256 else sha256
