"""Shapes: of the current run, of a preset, of any text typed here."""

import pyarrow as pa

from core.nn.presets import PRESETS
from tests.explorer.app import app, back_to, texts


def test_without_a_run_it_shows_a_wavenet(home):
    at = app("shapes")
    assert at.text_area(key="shapes_text").value == PRESETS["wavenet"].text(27)
    assert at.metric[0].value == "22.4k"


def test_a_preset_brings_its_text_and_context(home):
    at = app("shapes")
    at.selectbox(key="shapes_model").select("mlp").run()
    assert at.number_input(key="shapes_context").value == 3
    assert at.text_area(key="shapes_text").value == PRESETS["mlp"].text(27)
    assert at.metric[0].value == "12.1k"
    assert not at.error


def test_the_current_run_s_model_comes_first(trained):
    at = app("shapes", run=trained("mlp"))
    assert at.selectbox(key="shapes_model").value == "run"
    assert at.text_area(key="shapes_text").value == PRESETS["mlp"].text(27)
    assert at.number_input(key="shapes_context").value == 3


def test_another_run_brings_its_own_text(trained):
    first, second = trained("mlp"), trained("wavenet")
    at = app("shapes", run=first)
    back_to(at, run=second)
    assert at.text_area(key="shapes_text").value == PRESETS["wavenet"].text(27)


def test_the_batch_size_changes_the_work_but_not_the_parameters(home):
    at = app("shapes")
    flops = at.metric[1].value
    at.number_input(key="shapes_batch").set_value(64).run()
    assert at.metric[0].value == "22.4k"
    assert at.metric[1].value != flops


def test_a_text_that_does_not_fit_is_explained_and_mended(home):
    at = app("shapes")
    text = at.text_area(key="shapes_text").value
    at.text_area(key="shapes_text").set_value(text.replace("Linear(20,", "Linear(80,", 1)).run()
    below_the_text, above_the_picture = at.error  # the open text hides the middle of the page
    assert "line 3: Linear expects 80 in its last dimension" in below_the_text.value == above_the_picture.value
    assert len(at.get("vega_lite_chart")) == 1
    mend, _ = (b for b in at.button if b.label == "Write Linear(20, 68, bias=False) there")
    mend.click().run()
    assert at.text_area(key="shapes_text").value == text
    assert not at.error


def test_hostile_and_empty_texts_are_one_sentence(home):
    at = app("shapes")
    for text in ("__import__('os').system('true')", "", "Tanh()", "("):
        at.text_area(key="shapes_text").set_value(text).run()
        assert not at.exception
        assert len({error.value for error in at.error}) == 1


def test_an_empty_text_is_called_empty_and_nothing_else(home):
    at = app("shapes")
    at.text_area(key="shapes_text").set_value("").run()
    assert "the model text is empty" in at.error[0].value
    drawn = {d.name: d.data.data for d in at.get("vega_lite_chart")[0].proto.datasets}
    texts = pa.ipc.open_stream(drawn["texts"]).read_all().to_pylist()
    assert not [row for row in texts if row["kind"] == "failing"]


def test_the_same_as_a_table(home):
    at = app("shapes")
    table = at.dataframe[0].value
    assert table["parameters"].sum() == 22_397
    assert table["puts out"].tolist()[0] == "(B 32, T 8, C 10)"
    assert "FLOPs" in texts(at)


def test_convolutions_predict_at_several_positions_in_one_pass(home):
    at = app("shapes")
    at.selectbox(key="shapes_model").select("wavenet-conv").run()
    at.number_input(key="shapes_positions").set_value(8).run()
    assert not at.exception
    assert not at.error
    table = at.dataframe[0].value
    assert "15" in table["reads"].iloc[0]
    assert table["puts out"].iloc[-1] == "(B 32, T 8, C 27)"
    at.selectbox(key="shapes_model").select("wavenet").run()
    assert at.number_input(key="shapes_positions").value == 1
    assert not at.error


def test_equal_blocks_fold_and_unfold(home):
    at = app("shapes")
    at.selectbox(key="shapes_model").select("wavenet-paper").run()
    assert not at.exception
    folded = at.get("vega_lite_chart")[0].proto.spec
    at.toggle(key="shapes_fold").set_value(False).run()
    assert not at.exception
    assert at.get("vega_lite_chart")[0].proto.spec != folded  # a higher picture
    at.selectbox(key="shapes_model").select("wavenet").run()
    assert not at.toggle
