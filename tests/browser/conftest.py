"""A real Chromium in front of the app, started as the README says."""

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running_app import running_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 60_000  # ms: a fresh machine compiles the kernels first, a busy one takes its time
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)  # xdist's own reads the groups
def pytest_collection_modifyitems(items):
    """Browser tests share one app; without a browser they are skipped, or fail where one is required."""
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("browser"))
            if not CHROMIUM and not os.environ.get("EXPLORER_REQUIRE_BROWSER"):
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine (Debian: apt install chromium)"))


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """The address of a running app with an empty store of its own."""
    with running_app(tmp_path_factory.mktemp("home")) as url:
        yield url


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium, app):
    """Makes pages, each in a browser context of its own; the test fails if one of them reported an error."""
    with pages_without_errors(chromium, app) as make:
        yield make


@contextmanager
def pages_without_errors(chromium, app):
    contexts, errors = [], []

    def make():
        context = chromium.new_context(viewport={"width": 1280, "height": 720}, base_url=app)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(f"exception: {error}"))
        page.on("console", lambda message: errors.extend(_said(message)))
        page.on("response", lambda response: errors.extend(_refused(response)))
        page.on("request", lambda request: errors.extend(_outside(request.url)))
        return page

    try:
        yield make
    except BaseException as failure:
        for page in (page for context in contexts for page in context.pages):
            failure.add_note(f"{page.url} showed:\n{page.locator('body').inner_text()}")
        raise
    for context in contexts:
        context.close()
    assert not errors


def _said(message) -> list[str]:
    """Errors, and what Vega warns of: it does so at every tick."""
    refused = message.text.startswith("Failed to load resource")  # told better by _refused
    warned = message.type == "warning" and message.text.startswith("WARN")
    return [message.text] if warned or (message.type == "error" and not refused) else []


def _refused(response) -> list[str]:
    """Streamlit's page asks for its server below its own path before it asks at the root: that 404 is its way."""
    expected = response.status == 404 and re.search(r"//[^/]+/[^/]+/_stcore/", response.url)
    return [f"{response.status}: {response.url}"] if response.status >= 400 and not expected else []


def _outside(url: str) -> list[str]:
    asked = url.startswith(("http:", "https:", "ws:", "wss:")) and "//127.0.0.1:" not in url
    return [f"outside: {url}"] if asked else []
