"""A run with an absurd learning rate breaks: its finding leads to the layer that broke first."""

import re

from playwright.sync_api import expect

from tests.browser.test_explorer import moved_from, settled


def test_from_a_learning_rate_of_1e30_to_the_layer_that_broke(new_page):
    page = new_page()
    page.goto("/")
    page.get_by_role("button", name="Set up a new run").click()
    rate = page.get_by_label("lr", exact=True)
    rate.fill("1e30")
    rate.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(re.compile("run=wavenet-"))
    expect(page.get_by_text("The loss of step 2 is NaN")).to_be_visible()
    page.get_by_role("button", name="1 finding").click()
    expect(page.get_by_text("At step 2 the loss is NaN; it was 3.")).to_be_visible()
    page.get_by_role("link", name="See it on Black box").click()
    expect(page.get_by_text("At step 2 the output of 3.Linear broke first")).to_be_visible()
    expect(page.get_by_text("The batch of step 2")).to_be_visible()
    before = settled(page)
    page.get_by_test_id("stButtonGroup").get_by_text("Weights", exact=True).click()
    moved_from(page, before)
    page.get_by_text("that broke, in the order of computing").click()
    expect(page.get_by_test_id("stDataFrame").last.locator("td").filter(has_text="3.Linear").first).to_be_attached()
