"""The pages: one registry for the navigation (along the top: the sidebar is the run's) and for links.

>>> link("shapes")             # a link that keeps run and moment
>>> go("train")                # leaves for a page, with run and moment
"""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from explorer import session


@dataclass(frozen=True)
class Place:
    title: str
    icon: str
    group: str = ""  # the menu that holds it; without one it stands in the bar itself


PLACES = {
    "home": Place("Home", ":material/home:"),
    "train": Place("Train", ":material/model_training:"),
    "shapes": Place("Shapes", ":material/view_in_ar:"),
    "activations": Place("Activations", ":material/equalizer:"),
    "gradients": Place("Gradients", ":material/trending_down:"),
    "receptive_field": Place("Receptive field", ":material/account_tree:"),
    "predict": Place("Predict", ":material/edit_note:"),
    "runs": Place("Runs", ":material/list:", "Debug"),
    "compare": Place("Compare", ":material/compare_arrows:", "Debug"),
    "black_box": Place("Black box", ":material/flight:", "Debug"),
    "hunt": Place("Bug hunt", ":material/bug_report:", "Debug"),
    "your_model": Place("Your model", ":material/visibility:", "Debug"),
    "bigram": Place("Bigram", ":material/grid_on:", "Labs"),
    "data": Place("Data", ":material/dataset:", "Labs"),
    "learning_rate": Place("Learning rate", ":material/speed:", "Labs"),
    "initialisation": Place("Initialisation", ":material/start:", "Labs"),
    "batchnorm": Place("BatchNorm", ":material/align_horizontal_center:", "Labs"),
    "backprop": Place("Backprop", ":material/undo:", "Labs"),
    "products": Place("Shapes of products", ":material/close:", "Labs"),
    "convolution": Place("Convolution", ":material/swipe_right:", "Labs"),
}


def navigation():
    """Streamlit's navigation over all pages; returns the page to run. A menu that holds it is marked."""
    groups: dict[str, list] = {}
    for name, place in PLACES.items():
        icon = place.icon if place.group else None  # in the bar itself, all names have to fit beside the sidebar
        page = st.Page(_path(name), title=place.title, icon=icon, default=name == "home")
        groups.setdefault(place.group, []).append(page)
    current = st.navigation(groups, position="top")
    marked = {_marked(group) if group and current in pages else group: pages for group, pages in groups.items()}
    return st.navigation(marked, position="top")  # a browser is sent the last one alone


def link(name: str, query: Mapping[str, str] | None = None, **options) -> None:
    """A link to a page that shows the same run and moment, and what else `query` names; `options` are
    `st.page_link`'s."""
    options = {"label": PLACES[name].title, "icon": PLACES[name].icon} | options
    st.page_link(_path(name), **options, query_params=session.query() | dict(query or {}))


def go(name: str) -> None:
    st.switch_page(_path(name), query_params=session.query())


def _marked(group: str) -> str:
    """Streamlit marks pages alone, but reads the title of a menu as Markdown."""
    return f":primary-background[**{group}**]"


def _path(name: str) -> str:
    return f"../pages/{name}.py"  # relative to the entry script
