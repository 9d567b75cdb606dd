"""The labs as a student meets them: each opened, moved once, and seen to change."""

import re

from playwright.sync_api import expect

from tests.browser.test_explorer import metric, moved_from, settled, view


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
    moved_from(page, before)


def test_a_learning_rate_is_found_and_used(new_page):
    page = new_page()
    page.goto("/learning_rate")
    page.get_by_role("combobox", name="Model").click()  # another test's run, which may be of any model, comes first
    page.get_by_role("option", name="mlp, untrained", exact=True).click()
    expect(page.get_by_text("The smoothed loss is lowest at")).to_be_visible()
    expect(view(page)).to_be_visible()
    before = settled(page)
    page.get_by_role("slider", name="Your reading").press("End")
    expect(page.get_by_role("button", name="Use 1")).to_be_visible()
    moved_from(page, before)
    page.get_by_role("button", name="Use 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What should it learn?")
    expect(page.get_by_label("lr", exact=True)).to_have_value("1")


def test_batchnorm_moves_a_whole_batch_by_one_example(new_page):
    page = new_page()
    page.goto("/batchnorm")
    expect(page.get_by_text("each of the others moved too")).to_be_visible()
    expect(view(page)).to_be_visible()
    before = settled(page)
    page.get_by_role("slider", name="Move the first example by").focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("by −8.0", exact=False)).to_be_visible()
    moved_from(page, before)
    page.get_by_test_id("stButtonGroup").get_by_text("Evaluation", exact=True).click()
    expect(page.get_by_text("no other moved")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("Batch of one").click()
    expect(page.get_by_text("NaN for every character")).to_be_visible()


def test_a_gradient_is_found_by_hand(new_page):
    page = new_page()
    page.goto("/backprop")
    expect(page.get_by_text("dbndiff, its gradient")).to_be_visible()
    settled(page)
    box = page.get_by_test_id("stVegaLiteChart").first.bounding_box()
    page.mouse.click(box["x"] + 0.55 * box["width"], box["y"] + 0.475 * box["height"])
    expect(page.get_by_text("dhpreact, its gradient")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("Exercises").click()
    expect(page.get_by_text("Find dh first.")).to_be_visible()
    page.get_by_role("combobox").last.click()
    page.get_by_role("option", name="dlogprobs").click()
    page.get_by_role("textbox", name="dlogprobs =").fill("-F.one_hot(Yb, 27) / (n - 1)")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("divide by n, not by n − 1")).to_be_visible()
    page.get_by_role("textbox", name="dlogprobs =").fill("-F.one_hot(Yb, 27) / n")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The same as autograd's, bit by bit.")).to_be_visible()
    page.get_by_role("button", name="Next: dprobs").click()
    expect(page.get_by_text("1 of 26 found")).to_be_visible()
    expect(page.get_by_role("textbox", name="dprobs =")).to_be_empty()
    page.reload()
    expect(page.get_by_text("1 of 26 found")).to_be_visible()
    expect(page.get_by_role("textbox", name="dprobs =")).to_be_empty()
    page.get_by_role("combobox").last.click()
    page.get_by_role("option", name="dlogprobs").click()
    expect(page.get_by_role("textbox", name="dlogprobs =")).to_have_value("-F.one_hot(Yb, 27) / n")


def test_what_a_browser_kept_and_nobody_can_read_is_forgotten(new_page):
    page = new_page()
    page.goto("/backprop?view=exercises")
    expect(page.get_by_text("0 of 26 found")).to_be_visible()
    page.evaluate("localStorage.setItem('backprop_answers', 'not these')")
    page.reload()
    expect(page.get_by_text("0 of 26 found")).to_be_visible()
    page.wait_for_function("localStorage.getItem('backprop_answers').includes('\"answers\": {}')")


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


def test_letters_move_through_time_and_axes_stay(new_page):
    page = new_page()
    page.goto("/")
    page.get_by_test_id("stColumn").filter(has_text=re.compile(r"^MLP, 3")).get_by_role("button").click()
    page.wait_for_url(re.compile(r"run=mlp-"))
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused at step").first).to_be_visible()
    page.get_by_role("link", name="Predict").first.click()
    page.get_by_test_id("stButtonGroup").get_by_text("Its letters").click()
    expect(page.get_by_text("Of its 10 dimensions")).to_be_visible()
    picture = page.get_by_test_id("stVegaLiteChart").last.locator("canvas, svg").first
    handle = picture.element_handle()
    page.get_by_role("slider").press("Home")
    expect(page.get_by_text("Weights after 0 updates. Of its 10")).to_be_visible()
    assert handle.evaluate("element => element.isConnected")


def test_a_typed_word_becomes_examples_and_a_file_becomes_words(new_page):
    page = new_page()
    page.goto("/data")
    expect(view(page)).to_be_visible()
    before = settled(page)
    page.get_by_label("A word").fill("Zoe")
    expect(page.get_by_text("3 letters and the end make 4 examples")).to_be_visible()
    moved_from(page, before)
    page.get_by_test_id("stButtonGroup").get_by_text("Your own file").click()
    towns = ["bern", "basel", "chur", "genf", "wil", "zug", "thun", "baden", "brig", "olten"]
    file = {"name": "towns.txt", "mimeType": "text/plain", "buffer": "\n".join([*towns, "la chaux"]).encode()}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("1 line is left out")).to_be_visible()
    page.get_by_role("button", name="Keep these words").click()
    expect(page.get_by_text("Kept as towns.txt")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("One word").click()
    expect(page.get_by_label("A word")).to_have_value("Zoe")
    expect(page.get_by_text("19 symbols have codes")).to_be_visible()


def test_a_network_is_played_beside_the_counts(new_page):
    page = new_page()
    page.goto("/bigram")
    expect(view(page)).to_be_visible()
    settled(page)
    box = page.get_by_test_id("stVegaLiteChart").first.bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    expect(page.get_by_role("combobox", name="After")).to_have_value(re.compile(r"^after [j-o]$"))
    page.get_by_test_id("stButtonGroup").get_by_text("The network").click()
    expect(page.get_by_text("Step 0 of 200")).to_be_visible()
    before, handle = settled(page), view(page).element_handle()
    play = page.get_by_test_id("stMain").get_by_role("button", name="Play")  # a run has its own at the side
    play.click()
    expect(page.get_by_text(re.compile(r"Step [1-9]\d* of 200"))).to_be_visible()
    page.get_by_role("button", name="End", exact=False).click()
    expect(page.get_by_text("Step 200 of 200")).to_be_visible()
    expect(play).to_be_visible()
    moved_from(page, before)
    assert handle.evaluate("element => element.isConnected"), "the chart was built anew: it would flicker"


def test_nodes_light_up_one_by_one_and_a_stack_is_changed(new_page):
    page = new_page()
    page.goto("/convolution")
    expect(view(page)).to_be_visible()
    page.get_by_role("spinbutton", name="Kernel").fill("2")  # at first those of a run, where there is one
    page.get_by_role("textbox", name="Dilations").fill("1, 2, 4")
    expect(metric(page, "Trees: nodes")).to_have_text("64")
    before, handle = settled(page), view(page).element_handle()
    play = page.get_by_test_id("stMain").get_by_role("button", name="Step through")
    play.click()
    expect(metric(page, "One pass: nodes")).to_have_text(re.compile(r"^[2-9] of 42$"))
    page.get_by_test_id("stMain").get_by_role("button", name="Pause").click()
    expect(play).to_be_visible()
    moved_from(page, before)
    assert handle.evaluate("element => element.isConnected"), "the chart was built anew: it would flicker"
    page.get_by_role("textbox", name="Dilations").fill("1, 2, 4, 8")
    expect(page.get_by_text("A prediction sees 16 characters")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("Sampling").click()
    expect(metric(page, "Cached: nodes")).to_be_visible()
    page.get_by_role("button", name="Measure").click()
    expect(metric(page, "Sampling")).to_have_text(re.compile("×$"))
