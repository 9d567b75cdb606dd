"""Home in a browser: the table of all models, whose buttons are drawn on a canvas."""

import re

from playwright.sync_api import expect

from explorer.panels.home.results import HEADER, ROW


def test_a_click_on_a_row_trains_its_model_and_fills_one_s_own_column(new_page):
    page = new_page()
    page.goto("/")
    page.get_by_text("All models and results").click()
    table = page.get_by_test_id("stDataFrame")
    cells = table.locator("tr").filter(has_text="Bigram, counted").locator("td")  # what a screen reader has of it
    yours = cells.nth(-2)
    expect(cells.first).to_have_text("bigram")
    expect(yours).to_have_text("")
    box = table.bounding_box()
    assert box["y"] + box["height"] <= 720  # all models without scrolling
    page.mouse.click(box["x"] + box["width"] - 60, box["y"] + HEADER + ROW / 2)
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it learning?")
    expect(page.get_by_text("Finished its one step").first).to_be_visible()
    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Watch a language model learn names")
    expect(yours).to_have_text(re.compile(r"^2\.\d{3} / –$"))
