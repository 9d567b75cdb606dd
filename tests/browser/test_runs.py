"""Runs in a browser: the table is a canvas with buttons, and what they do has a way for the keyboard too."""

import re

from playwright.sync_api import expect

from explorer.panels.run.table import HEADER, ROW
from tests.browser.test_fork import current


def test_a_run_is_renamed_by_keyboard_and_deleted_from_its_row(new_page):
    page = new_page()
    page.goto("/")
    page.get_by_role("button", name="Train").first.click()  # counts pairs: done at once
    page.wait_for_url(re.compile(r"/train.*run=bigram-"))
    expect(page.get_by_text("Finished its one step").first).to_be_visible()
    run_id = current(page)
    page.get_by_text("Debug", exact=True).click()
    page.get_by_role("menuitem", name="Runs").click()
    table, dialog = page.get_by_test_id("stDataFrame"), page.get_by_role("dialog")
    row = table.locator("tr").filter(has_text=run_id)  # what a screen reader has of it

    page.get_by_role("button", name="Rename").press("Enter")
    dialog.get_by_label(f"What {run_id} is called").fill("counted once")
    dialog.get_by_label(f"What {run_id} is called").press("Enter")
    expect(dialog).to_be_hidden()
    expect(row).to_contain_text("counted once")
    expect(page.locator("[class*=st-key-run_picker] input")).to_have_value(re.compile(r"^counted once · "))

    box, place = table.bounding_box(), int(row.get_attribute("aria-rowindex")) - 2  # after the head, from 0
    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + HEADER + (place + 0.5) * ROW)
    page.get_by_test_id("stDataFrameButtonActionMenu").get_by_text("Delete", exact=True).click()
    expect(dialog).to_contain_text("weights after 1 step are lost")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_be_hidden()
    expect(row).to_have_count(0)
    expect(page).not_to_have_url(re.compile(run_id))
