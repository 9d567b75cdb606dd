"""A program of somebody's own, started as the README says: its run is there by itself, live, on the pages of layers."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.conftest import pages_without_errors
from tests.browser.test_explorer import number
from tests.explorer.recorded import falling, record
from tests.pages.test_watched_runs import train
from tests.running_app import ROOT, running_app
from tests.waiting import eventually

SNIPPET = re.search(r"## Your own model.*?```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)[1]
STEPS = "range(3_000)"
UNTIL_STOPPED = "iter(Path('stop').exists, True)"


@contextmanager
def program(folder, home):
    """The README's program, in a process and a folder of its own, going on until the block ends."""
    source = f"from pathlib import Path\n{SNIPPET.replace(STEPS, UNTIL_STOPPED)}"
    (folder / "mine.py").write_text(source, "utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "EXPLORER_HOME": str(home), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, "mine.py"], cwd=folder, env=environment) as own:
        try:
            yield
        finally:
            (folder / "stop").touch()
    assert own.returncode == 0


def test_the_program_of_the_readme_is_seen_while_it_goes_on(chromium, tmp_path):
    """In an app without any run: nothing is clicked before the first is there."""
    assert STEPS in SNIPPET
    home = tmp_path / "home"
    with running_app(home) as url, pages_without_errors(chromium, url) as make:
        page = make()
        page.goto("/your_model")
        expect(page.get_by_text("None yet: start your program")).to_be_visible()
        with program(tmp_path, home):
            expect(page.get_by_role("heading", name="The modules of mine")).to_be_visible()
            expect(page.get_by_test_id("stDataFrame").locator("td").filter(has_text="Tanh")).to_be_attached()
            page.get_by_test_id("stMain").get_by_role("link", name="Activations").click()
            page.wait_for_url(re.compile("run=watched-"))
            expect(page.get_by_text("Look for tanh outputs")).to_be_visible()
            expect(page.get_by_text(re.compile(r"^Step [\d,]+, loss "))).to_be_visible()
            page.get_by_role("link", name="Train", exact=True).click()
            expect(page.get_by_text("Watched: its own program trains it.")).to_be_visible()
            before = number(page, "Step")
            eventually(lambda: number(page, "Step") > before, within=60, poll=0.1)
        expect(page.get_by_text(re.compile(r"Ended after [\d,]+ steps"))).to_be_visible()


def test_a_click_on_a_watched_run_shows_that_run(chromium, tmp_path):
    """The list ticks by itself: a click in it is to draw the rest of the page anew."""
    home = tmp_path / "home"
    trained, first, second = record(home, falling(5)), train(home, steps=2), train(home, steps=3)
    with running_app(home) as url, pages_without_errors(chromium, url) as make:
        page = make()
        page.goto(f"/your_model?run={trained}")
        for run_id, steps in ((first, 2), (second, 3), (first, 2)):
            row = page.locator(f".st-key-watched_{run_id}")
            row.get_by_role("button").click()
            expect(page.get_by_role("heading", name="The modules of mine")).to_be_visible()
            expect(page.get_by_test_id("stSidebar").get_by_text(f"{run_id}, set up")).to_be_visible()
            expect(page.get_by_test_id("stSidebar").get_by_text(f"Step {steps}")).to_be_visible()
