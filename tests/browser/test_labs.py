"""The labs as a student meets them: each opened, moved once, and seen to change."""

from playwright.sync_api import expect

from tests.browser.test_explorer import settled, view


def test_initialisation_answers_to_its_controls(new_page):
    page = new_page()
    page.goto("/initialisation")
    expect(page.get_by_text("hockey stick", exact=True)).to_be_visible()
    expect(view(page)).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("Depth and gain").click()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    before = settled(page)
    page.get_by_role("slider", name="Gain").focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("button", name="Usual: 5/3")).to_be_enabled()
    assert settled(page) != before
