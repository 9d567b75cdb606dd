"""What a person does: train, watch, pause, step, look at every page, hand the link to somebody else."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Error, expect

from explorer.theme import LIGHT
from tests.browser.conftest import pages_without_errors
from tests.waiting import eventually

PAGES = ("home", "train", "shapes", "activations", "gradients", "receptive_field", "predict")


@pytest.fixture(scope="module")
def run(chromium, app):
    """A paused wavenet run of some thousand steps, started and paused with a person's clicks: its id."""
    with pages_without_errors(chromium, app) as make:
        page = make()
        page.goto("/")
        page.get_by_test_id("stColumn").filter(has_text=re.compile(r"^WaveNet22")).get_by_role("button").click()
        page.wait_for_url(re.compile(r"run=wavenet-"))
        expect(metric(page, "Step")).to_have_text(re.compile(r"^\d+,\d{3}$"))
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text("Paused")).to_be_visible()
        yield re.search(r"run=(wavenet-\w+)", page.url)[1]


def metric(page, label: str):
    """The value of the metric under a label."""
    return (
        page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True)).get_by_test_id("stMetricValue")
    )


def number(page, label: str) -> float:
    return float(metric(page, label).inner_text().replace(",", ""))


def view(page):
    """The first chart's Vega view: an SVG or a canvas that must survive ticks."""
    return page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first


def pixels(page) -> bytes:
    """The first chart as a picture; one that is just being replaced cannot be looked at, and is looked at again."""
    taken: list[bytes] = []

    def look() -> bool:
        try:
            taken.append(page.get_by_test_id("stVegaLiteChart").first.screenshot())
        except Error:
            return False
        return True

    eventually(look, within=30, poll=0.1)
    return taken[-1]


def settled(page) -> bytes:
    """The picture once it no longer changes."""
    seen = [b"", pixels(page)]
    eventually(lambda: seen.append(pixels(page)) or seen[-1] == seen[-2], poll=0.2)
    return seen[-1]


def moved_from(page, before: bytes) -> None:
    """Waits for another picture: what was chosen may arrive after two looks at the old one."""
    eventually(lambda: pixels(page) != before, within=30, poll=0.2)


def test_the_loss_falls_while_one_watches(new_page):
    page = new_page()
    page.goto("/")
    page.get_by_test_id("stColumn").filter(has_text=re.compile(r"^MLP, 3")).get_by_role("button").click()
    page.wait_for_url(re.compile(r"run=mlp-"))
    expect(metric(page, "Train, last 1,000 steps")).to_have_text(re.compile(r"^[23]\.\d+$"))
    handle = view(page).element_handle()
    first, before = number(page, "Train, last 1,000 steps"), pixels(page)
    page.wait_for_function(
        "limit => [...document.querySelectorAll('[data-testid=stMetricValue]')].some("
        "e => e.innerText.includes('.') && parseFloat(e.innerText) < limit)",
        arg=min(first, 2.45),
    )
    eventually(lambda: pixels(page) != before, poll=0.1)
    assert handle.evaluate("element => element.isConnected"), "the chart was built anew: it would flicker"
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped").first).to_be_visible()


def test_pause_holds_and_a_step_is_one_step(new_page, run):
    page = new_page()
    page.goto(f"/train?run={run}")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(metric(page, "Step")).to_have_text(re.compile(r"\d"))
    at = int(number(page, "Step"))
    page.reload()  # time has passed, the step has not
    expect(metric(page, "Step")).to_have_text(f"{at:,}")
    page.get_by_role("button", name="+1", exact=False).first.click()
    expect(metric(page, "Step")).to_have_text(f"{at + 1:,}")
    page.get_by_role("button", name="+10", exact=True).click()
    expect(metric(page, "Step")).to_have_text(f"{at + 11:,}")


def test_histograms_move_while_it_trains(new_page, run):
    page = new_page()
    page.goto(f"/activations?run={run}")
    expect(view(page)).to_be_visible()
    handle = view(page).element_handle()
    before = settled(page)
    page.get_by_role("button", name="Play").dblclick()  # the second click is no pause
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_text(re.compile(r"steps/s"))).to_be_visible()
    page.get_by_role("button", name="Pause").click(delay=600)  # nor is any within half a second
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    eventually(lambda: pixels(page) != before, poll=0.1)
    assert handle.evaluate("element => element.isConnected")


