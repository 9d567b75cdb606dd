"""A run is forked with one thing changed, and both go their own ways."""

import re

from playwright.sync_api import expect

from tests.browser.test_explorer import metric, number
from tests.waiting import eventually


def current(page) -> str:
    return re.search(r"run=([\w-]+)", page.url)[1]


def test_a_paused_run_is_forked_with_a_smaller_learning_rate(new_page):
    page = new_page()
    page.goto("/")
    page.get_by_test_id("stColumn").filter(has_text=re.compile(r"^WaveNet22")).get_by_role("button").click()
    page.wait_for_url(re.compile(r"/train.*run=wavenet-"))
    expect(metric(page, "Step")).to_have_text(re.compile(r"^\d+,\d{3}$"))
    page.get_by_role("button", name="Pause").click()
    paused = page.get_by_text(re.compile(r"Paused at step"))
    expect(paused).to_be_visible()
    at = int(re.search(r"step ([\d,]+)", paused.inner_text())[1].replace(",", ""))
    parent = current(page)

    page.get_by_role("button", name="Fork from here").click()
    dialog = page.get_by_role("dialog")
    rate = dialog.get_by_label("Learning rate from here on")
    expect(rate).to_have_value("0.01")
    rate.fill("-1")
    rate.press("Enter")
    expect(dialog.get_by_text("Learning rate is -1.0: a learning rate is a number above 0")).to_be_visible()
    expect(dialog.get_by_role("button", name="Start")).to_be_disabled()
    rate.fill("0.05")
    rate.press("Enter")
    expect(dialog.get_by_text("The learning rate was 0.1 here.")).to_be_visible()
    dialog.get_by_role("button", name="Start").click()

    expect(dialog).to_be_hidden()
    eventually(lambda: current(page) != parent, within=60)
    expect(page.get_by_role("button", name=f"Fork of {parent}")).to_be_visible()
    eventually(lambda: number(page, "Step") > at, within=60, poll=0.1)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile("Stopped at step"))).to_be_visible()
    page.get_by_role("button", name=f"Fork of {parent}").click()
    page.wait_for_url(re.compile(f"run={parent}"))
    page.get_by_role("button", name="Follow the latest step").click()
    expect(metric(page, "Step")).to_have_text(f"{at:,}")
    page.get_by_role("button", name="Stop").click()
