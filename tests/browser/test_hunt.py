"""One round of the bug hunt, as a person plays it: from a link, through a lens, to the picture that shows the bug."""

import re

from playwright.sync_api import expect

from tests.explorer.hunted import TOKENS

TOKEN = TOKENS["frozen-layer"]


def choose(page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_round_from_its_link_to_its_picture(new_page):
    page = new_page()
    page.goto(f"/hunt?hunt={TOKEN}")
    expect(page.get_by_text(f"Round {TOKEN}: a ReLU network")).to_be_visible()
    page.wait_for_url(re.compile(r"run=hunt-\w{6}"))
    expect(page.get_by_text("Finished all 1,000 steps")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Gradients").click()
    expect(page.get_by_role("heading", name="Does the gradient reach every layer?")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    page.get_by_role("link", name=f"Round {TOKEN}").click()
    page.wait_for_url(re.compile(f"hunt={TOKEN}"))
    choose(page, "What is it?", "Dead ReLUs")
    choose(page, "Where?", "4.ReLU")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_text("It is not “Dead ReLUs”.")).to_be_visible()
    choose(page, "What is it?", "A layer frozen by mistake")
    choose(page, "Where?", "5.Linear")
    choose(page, "What did you see?", "Gradients: A layer's weights get no gradient")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_text("Right: A layer frozen by mistake.")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()  # once its twin is trained
    expect(page.get_by_text("Its healthy twin: 0.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Right: A layer frozen by mistake.")).to_be_visible()  # another session, the same browser
    expect(page.get_by_text("1 of 1 round found, 0 at the first answer")).to_be_visible()
    assert TOKEN in page.url
    page.evaluate("localStorage.setItem('hunt_rounds', 'not these')")
    page.reload()
    expect(page.get_by_role("button", name="Answer")).to_be_visible()
    page.wait_for_function("localStorage.getItem('hunt_rounds') === '{}'")
