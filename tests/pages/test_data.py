"""Data: a word's examples, the list, contexts, distances, and files of one's own."""

import pyarrow as pa
import pytest

from core.dataset import Dataset
from core.runs.store import Store
from tests.explorer.app import app, spec, texts
from tests.explorer.recorded import falling, record

VIEWS = ("One word", "The list", "Contexts", "Distances", "Your own file")
TOWNS = ["bern", "basel", "chur", "genf", "wil", "zug", "thun", "baden", "brig", "olten", "aarau"]


def data(view="One word", **query):
    at = app("data", **query)
    if view != "One word":
        (views,) = (group for group in at.get("button_group") if group.key == "data_view")
        views.set_value(view).run()
    return at


def table(at, name, chart=0):
    datasets = {d.name: d.data.data for d in at.get("vega_lite_chart")[chart].proto.datasets}
    return pa.ipc.open_stream(datasets[name]).read_all().to_pandas()


def rows(at):
    """The examples as a person reads them: ["... → e", ...]."""
    return table(at, "cells").drop_duplicates("row")["said"].tolist()


def load(at, name, content: bytes):
    at.get("file_uploader")[0].upload(name, content, "text/plain").run()
    return at


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_stands_without_a_run_and_mid_run(home, view):
    for query in ({}, {"run": record(home, falling(50), state="running", steps=500)}):
        at = data(view, **query)
        assert not at.exception
        assert not at.error
        assert at.title[0].value == "What does a model learn from?"
        for chart in at.get("vega_lite_chart"):
            assert len(chart.proto.alt) > 20


def test_the_first_name_s_examples_are_those_of_the_course(home):
    assert rows(data()) == ["... → e", "..e → m", ".em → m", "emm → a", "mma → ."]


def test_a_typed_word_follows_with_any_context(home):
    at = data()
    at.text_input(key="data_word").set_value("Ava")
    at.slider(key="data_context").set_value(8).run()
    assert rows(at) == ["........ → a", ".......a → v", "......av → a", ".....ava → ."]
    codes = table(at, "texts").query("kind == 'target'")["text"].tolist()
    assert codes == ["a", "v", "a", ".", "1", "22", "1", "0"]


def test_nothing_typed_is_one_example(home):
    at = data()
    at.text_input(key="data_word").set_value("").run()
    assert rows(at) == ["... → ."]
    assert "the end alone makes 1 example." in texts(at)
    at.text_input(key="data_word").set_value("a").run()
    assert "**a**: 1 letter and the end make 2 examples." in texts(at)


def test_a_dot_is_no_letter_of_a_word(home):
    at = data()
    at.text_input(key="data_word").set_value("ma.ria").run()
    assert at.warning[0].value.startswith("A dot ends a word")
    at.text_input(key="data_word").set_value("maria.").run()
    assert not at.warning
    assert "**maria**: 5 letters" in texts(at)


def test_an_unknown_character_is_one_sentence_and_the_last_picture_stays(home):
    at = data()
    at.text_input(key="data_word").set_value("ava")
    at.run()
    at.text_input(key="data_word").set_value("av4").run()
    (warning,) = at.warning
    assert "'4' does not occur" in warning.value
    assert warning.value.endswith("Still showing: **ava**.")
    assert rows(at) == ["... → a", "..a → v", ".av → a", "ava → ."]


def test_the_list_says_that_names_stand_twice(home):
    said = texts(data("The list"))
    assert "2,564 words repeat an earlier one" in said
    assert "408 words of val also stand in train" in said


def test_a_list_without_repeats_says_so(home):
    store = Store(home)
    towns = Dataset.from_text("\n".join(TOWNS), "towns.txt")
    store.keep_words(towns)
    at = data("The list")
    at.selectbox(key="chosen_words").select(towns.sha256).run()
    assert "No word repeats an earlier one, so no split shares a word" in texts(at)


def test_contexts_are_counted_exactly(home):
    at = data("Contexts")
    lines = table(at, "lines")
    assert lines.query("series == 'possible'")["count"].tolist()[-1] == 27**8
    assert "282,429,536,481" in texts(at)


