"""The pages: one registry for the navigation and for links.

>>> link("shapes")             # a link that keeps run and moment
>>> go("train")                # leaves for a page, with run and moment
"""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from explorer import session


@dataclass(frozen=True)
class Place:
    title: str
    icon: str
    group: str


PLACES = {
    "home": Place("Home", ":material/home:", ""),
    "train": Place("Train", ":material/model_training:", ""),
    "shapes": Place("Shapes", ":material/view_in_ar:", "Look inside"),
    "activations": Place("Activations", ":material/equalizer:", "Look inside"),
    "gradients": Place("Gradients", ":material/trending_down:", "Look inside"),
    "receptive_field": Place("Receptive field", ":material/account_tree:", "Look inside"),
    "predict": Place("Predict", ":material/edit_note:", "Look inside"),
}
PLACES = {k: v for k, v in PLACES.items() if (Path("pages") / f"{k}.py").exists()}


def navigation():
    """Streamlit's navigation over all pages; returns the page to run."""
    groups: dict[str, list] = {}
    for name, place in PLACES.items():
        page = st.Page(_path(name), title=place.title, icon=place.icon, default=name == "home")
        groups.setdefault(place.group, []).append(page)
    return st.navigation(groups)


def link(name: str, **options) -> None:
    """A link to a page that shows the same run and moment; `options` are `st.page_link`'s."""
    place = PLACES[name]
    st.page_link(_path(name), **{"label": place.title, "icon": place.icon} | options, query_params=session.query())


def go(name: str) -> None:
    st.switch_page(_path(name), query_params=session.query())


def _path(name: str) -> str:
    return f"../pages/{name}.py"  # relative to the entry script
