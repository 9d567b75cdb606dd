"""A run is taken along: its script is made when its button is clicked, and is a script."""

import re

from playwright.sync_api import expect


def test_a_script_and_a_notebook_are_downloaded(new_page):
    page = new_page()
    page.goto("/")
    page.get_by_test_id("stColumn").filter(has_text=re.compile(r"^Bigram, counted")).get_by_role("button").click()
    page.wait_for_url(re.compile(r"/train.*run=bigram-"))
    run_id = re.search(r"run=([\w-]+)", page.url)[1]
    expect(page.get_by_text("Finished its one step")).to_be_visible()
    page.get_by_role("button", name="Take it with you").click()
    for button, name, first in (
        ("Python script", f"{run_id}.py", '"""Bigram, counted: 729 parameters, 1 step.\n'),
        ("Notebook", f"{run_id}.ipynb", "{\n"),
    ):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename == name
        assert download.value.path().read_text("utf-8").startswith(first)
    expect(page.get_by_text("As safetensors, after step 1.")).to_be_visible()
