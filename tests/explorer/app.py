"""The app as a test sees it: `app(home)` runs the entry script without a browser."""

from functools import partial
from pathlib import Path
from unittest.mock import patch

from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

MAIN = str(Path(__file__).parents[2] / "explorer" / "main.py")


def app(page: str | None = None, **query: str) -> AppTest:
    """The app after its first run on a page ("train"; None: Home), with a query such as run="mlp-k3x9q2"."""
    at = AppTest.from_file(MAIN, default_timeout=20)
    for key, value in query.items():
        at.query_params[key] = value
    if page:
        at.switch_page(f"../pages/{page}.py")
    return at.run()


def back_to(at: AppTest, **query: str) -> AppTest:
    """The app after the browser's back button led to this query."""
    ask_with(at, **query)
    with patch("streamlit.testing.v1.local_script_runner.RerunData", partial(RerunData, is_history_navigation=True)):
        return at.run()


def ask_with(at: AppTest, **query: str) -> None:
    """What the browser's address says when it asks next."""
    at.query_params.clear()
    for key, value in query.items():
        at.query_params[key] = value


def run_picker(at: AppTest):
    """The sidebar's choice of a run."""
    return next(box for box in at.sidebar.selectbox if box.label == "Run")


def moment_slider(at: AppTest):
    """The sidebar's slider over the recorded moments."""
    return next(slider for slider in at.sidebar.select_slider if slider.label == "Moment")


def texts(at: AppTest) -> str:
    """All that a page says, for a look whether a sentence is there."""
    kinds = (at.title, at.markdown, at.caption, at.error, at.warning, at.info, at.code)
    return "\n".join(element.value for kind in kinds for element in kind)


def spec(at: AppTest, index: int = 0) -> str:
    """The Vega-Lite spec of a chart, as the browser gets it."""
    return at.get("vega_lite_chart")[index].proto.spec
