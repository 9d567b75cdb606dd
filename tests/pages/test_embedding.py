"""Predict's letters: the run's own embedding at the moment, in axes that stay."""

import numpy as np
import pyarrow as pa
import pytest

from core.dataset import Dataset
from core.runs.store import Store
from explorer.feeds import embedding
from tests.explorer.app import app, texts

TWO = "Embedding(27, 2)\nFlattenConsecutive(3)\nLinear(6, 20)\nTanh()\nLinear(20, 27)"


def letters_of(**query):
    at = app("predict", **query)
    at.segmented_control(key="predict_view").set_value("Its letters").run()
    assert not at.exception
    return at


def table(at, name="letters"):
    datasets = {d.name: d.data.data for d in at.get("vega_lite_chart")[-1].proto.datasets}
    return pa.ipc.open_stream(datasets[name]).read_all().to_pandas()


def test_two_dimensions_are_drawn_as_they_are(home, trained):
    run_id = trained("mlp", model=TWO)
    at = letters_of(run=run_id, step="4")
    weight = Store(home).checkpoint(run_id, 4)[1]["1.Embedding.weight"]
    drawn = table(at)
    assert "".join(drawn.character) == ".abcdefghijklmnopqrstuvwxyz"
    assert np.array_equal(drawn[["x", "y"]].to_numpy(), weight.astype(np.float64))
    assert "the embedding's own two dimensions" in texts(at)
    assert "Weights after 4 updates" in texts(at)


def test_scrubbing_moves_letters_and_nothing_else(trained):
    run_id = trained("wavenet")
    first, last = letters_of(run=run_id, step="0"), letters_of(run=run_id)
    spec = first.get("vega_lite_chart")[-1].proto.spec
    assert last.get("vega_lite_chart")[-1].proto.spec == spec
    assert table(first, "anchors").equals(table(last, "anchors"))
    moved = (table(last)[["x", "y"]] - table(first)[["x", "y"]]).abs().to_numpy()
    assert 0 < moved.max() < 0.2, "six steps: no letter jumps"
    assert np.array_equal(table(first)["x"], table(last)["first_x"])
    assert "of the variance" in texts(last)
    assert "Few have moved far" in texts(last), "their lines are shorter than their marks"
    assert "Lines:" not in texts(last)


@pytest.mark.parametrize("state", ["queued", "running", "paused", "diverged"])
def test_whatever_the_run_does(trained, state):
    at = letters_of(run=trained("mlp", state=state))
    assert not at.error
    assert len(at.get("vega_lite_chart")) == 2


def test_weights_that_overflowed_are_said_to_be_no_numbers(home, trained, monkeypatch):
    run_id = trained("mlp", model=TWO)
    store = Store(home)
    checkpoint = store.checkpoint

    def broken(run_id, step=None):
        found, state = checkpoint(run_id, step)
        if found == 6:
            state["1.Embedding.weight"][3:] = np.inf
        return found, state

    monkeypatch.setattr(type(store), "checkpoint", lambda self, run_id, step=None: broken(run_id, step))
    letters = embedding.letters(run_id, None)
    assert letters.finite.sum() == 3
    assert np.isfinite(letters.reach)
    assert "24 are not drawn" in texts(letters_of(run=run_id))


def test_a_run_that_learns_follows_its_latest_checkpoint(trained):
    """The plane of a live run is that of a power of two, so that it seldom turns."""
    run_id = trained("wavenet", state="running")
    assert embedding.letters(run_id, None).step == 6
    assert embedding.letters(run_id, 5).step == 5


def test_words_of_another_alphabet(trained):
    words = "\n".join(["ære", "øl", "å-å", "bo", "dag", "fisk", "hus", "kat", "sol", "tog", "vej"])
    dataset = Dataset.from_text(words, "danske")
    at = letters_of(run=trained("mlp", dataset=dataset))
    assert set(table(at).kind) == {"vowel", "consonant", "end", "other"}
    assert len(table(at)) == dataset.vocab_size


def test_a_model_without_an_embedding_says_so(trained):
    at = letters_of(run=trained("mlp", model="OneHot(27)\nFlattenConsecutive(3)\nLinear(81, 27)"))
    (sentence,) = at.info
    assert "has no embedding" in sentence.value
    assert len(at.get("vega_lite_chart")) == 1
