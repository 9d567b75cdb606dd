"""Compare in a browser: a run and its fork, from the sidebar's link to the layers side by side."""

import re

from playwright.sync_api import expect

from core.runs.store import Store
from core.training.config import RunConfig
from tests.browser.conftest import pages_without_errors
from tests.pages.test_compare import TEXT, WORDS, train
from tests.running_app import running_app


def test_a_fork_is_compared_with_its_parent(chromium, tmp_path):
    store = Store(tmp_path)
    parent = train(store, store.create(RunConfig(TEXT, context=4, steps=200), WORDS, name="the first"))
    fork = train(store, store.fork(parent, 100, {"lr": 0.05}, name="slower"))
    with running_app(tmp_path) as url, pages_without_errors(chromium, url) as make:
        page = make()
        page.goto(f"/?run={fork}")
        page.get_by_role("link", name="Compare the two").click()
        page.wait_for_url(re.compile(f"/compare.*with={parent}"))
        expect(page.get_by_text("They part in the update of step 101")).to_be_visible()
        expect(
            page.get_by_text(re.compile(r"Thin: slower, in the end \d.*Broad: the first, in the end \d"))
        ).to_be_visible()
        expect(page.get_by_test_id("stVegaLiteChart").locator("canvas")).to_be_visible()
        page.get_by_text("Weights", exact=True).click()
        page.wait_for_url(re.compile("view=weights"))
        expect(page.get_by_text(re.compile("This run: .*The other: "))).to_be_visible()