def test_specs_stay_while_one_types(home):
    at = data()
    before = spec(at)
    at.text_input(key="data_word").set_value("anna").run()
    assert spec(at) == before


def test_a_good_file_is_kept_and_becomes_the_words_of_the_page(home):
    at = load(data("Your own file"), "towns.txt", "\n".join(TOWNS).encode())
    assert "Every line is one word" in at.success[0].value
    assert Store(home).word_lists() == []
    at.button(key="data_words_keep").click().run()
    (kept,) = Store(home).word_lists()
    assert (kept.name, kept.runs) == ("towns.txt", 0)
    assert at.selectbox(key="chosen_words").value == kept.sha256
    assert [toast.value for toast in at.toast] == ["Chosen: towns.txt"]
    assert "Kept as towns" in at.success[0].value
    assert not at.exception


def test_a_file_s_bad_lines_are_named_with_what_happens(home):
    at = load(data("Your own file"), "towns.txt", "\n".join([*TOWNS, "bern", "la chaux"]).encode())
    assert "1 line is left out, 1 line repeats an earlier word" in at.warning[0].value
    found = at.dataframe[0].value
    assert found.values.tolist() == [
        [13, "la chaux", "has a space inside a word", "left out"],
        [12, "bern", "is the same word as line 1", "kept: it counts twice"],
    ]
    at.button(key="data_words_keep").click().run()
    store = Store(home)
    assert store.dataset(store.word_lists()[0].sha256).words == (*TOWNS, "bern")


def test_symbols_that_may_not_be_meant_are_named(home):
    at = load(data("Your own file"), "towns.txt", "\n".join([*TOWNS, "b3rn", "Bern"]).encode())
    assert "Are they meant? **3** 1×, **B** 1×." in texts(at)
    assert "Are they meant" not in texts(load(data("Your own file"), "t.txt", "\n".join(TOWNS).encode()))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "w.txt is empty"),
        (b"\x00\x01\x02", "w.txt is not plain text in UTF-8"),
        (b"emma", "w.txt has only 1 word"),
        (b"a" * 10_000_000, "No word is left of w.txt, at least 10 are needed: line 1 has 10,000,000 characters"),
    ],
)
def test_a_file_that_holds_no_list_is_one_sentence(home, content, sentence):
    at = load(data("Your own file"), "w.txt", content)
    assert not at.exception
    (error,) = at.error
    assert error.value.replace("\\", "").startswith(sentence)
    assert not [button for button in at.button if button.key == "data_words_keep"]


def test_a_kept_list_is_removed_unless_a_run_needs_it(home):
    store = Store(home)
    towns = Dataset.from_text("\n".join(TOWNS), "towns.txt")
    store.keep_words(towns)
    at = data("Your own file")
    at.selectbox(key="chosen_words").select(towns.sha256).run()
    at.button(key=f"remove_{towns.sha256}").click().run()
    assert not at.exception
    assert store.word_lists() == []
    assert at.selectbox(key="chosen_words").value == ""
    assert "No list of your own is kept yet" in texts(at)


def test_words_that_a_run_needs_cannot_be_removed(trained, home):
    towns = Dataset.from_text("\n".join(TOWNS), "towns.txt")
    run = trained("mlp", dataset=towns)
    at = data("Your own file", run=run)
    assert at.button(key=f"remove_{towns.sha256}").disabled
    assert at.selectbox(key="chosen_words").value == towns.sha256, "a run brings its own words"


def test_the_same_file_again_is_not_kept_twice(home):
    Store(home).keep_words(Dataset.from_text("\n".join(TOWNS), "towns.txt"))
    at = load(data("Your own file"), "again.txt", "\n".join(TOWNS).encode())
    assert "Kept as towns" in at.success[0].value
    at.button(key="data_words_keep").click().run()
    assert [kept.name for kept in Store(home).word_lists()] == ["towns.txt"]


def test_other_points_give_other_distances_and_the_seed_them_back(home):
    at = data("Distances")
    before = table(at, "measured", 1)
    at.number_input(key="distances_seed").set_value(7).run()
    assert not table(at, "measured", 1).equals(before)
    at.number_input(key="distances_seed").set_value(42).run()
    assert table(at, "measured", 1).equals(before)
