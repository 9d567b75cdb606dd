"""Receptive field: any text, any preset, and whether derived and measured agree."""

import pytest

from core.dataset import Dataset
from core.nn.presets import PRESETS
from tests.explorer.app import app, back_to, texts


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "bigram"])
def test_derived_and_measured_agree_for_every_preset(home, name):
    at = app("receptive_field")
    at.selectbox(key="field_model").select(name).run()
    assert not at.exception
    assert "agree at all" in texts(at)
    table = at.dataframe[0].value
    assert table["agree"].all()
    assert table["derived"].tolist() == table["measured"].tolist()


def test_a_counting_model_is_measured_by_trying_once_it_has_counted(trained):
    at = app("receptive_field", run=trained("bigram"))
    assert "trying other characters (counting has no gradients) agree at all 2 nodes" in texts(at)
    at.selectbox(key="field_model").select("bigram").run()
    assert not at.exception
    assert "Nothing is counted yet" in texts(at)


@pytest.mark.parametrize("text", ["", "emma", "a very long text".replace(" ", ""), "....."])
def test_any_text_of_known_characters(trained, text):
    at = app("receptive_field", run=trained())
    at.text_input(key="field_text").set_value(text).run()
    assert not at.exception
    assert not at.warning
    table = at.dataframe[0].value
    assert table["characters"].tolist()[0] == ("." * 8 + text)[-8:]
    said = at.get("vega_lite_chart")[0].proto.alt
    assert text == "" or text not in said, "another text, at each letter typed, builds another view"


def test_an_unknown_character_is_one_sentence_and_the_last_text_stays(trained):
    at = app("receptive_field", run=trained())
    at.text_input(key="field_text").set_value("EMMA 4").run()
    assert not at.exception
    assert len(at.warning) == 1
    assert at.dataframe[0].value["characters"].tolist()[0] == "....emma"


OWN = Dataset.from_text(
    "\n".join(["Ωmega", "βeta", "γamma", "δelta", "εta", "ζeta", "θita", "ιota", "κappa", "λa"]), "g"
)


def test_the_first_text_is_of_the_run_s_own_words_until_somebody_types(trained):
    own, names = trained("mlp", dataset=OWN), trained("mlp")
    at = app("receptive_field", run=own)
    assert not at.warning
    assert at.text_input(key="field_text").value == "Ωmega"
    back_to(at, run=names)
    assert at.text_input(key="field_text").value == "emma"
    at.text_input(key="field_text").set_value("ava").run()
    back_to(at, run=own)
    assert at.text_input(key="field_text").value == "ava"
    assert not at.exception


def test_the_tree_follows_while_one_types_and_capitals_are_read(trained):
    at = app("receptive_field", run=trained())
    assert at.text_input(key="field_text").proto.live_debounce_ms == 350
    at.text_input(key="field_text").set_value("Emma").run()
    assert not at.warning
    assert at.dataframe[0].value["characters"].tolist()[0] == "....emma"


def test_the_weights_are_those_of_the_moment(trained):
    run_id = trained()
    assert "Weights after 6 updates" in texts(app("receptive_field", run=run_id))
    assert "Weights after 2 updates" in texts(app("receptive_field", run=run_id, step="2"))


def test_the_table_names_each_level_by_its_layer(trained):
    at = app("receptive_field", run=trained)
    layers = list(at.dataframe[0].value["layer"])
    assert layers[0].split(".")[1] == "Linear"  # the prediction above
    assert layers[-1] == "1.Embedding"