VIEWS = {
    "activations": {"Histograms": "Histograms", "Unit by unit": "Outputs of", "BatchNorm": "The means of"},
    "gradients": {
        "Histograms": "Histograms",
        "Update : data": "Lines over the steps: update",
        "Gradient : data": "Lines over the steps: gradient",
    },
}


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_moves_in_place_while_it_trains(new_page, run, name):
    """And, as everywhere here, with nothing to say in the console."""
    page = new_page()
    page.goto(f"/{name}?run={run}")
    page.get_by_role("button", name="Play").click()
    for choice, said in VIEWS[name].items():
        page.get_by_role("radio", name=choice).first.click()
        expect(page.get_by_role("radio", name=choice, checked=True).first).to_be_visible()
        chart = page.locator(f"[data-testid=stVegaLiteChart][aria-label^='{said}']").first
        expect(chart.locator("canvas")).to_be_visible()
        handle = chart.locator("canvas").element_handle()
        for _ in range(2):
            before = chart.screenshot()
            eventually(lambda chart=chart, before=before: chart.screenshot() != before, within=30, poll=0.2)
        assert handle.evaluate("element => element.isConnected"), f"{choice} was built anew: it would flicker"
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_by_its_link(new_page, run, name):
    page = new_page()
    page.goto(f"/{'' if name == 'home' else name}?run={run}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if name not in ("home",):
        expect(view(page)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_a_link_shows_the_same_run_and_moment_in_another_browser(new_page, run):
    page = new_page()
    page.goto(f"/gradients?run={run}")
    expect(view(page)).to_be_visible()
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"step=\d+"))
    step = re.search(r"step=(\d+)", page.url)[1]
    said = page.get_by_text(re.compile(rf"Step {int(step):,}\b")).first
    expect(said).to_be_visible()
    other = new_page()
    other.goto(page.url)
    expect(other.get_by_text(re.compile(rf"Step {int(step):,}\b")).first).to_be_visible()
    other.get_by_role("link", name="Activations").click()  # the moment goes along
    other.wait_for_url(re.compile(rf"/activations\?.*step={step}"))
    assert f"run={run}" in other.url


def test_pointing_at_a_node_lights_what_it_sees_without_the_server(new_page, run):
    page = new_page()
    page.goto(f"/receptive_field?run={run}")
    expect(view(page)).to_be_visible()
    settled(page)
    assert lit(page) == 0
    page.context.set_offline(True)
    box = page.get_by_test_id("stVegaLiteChart").first.bounding_box()
    most = 0
    for y in range(int(box["height"])):  # down the middle of the tree, from the prediction on
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + y)
        if y % 10 == 0:
            most = max(most, lit(page))
    assert most > 1000, "no node that was pointed at lit its subtree"


def lit(page) -> int:
    """How many pixels of the picture have the colour of what a node sees."""
    wanted = np.array([int(LIGHT.time[i : i + 2], 16) for i in (1, 3, 5)])
    picture = np.asarray(Image.open(io.BytesIO(pixels(page))).convert("RGB")).astype(int)
    return int((abs(picture - wanted).max(axis=-1) < 12).sum())


def test_an_unknown_run_says_so(new_page):
    page = new_page()
    page.goto("/train?run=nobody-knows")
    expect(page.get_by_text("nobody-knows").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_view_stands_in_the_address(new_page, run):
    page = new_page()
    page.goto(f"/gradients?run={run}")
    page.get_by_test_id("stButtonGroup").get_by_text("Update : data").click()
    page.wait_for_url(re.compile(r"view=update-data"))
    page.reload()
    expect(page.get_by_text("how large a step is beside what it changes")).to_be_visible()


def test_who_goes_by_keyboard_sees_where(new_page, run):
    page = new_page()
    page.goto(f"/train?run={run}")
    link = page.get_by_role("link", name="Gradients")
    link.focus()
    page.keyboard.press("Shift+Tab")  # the mark is for those who use the keyboard
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(link).to_have_css("outline-style", "solid")
    expect(link).to_have_css("outline-width", "2px")
