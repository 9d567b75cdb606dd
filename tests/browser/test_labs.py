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


def test_a_learning_rate_is_found_and_used(new_page):
    page = new_page()
    page.goto("/learning_rate")
    expect(page.get_by_text("The smoothed loss is lowest at")).to_be_visible()
    expect(view(page)).to_be_visible()
    before = settled(page)
    page.get_by_role("slider", name="Your reading").press("End")
    expect(page.get_by_role("button", name="Use 1")).to_be_visible()
    assert settled(page) != before
    page.get_by_role("button", name="Use 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What should it learn?")
    expect(page.get_by_label("lr", exact=True)).to_have_value("1")


def test_shapes_are_checked_as_one_types_and_mended(new_page):
    page = new_page()
    page.goto("/products")
    expect(page.get_by_text("is (4, 5, 6, 200). Each of its 24,000 numbers")).to_be_visible()
    page.get_by_role("textbox", name="Shape of b").fill("200, 80")
    expect(page.get_by_text("a ends with 80, b has 200")).to_be_visible()
    page.get_by_role("button", name="Write (80, 200) for b").click()
    expect(page.get_by_role("textbox", name="Shape of b")).to_have_value("80, 200")
    page.get_by_text("view and cat").click()
    expect(page.get_by_text("equal: yes, all 320 numbers")).to_be_visible()
    page.get_by_role("button", name="FlattenConsecutive(4)").click()
    expect(page.get_by_text("equal: yes, all 320 numbers of (4, 2, 40)")).to_be_visible()
    expect(view(page)).to_be_visible()
