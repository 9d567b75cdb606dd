"""Bigram: the map, the loss of a word, smoothing beside L2, and the network that plays."""

import math
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from core.dataset import Dataset
from core.lenses.bigram import counts, nll, probabilities, train
from core.runs.store import Store
from explorer.labs.bigram.network import SECONDS
from explorer.theme import number
from tests.explorer.app import app, spec, texts
from tests.explorer.recorded import falling, record

VIEWS = ("Counts", "The loss of a word", "Smoothing and L2", "The network")


def bigram(view="Counts", **query):
    at = app("bigram", **query)
    if view != "Counts":
        (views,) = (group for group in at.get("button_group") if group.key == "bigram_view")
        views.set_value(view).run()
    return at


def table(at, name, chart=0):
    datasets = {d.name: d.data.data for d in at.get("vega_lite_chart")[chart].proto.datasets}
    return pa.ipc.open_stream(datasets[name]).read_all().to_pandas()


def chart_with(at, name):
    """The place of the chart that has a table of that name."""
    return next(
        i for i, chart in enumerate(at.get("vega_lite_chart")) if name in {data.name for data in chart.proto.datasets}
    )


@pytest.fixture(scope="module")
def pairs():
    return counts(Dataset.builtin())


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_stands_without_a_run_and_mid_run(home, view):
    for query in ({}, {"run": record(home, falling(50), state="running", steps=500)}):
        at = bigram(view, **query)
        assert not at.exception
        assert not at.error
        assert at.title[0].value == "How far does counting pairs get?"
        for chart in at.get("vega_lite_chart"):
            assert len(chart.proto.alt) > 20


def test_the_map_holds_every_count(home, pairs):
    cells = table(bigram(), "cells", chart_with(bigram(), "cells"))
    assert cells["count"].tolist() == pairs.ravel().tolist()
    assert cells.loc[1, "pair"] == ".a"
    assert cells["probability"].to_numpy() == pytest.approx(probabilities(pairs, 1).ravel())


def test_a_row_is_a_distribution_and_smoothing_flattens_it(home, pairs):
    at = bigram()
    at.selectbox(key="bigram_row").select("q").run()
    bars = table(at, "bars", chart_with(at, "bars"))
    assert bars["probability"].to_numpy() == pytest.approx(probabilities(pairs, 1)[17])
    at.select_slider(key="bigram_smoothing").set_value(1_000_000.0).run()
    bars = table(at, "bars", chart_with(at, "bars"))
    assert bars["probability"].to_numpy() == pytest.approx(1 / 27, rel=1e-2)


def test_a_word_s_loss_is_worked_out_as_in_the_course(home, pairs):
    shown = bigram("The loss of a word").table[0].value
    assert shown["pair"].tolist() == ["`.e`", "`em`", "`mm`", "`ma`", "`a.`", "**sum**", "**× −1**", "**mean**"]
    fitted = probabilities(pairs, 1)
    names = Dataset.builtin()
    logs = [math.log(fitted[i, j]) for i, j in (names.encode(pair) for pair in (".e", "em", "mm", "ma", "a."))]
    assert [float(text.replace("−", "-")) for text in shown["log probability"][:5]] == pytest.approx(logs, abs=5e-5)
    assert shown["log probability"].tolist()[5:] == [
        f"{sum(logs):.4f}".replace("-", "−"),
        f"{-sum(logs):.4f}",
        f"**{-sum(logs) / 5:.4f}**",
    ]


def test_a_pair_that_never_occurs_is_endless_until_smoothed(home):
    at = bigram("The loss of a word")
    at.text_input(key="bigram_word").set_value("andrejq")
    at.select_slider(key="bigram_smoothing").set_value(0.0).run()
    assert not at.exception
    (warning,) = at.warning
    assert "jq never occurs" in warning.value
    assert at.table[0].value["log probability"].tolist()[-1] == "**∞**"
    at.text_input(key="bigram_word").set_value("xqzj").run()
    assert "xq, qz never occur in" in at.warning[0].value
    at.select_slider(key="bigram_smoothing").set_value(1.0).run()
    assert not at.warning


def test_a_probability_too_small_for_four_decimals_is_no_zero(home):
    at = bigram("The loss of a word")
    at.text_input(key="bigram_word").set_value("").run()
    assert at.table[0].value["probability"].tolist()[0] == "3.10e-5"  # one of 32,257 + 27 names has no letters
    assert "a probability of 3.10e-5 on" in texts(at)


def test_an_unknown_character_is_one_sentence_and_the_last_word_stays(home):
    at = bigram("The loss of a word")
    at.text_input(key="bigram_word").set_value("em4").run()
    (warning,) = at.warning
    assert "'4' does not occur" in warning.value
    assert warning.value.endswith("Still showing: **emma**.")
    assert "**emma**: a loss of" in texts(at)
    assert at.table[0].value["pair"].tolist()[0] == "`.e`"


