"""Predict: the distribution after a prefix, and names from a seed."""

import re

import pyarrow as pa
import pytest

from core.dataset import Dataset
from core.lenses.predict import made_up
from core.lenses.reading import read
from core.nn.sequential import Sequential
from core.runs.recorder import Recorder
from core.runs.store import Store
from tests.explorer.app import app, texts


def bars(at):
    datasets = {d.name: d.data.data for d in at.get("vega_lite_chart")[0].proto.datasets}
    return pa.ipc.open_stream(datasets["bars"]).read_all().to_pandas()


@pytest.mark.parametrize("text", ["", "emm", "x" * 100])
def test_probabilities_add_up_to_one(trained, text):
    at = app("predict", run=trained())
    at.text_input(key="predict_text").set_value(text).run()
    assert not at.exception
    drawn = bars(at)
    assert "".join(drawn.character) == ".abcdefghijklmnopqrstuvwxyz"
    assert drawn.probability.sum() == pytest.approx(1)


def test_an_unknown_character_is_one_sentence_and_the_last_bars_stay(trained):
    at = app("predict", run=trained())
    at.text_input(key="predict_text").set_value("em").run()
    before = bars(at)
    at.text_input(key="predict_text").set_value("em4").run()
    (warning,) = at.warning
    assert "'4' does not occur" in warning.value
    assert bars(at).equals(before)


def test_capitals_are_read_as_the_run_s_words_spell_them(trained):
    at = app("predict", run=trained())
    at.text_input(key="predict_text").set_value("emm").run()
    before = bars(at)
    at.text_input(key="predict_text").set_value("EMm").run()
    assert not at.warning
    assert bars(at).equals(before)


def test_another_moment_and_another_text_change_the_bars_alone(trained):
    """Another text for those who cannot see the picture would build another view: at every tick, with every letter."""
    run_id, said = trained(), set()
    for step, text in ((0, ""), (6, ""), (6, "emm"), (6, "q")):
        at = app("predict", run=run_id, step=str(step))
        at.text_input(key="predict_text").set_value(text).run()
        said.add(at.get("vega_lite_chart")[0].proto.alt)
    assert len(said) == 1


def test_the_bars_follow_while_one_types(trained):
    assert app("predict", run=trained()).text_input(key="predict_text").proto.live_debounce_ms == 350


def test_names_come_from_seed_and_checkpoint(home, trained):
    """The page's names are the ones that the moment's weights make."""
    run_id = trained("mlp")
    at = app("predict", run=run_id, step="3")
    assert "Weights after 3 updates" in texts(at)
    store = Store(home)
    model = Sequential.from_text(store.config(run_id).model, context=3)
    model.connect(1)
    model.load_state(store.checkpoint(run_id, 3)[1])
    words = made_up(model, store.dataset(""), 24, 42)
    assert at.code[0].value.split() == [w.text if w.ended else f"{w.text}…" for w in words if not w.known]
    assert f"New: {sum(not w.known for w in words)} of 24" in texts(at)


def test_a_new_sample_is_another_seed_and_the_same_seed_the_same_names(trained):
    at = app("predict", run=trained())
    first = at.code[0].value
    (button,) = (b for b in at.button if b.label == "New sample")
    button.click().run()
    assert at.number_input(key="predict_seed").value == 43
    assert at.code[0].value != first
    at.number_input(key="predict_seed").set_value(42).run()
    assert at.code[0].value == first


def test_an_empty_word_is_no_new_name(trained):
    """An untrained model of few letters often ends a word before it begins."""
    at = app("predict", run=trained("mlp", dataset=Dataset.from_text("\n".join("abcdefghij"), "letters")), step="0")
    at.number_input(key="predict_count").set_value(50).run()
    (said,) = (c.value for c in at.caption if c.value.startswith("Empty"))
    empty = int(re.match(r"Empty: (\d+) of 50", said)[1])
    shown = [word for box in at.code for word in box.value.split() if word != "none"]
    assert 0 < empty == 50 - len(shown)
    new = next(c.value for c in at.caption if "New" in c.value)
    assert re.search(r"\d+ of (\d+)", new)[1] == str(50 - empty)


def test_many_characters_are_all_legible(trained):
    """Of more than fit side by side the likeliest, and a word on the others."""
    letters = "abcdefghijklmnopqrstuvwxyzéüñçøß0123456789"
    at = app("predict", run=trained("mlp", dataset=Dataset.from_text("\n".join(letters), "letters")))
    assert not at.exception
    drawn = bars(at)
    assert len(drawn) == 24
    assert drawn.probability.is_monotonic_decreasing


@pytest.mark.parametrize(
    ("context", "said"), [(1, "its last character: `` a ``"), (2, "its last 2 characters: `` .a ``")]
)
def test_what_the_model_sees_is_counted(trained, context, said):
    """A model text of its own, of any context."""
    model = f"Embedding(27, 10)\nFlattenConsecutive({context})\nLinear({10 * context}, 27)"
    at = app("predict", run=trained(model=model, context=context))
    at.text_input(key="predict_text").set_value("a").run()
    assert said in texts(at)


def test_the_text_stays_when_the_page_changes(trained):
    at = app("predict", run=trained())
    at.text_input(key="predict_text").set_value("mar").run()
    at.switch_page("../pages/shapes.py").run()
    at.switch_page("../pages/predict.py").run()
    assert at.text_input(key="predict_text").value == "mar"


def test_a_run_that_diverged_says_so_beside_what_it_predicts(home, trained):
    run_id = trained("mlp")
    recorder = Recorder(Store(home).database, run_id)
    recorder.status(state="diverged")
    recorder.flush()
    assert "This run diverged at step" in texts(app("predict", run=run_id))
    assert "This run diverged at step" not in texts(app("predict", run=run_id, step="0"))


def test_what_the_model_goes_by_is_a_view(home, trained):
    """The losses are those of the moment's weights."""
    run_id = trained("mlp")
    at = app("predict", run=run_id, step="3", view="what-it-goes-by")
    assert not at.exception
    store = Store(home)
    model = Sequential.from_text(store.config(run_id).model, context=3)
    model.connect(1)
    model.load_state(store.checkpoint(run_id, 3)[1])
    found = read(model, Dataset.builtin())
    said = texts(at)
    assert f"| The next letter | {found.loss:.3f} |" in said
    assert f"turned round | {found.turned:.3f} |" in said
    assert f"| The letter after the next | {found.after:.3f} |" in said
    assert "| Guessing, for comparison | 3.296 |" in said
    assert "Predicted alone or among others, a text gets the same probabilities." in said


def test_a_dot_at_the_end_is_no_part_of_the_text(trained):
    """What a model says after the end of a name means nothing: it never saw one go on."""
    at = app("predict", run=trained("mlp"))
    at.text_input(key="predict_text").set_value("emma.").run()
    assert "`` mma ``" in texts(at)
