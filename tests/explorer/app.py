"""The app as a test sees it: `app(home)` runs the entry script without a browser."""

from pathlib import Path

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


def texts(at: AppTest) -> str:
    """All that a page says, for a look whether a sentence is there."""
    kinds = (at.title, at.markdown, at.caption, at.error, at.warning, at.info, at.code)
    return "\n".join(element.value for kind in kinds for element in kind)


def spec(at: AppTest, index: int = 0) -> str:
    """The Vega-Lite spec of a chart, as the browser gets it."""
    return at.get("vega_lite_chart")[index].proto.spec