def test_smoothing_follows_l2_while_they_are_tied(home, pairs):
    at = bigram("Smoothing and L2")
    matching = 2 * 0.01 * pairs.sum() / 27**2
    assert at.select_slider(key="bigram_beside").disabled
    assert at.select_slider(key="bigram_beside").value == pytest.approx(matching, rel=0.15)
    assert f"With {number(at.select_slider(key='bigram_beside').value)} added" in texts(at), "one number for both"
    assert "0.62%** apart" in texts(at)
    at.select_slider(key="bigram_l2").set_value(1000.0).run()
    assert "0.00%** apart" in texts(at)
    at.toggle(key="bigram_tied").set_value(False).run()
    at.select_slider(key="bigram_beside").set_value(10.0).run()
    assert "0.00%** apart" not in texts(at)
    assert not at.exception
    (views,) = (group for group in at.get("button_group") if group.key == "bigram_view")
    views.set_value("Counts").run()
    assert at.select_slider(key="bigram_smoothing").value == 1.0, "what is tied stays on its own view"


def test_without_smoothing_only_splits_with_new_pairs_have_an_endless_loss(home, pairs):
    at = bigram("Smoothing and L2")
    at.toggle(key="bigram_tied").set_value(False).run()
    at.select_slider(key="bigram_beside").set_value(0.0).run()
    assert f"all words is **{nll(pairs, probabilities(pairs)):.4f}**" in texts(at)
    assert "val ∞, test ∞" in texts(at)
    at.select_slider(key="bigram_beside").set_value(1.0).run()
    assert "∞" not in texts(at)


def test_no_l2_is_no_smoothing(home):
    at = bigram("Smoothing and L2")
    at.select_slider(key="bigram_l2").set_value(0.0).run()
    assert not at.exception
    assert at.select_slider(key="bigram_beside").value == 0.0
    assert "**0.00%** apart" in texts(at)


@pytest.fixture
def clock(monkeypatch):
    """Time as the network's Play sees it: it stands still until a test moves `clock.now`."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("explorer.labs.bigram.network.monotonic", lambda: clock.now)
    return clock


def test_the_network_steps_plays_and_starts_again(home, pairs, clock):
    at = bigram("The network")
    trained = train(pairs, 200)
    assert f"Step 0 of 200: loss **{trained.losses[0]:.4f}**" in texts(at)
    at.button(key="bigram_one").click().run()
    assert f"Step 1 of 200: loss **{trained.losses[1]:.4f}**" in texts(at)
    before, said = spec(at), [chart.proto.alt for chart in at.get("vega_lite_chart")]
    at.button(key="bigram_play").click().run()
    assert "Step 2 of 200" in texts(at)
    assert at.button(key="bigram_play").label == "Pause"
    at.run()
    assert "Step 3 of 200" in texts(at)
    assert spec(at) == before, "a tick changes data only"
    assert [chart.proto.alt for chart in at.get("vega_lite_chart")] == said, "another text builds another view"
    at.button(key="bigram_play").click().run()
    at.run()
    assert "Step 3 of 200" in texts(at)
    at.button(key="bigram_end").click().run()
    assert "Step 200 of 200" in texts(at)
    at.button(key="bigram_restart").click().run()
    assert "Step 0 of 200" in texts(at)


def test_played_to_its_end_in_seconds_it_stops_at_the_counts(home, pairs, clock):
    """However slow the machine: a tick that comes late takes more steps."""
    at = bigram("The network")
    at.button(key="bigram_play").click().run()
    clock.now += SECONDS / 2
    at.run()
    assert at.button(key="bigram_play").label == "Pause"
    clock.now += SECONDS / 2
    at.run()
    assert at.button(key="bigram_play").label == "Play"
    assert "Step 200 of 200" in texts(at)
    cells = table(at, "cells", 0).query("x < 27")
    P = cells["network"].to_numpy().reshape(27, 27)
    assert nll(pairs, P) == pytest.approx(nll(pairs, probabilities(pairs)), abs=0.02)
    assert np.abs(P - probabilities(pairs))[pairs.sum(axis=1) > 5_000].max() < 0.05
    at.button(key="bigram_play").click().run()
    assert "Step 1 of 200" in texts(at), "from the start again"


def test_the_first_view_says_how_far_counting_gets(home, pairs):
    at = bigram("Counts")
    assert f"Loss **{nll(pairs, probabilities(pairs, 1)):.3f}**; guessing evenly costs log 27 = **3.296**" in texts(at)
    at.select_slider(key="bigram_smoothing").set_value(100.0).run()
    assert f"Loss **{nll(pairs, probabilities(pairs, 100)):.3f}**; guessing" in texts(at)


def test_words_of_one_s_own(home):
    words = Dataset.from_text("\n".join(["zoë", "noé", "éva", *"abcdefgh"]), "own.txt")
    Store(home).keep_words(words)
    at = bigram("The loss of a word")
    at.selectbox(key="chosen_words").select(words.sha256).run()
    assert not at.exception
    assert not at.warning
    assert at.text_input(key="bigram_word").value == "zoë", "the word suggested is one of the list"
