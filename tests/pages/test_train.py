"""Train: set up a run, start it, and a face for every state."""

from dataclasses import replace

import numpy as np
import pytest

from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.runs.info import Evaluation
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.config import ConfigError, RunConfig, of_preset
from explorer import verbs
from explorer.panels.run.settings import EMPTY
from explorer.panels.run.setup import LOAD, labelled
from tests.explorer.app import app, back_to, run_picker, texts
from tests.explorer.recorded import WORDS, falling, record


def test_the_first_visit_is_ready_to_train_a_wavenet(home):
    at = app("train")
    assert not at.exception
    assert at.title[0].value == "What should it learn?"
    assert at.text_area(key="setup_text").value == PRESETS["wavenet"].text(27)
    assert not at.button(key="train").disabled
    assert "22,397 parameters" in texts(at)


def test_the_step_is_the_one_that_the_mean_beside_it_ends_with(home, monkeypatch):
    """The list of runs may be older than the losses: a fork begins with its parent's."""
    record(home, falling(721), state="stopped", steps=5_000)
    with Store(home).database.write() as connection:
        connection.execute("UPDATE runs SET step = 630")
    at = app("train")
    assert [(metric.label, metric.value) for metric in at.metric[:1]] == [("Step", "721")]
    assert at.metric[1].label == "Train, last 100 steps"


@pytest.mark.parametrize(("steps", "window"), [(60, "10"), (1_000, "100"), (5_000, "1,000")])
def test_a_short_run_has_a_shorter_mean_so_that_there_is_a_line(home, steps, window):
    """A run of 1,000 steps, as every round of the bug hunt is, had a caption for a line of one point."""
    at = app("train", run=record(home, falling(steps), state="stopped"))
    assert f"Train, last {window} steps" in losses(at)
    assert f"Line: mean over {window} steps." in texts(at)


def test_a_drop_is_looked_for_where_the_learning_rate_has_one(home, trained):
    run_id = record(home, falling(10), state="stopped", steps=200_000)
    assert "once more where the learning rate drops" in texts(app("train", run=run_id))
    as_low = Store(home).fork(trained("mlp"), 0, {"steps": 200_000, "lr": RunConfig.lr_after})
    for without in (trained("mlp"), as_low):
        assert "steeply, then slowly." in texts(app("train", run=without))


def test_training_creates_the_run_that_was_set_up_and_shows_it(home):
    at = app("train")
    at.number_input(key="setup_steps").set_value(1_234)
    at.number_input(key="setup_seed").set_value(7)
    at.run()
    at.button(key="train").click().run()
    store = Store(home)
    (run,) = store.runs()
    config = store.config(run.id)
    assert (run.preset, config.steps, config.seed, config.lr) == ("wavenet", 1_234, 7, 0.1)
    assert at.query_params["run"] == run.id
    assert at.title[0].value == "Is it learning?"
    assert "Next in the queue" in texts(at)


def test_a_number_typed_just_before_the_click_counts(home):
    """The click comes with the number, before the page was drawn with it."""
    at = app("train")
    at.number_input(key="setup_steps").set_value(300)
    at.text_area(key="setup_text").set_value(PRESETS["mlp"].text(27))
    at.number_input(key="setup_context").set_value(3)
    at.button(key="train").click().run()
    store = Store(home)
    (run,) = store.runs()
    assert (run.preset, run.steps, store.config(run.id).context) == ("mlp", 300, 3)


def test_a_number_that_is_not_possible_typed_just_before_the_click_trains_nothing(home):
    at = app("train")
    at.number_input(key="setup_steps").set_value(0)
    at.button(key="train").click().run()
    assert not at.exception
    assert "**Steps** is 0" in at.error[0].value
    assert not Store(home).runs()


def test_a_drop_that_never_comes_is_said(home):
    at = app("train")
    assert "stays" not in texts(at)
    at.number_input(key="setup_steps").set_value(2_000).run()
    assert "The learning rate stays 0.1: the run ends before it would drop, after step 150,000." in texts(at)


def test_at_the_end_losses_over_all_examples_stand_in_place_of_those_of_a_part(home):
    run_id = record(home, falling(2_000), train_loss=1.912, val_loss=2.022)
    at = app("train", run=run_id)
    assert losses(at)["Train, all examples"] == "1.912"
    assert losses(at)["Validation, all examples"] == "2.022"
    assert "Train, last 100 steps" in losses(at)
    assert "this run ended" not in texts(at)
    back_to(at, run=run_id, step="1000")
    assert "Validation, all examples" not in losses(at)
    assert "Over all examples this run ended at 1.912 train, 2.022 validation." in texts(at)


def test_each_loss_says_of_which_steps_it_is(home):
    run_id = record(home, falling(2_000), state="diverged", steps=5_000)
    recorder = Recorder(Store(home).database, run_id)
    recorder.evaluation(Evaluation(0, "val", 3.304, 22_655))
    recorder.flush()
    shown = losses(app("train", run=run_id, step="12"))
    assert [*shown] == ["Step", "Train, last 12 steps", "Validation, step 0"]
    assert shown["Validation, step 0"] == "3.304"
    assert losses(app("train", run=run_id))["Validation, step 2,000"] == "2.105"
    assert "Train, one step" in losses(app("train", run=run_id, step="1"))


def test_a_model_that_counts_says_that_it_looked_first_and_learnt_from_all_words(home):
    store = Store(home)
    run_id = store.create(of_preset(PRESETS["bigram"], Dataset.builtin()), Dataset.builtin())
    recorder = Recorder(store.database, run_id)
    recorder.losses(1, np.array([3.296], np.float32))
    recorder.status(state="finished", step=1, train_loss=2.455, val_loss=2.468)
    recorder.flush()
    at = app("train", run=run_id)
    assert not at.exception
    assert "Train, before counting" in losses(at)
    assert "Validation, trained on too" in losses(at)
    assert "counts, without a learning rate" in texts(at)


def test_adamw_brings_a_rate_that_suits_it_but_leaves_one_of_one_s_own(home):
    at = app("train")
    at.selectbox(key="setup_optimiser").select("adamw").run()
    assert (at.number_input(key="setup_lr").value, at.number_input(key="setup_lr_after").value) == (0.003, 0.0003)
    at.selectbox(key="setup_optimiser").select("sgd").run()
    assert (at.number_input(key="setup_lr").value, at.number_input(key="setup_lr_after").value) == (0.1, 0.01)
    at.number_input(key="setup_lr").set_value(0.05).run()
    at.selectbox(key="setup_optimiser").select("adamw").run()
    assert at.number_input(key="setup_lr").value == 0.05


def test_a_full_batch_says_what_it_costs(home):
    at = app("train")
    assert "Full batch" not in texts(at)
    at.toggle(key="setup_full_batch").set_value(True).run()
    assert "Full batch: each step reads all " in texts(at)
    assert "times the work of a batch of 32" in texts(at)


def test_a_number_that_a_box_has_cut_short_is_noticed(home):
    at = app("train")
    at.number_input(key="setup_steps").set_value(1).run()
    assert "a box reads 1e3 as 1" in texts(at)
    at.number_input(key="setup_steps").set_value(10).run()
    assert "1e3" not in texts(at)


def test_a_button_names_all_lines_that_it_writes(home):
    at = app("train")
    lines = at.text_area(key="setup_text").value.split("\n")
    at.text_area(key="setup_text").set_value("\n".join(lines[1:])).run()
    assert at.button(key="fix").label == "Write Embedding(27, 10) and FlattenConsecutive(2) there"


def losses(at) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def test_a_double_click_on_train_makes_one_run(home):
    """Streamlit was also seen to run the callback of one click twice at the same time."""
    config = RunConfig(model=PRESETS["mlp"].text(27), context=3, steps=100)
    for _ in range(2):
        verbs.train(config)
    assert len(Store(home).runs()) == 1
    verbs.train(replace(config, seed=7))
    assert len(Store(home).runs()) == 2


def test_a_preset_fills_in_its_text_and_context(home):
    at = app("train")
    (presets,) = (group for group in at.get("button_group") if group.key == "setup_preset")
    presets.set_value("mlp").run()
    assert at.text_area(key="setup_text").value == PRESETS["mlp"].text(27)
    assert at.number_input(key="setup_context").value == 3
    assert not at.button(key="train").disabled


def test_a_text_that_does_not_fit_is_explained_and_one_click_mends_it(home):
    at = app("train")
    text = at.text_area(key="setup_text").value.replace("Linear(20,", "Linear(80,", 1)
    at.text_area(key="setup_text").set_value(text).run()
    (error,) = at.error
    assert error.value == (
        "line 3: Linear expects 80 in its last dimension, FlattenConsecutive in line 2 gives (B, 4, 20): "
        "write Linear(20, ...)"
    )
    assert at.button(key="train").disabled
    table = at.dataframe[0].value
    assert table["line"].tolist() == ["1", "2", "3"]
    assert table["output"].tolist()[-1] == "does not fit"
    at.button(key="fix").click().run()
    assert at.text_area(key="setup_text").value == PRESETS["wavenet"].text(27)
    assert not at.error
    assert not at.button(key="train").disabled


@pytest.mark.parametrize(
    ("text", "shown"),
    [("__import__('os').system('true')", "\\_\\_import\\_\\_"), ("$x$ *hi* :red[boo]", "\\$x\\$ \\*hi\\*")],
)
def test_a_text_that_would_run_or_format_is_one_sentence_that_shows_it(home, text, shown):
    at = app("train")
    at.text_area(key="setup_text").set_value(text).run()
    assert not at.exception
    (error,) = at.error
    assert shown in error.value
    assert at.button(key="train").disabled


@pytest.mark.parametrize("lr", [0.0, -1.0])
def test_an_impossible_learning_rate_is_one_sentence_and_nothing_is_lost(home, lr):
    at = app("train")
    at.number_input(key="setup_steps").set_value(777)
    at.number_input(key="setup_lr").set_value(lr).run()
    assert not at.exception
    (error,) = at.error
    assert "learning rate" in error.value
    assert at.button(key="train").disabled
    at.number_input(key="setup_lr").set_value(0.05).run()
    assert not at.error
    assert at.number_input(key="setup_steps").value == 777


WHOLE = ("setup_context", "setup_batch_size", "setup_steps", "setup_lr_drop_step")


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key in WHOLE for value in (-5, 10**12)] + [("setup_seed", -5)]
)
def test_an_impossible_number_is_one_sentence(home, key, value):
    at = app("train")
    at.number_input(key=key).set_value(value).run()
    assert not at.exception
    (error,) = at.error
    label = at.number_input(key=key).label
    assert error.value.startswith(f"**{label}** is {value}: it must be a whole number from ")
    assert at.button(key="train").disabled


@pytest.mark.parametrize("key", ["setup_context", "setup_batch_size", "setup_steps", "setup_lr_after"])
def test_a_zero_is_about_its_own_box_alone(home, key):
    at = app("train")
    at.number_input(key=key).set_value(0).run()
    assert not at.exception
    (error,) = at.error
    assert error.value.startswith(f"**{at.number_input(key=key).label}** is 0")
    assert "22,397 parameters" in texts(at)


def test_an_empty_box_is_called_empty():
    with pytest.raises(ConfigError) as refused:
        RunConfig(model="Tanh()", batch_size=EMPTY)
    assert labelled(refused.value).startswith("**Batch** is empty: it must be a whole number from 1")


def test_a_refused_batch_does_not_hold_an_earlier_context(home):
    at = app("train")
    at.number_input(key="setup_batch_size").set_value(0).run()
    at.text_area(key="setup_text").set_value(PRESETS["mlp"].text(27)).run()
    at.number_input(key="setup_context").set_value(3).run()
    (error,) = at.error
    assert error.value.startswith("**Batch** is 0")


def choose_preset(at, name: str):
    (presets,) = (group for group in at.get("button_group") if group.key == "setup_preset")
    return presets.set_value(name).run()


def test_a_preset_brings_the_settings_it_is_trained_with_and_the_next_one_its_own(home):
    at = app("train")
    at.number_input(key="setup_seed").set_value(7).run()
    for name in ("bigram-nn", "wavenet-paper", "mlp"):
        choose_preset(at, name)
        assert not at.exception
        assert not at.error
        assert not at.button(key="train").disabled
        assert at.text_area(key="setup_text").value == PRESETS[name].text(27)
        expected = of_preset(PRESETS[name], Dataset.builtin(), seed=7)
        assert at.number_input(key="setup_lr").value == expected.lr
        assert at.number_input(key="setup_positions").value == expected.positions
        assert at.selectbox(key="setup_optimiser").value == expected.optimiser
        assert at.selectbox(key="setup_train_on").value == expected.train_on
        assert at.number_input(key="setup_l2").value == expected.l2
        assert at.toggle(key="setup_full_batch").value == (expected.batch_size is None)
        assert at.number_input(key="setup_seed").value == 7


def test_what_is_trained_is_what_the_preset_asks_for(home):
    at = choose_preset(app("train"), "bigram-nn")
    at.number_input(key="setup_steps").set_value(3).run()
    at.button(key="train").click().run()
    store = Store(home)
    (info,) = store.runs()
    expected = of_preset(PRESETS["bigram-nn"], Dataset.builtin(), steps=3)
    assert replace(store.config(info.id), dataset="") == expected


def load(at, name: str, content: bytes):
    """Choose to load a file, and give one."""
    at.selectbox(key="setup_words").select(LOAD).run()
    at.get("file_uploader")[0].upload(name, content, "text/plain").run()
    return at


def test_words_of_your_own_become_the_run_s_dataset(home):
    at = app("train")
    at.selectbox(key="setup_words").select(LOAD).run()
    assert at.button(key="train").disabled
    load(at, "mine.txt", "\n".join(WORDS).encode())
    assert at.button(key="train").disabled, "nothing is kept yet"
    at.button(key="setup_words_keep").click().run()
    own = Dataset.from_text("\n".join(WORDS), "mine.txt")
    assert "mine.txt: 10 words" in texts(at)
    assert at.text_area(key="setup_text").value == PRESETS["wavenet"].text(own.vocab_size)
    at.button(key="train").click().run()
    store = Store(home)
    (run,) = store.runs()
    assert run.preset == "wavenet"
    assert store.dataset(store.config(run.id).dataset).words == own.words


def test_a_list_that_was_kept_before_is_chosen_by_name(home):
    own = Dataset.from_text("\n".join(WORDS), "mine.txt")
    Store(home).keep_words(own)
    at = app("train")
    at.selectbox(key="setup_words").select(own.sha256).run()
    assert at.text_area(key="setup_text").value == PRESETS["wavenet"].text(own.vocab_size)
    assert not at.button(key="train").disabled
    at.switch_page("../pages/shapes.py").run()
    at.switch_page("../pages/train.py").run()
    assert at.selectbox(key="setup_words").value == own.sha256
    assert at.text_area(key="setup_text").value == PRESETS["wavenet"].text(own.vocab_size)
    assert not at.button(key="train").disabled


def test_a_list_that_was_removed_meanwhile_gives_way_to_the_built_in_names(home):
    own = Dataset.from_text("\n".join(WORDS), "mine.txt")
    Store(home).keep_words(own)
    at = app("train")
    at.selectbox(key="setup_words").select(own.sha256).run()
    Store(home).remove_words(own.sha256)
    at.run()
    assert not at.exception
    assert at.selectbox(key="setup_words").value == ""
    assert at.text_area(key="setup_text").value == PRESETS["wavenet"].text(27)


def test_a_text_of_your_own_stays_when_the_words_change_and_is_explained(home):
    at = app("train")
    at.text_area(key="setup_text").set_value("Embedding(27, 4)\nFlattenConsecutive(8)\nLinear(32, 27)").run()
    load(at, "mine.txt", "\n".join(WORDS).encode())
    at.button(key="setup_words_keep").click().run()
    assert at.text_area(key="setup_text").value.startswith("Embedding(27, 4)")
    assert "Embedding has 27 symbols" in at.error[0].value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "*bad*.txt is empty"),
        (b"\x00\x01\x02" * 50, "*bad*.txt is not plain text"),
        (b"emma\n", "*bad*.txt has only 1 word"),
        (b"a" * 10_000_000, "No word is left of *bad*.txt, at least 10 are needed: line 1 has 10,000,000 characters"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_lists_stay(home, content, said):
    at = app("train")
    load(at, "good.txt", "\n".join(WORDS).encode())
    at.button(key="setup_words_keep").click().run()
    load(at, "*bad*.txt", content)
    assert not at.exception
    (error,) = at.error
    assert error.value.replace("\\", "").startswith(said)
    assert at.button(key="train").disabled
    (kept,) = Store(home).word_lists()
    at.selectbox(key="setup_words").select(kept.sha256).run()
    assert "good.txt: 10 words" in texts(at)
    assert not at.error
    assert not at.button(key="train").disabled


def test_only_text_files_are_asked_for(home):
    at = app("train")
    at.selectbox(key="setup_words").select(LOAD).run()
    assert not at.error
    assert list(at.get("file_uploader")[0].proto.type) == [".txt"]


@pytest.mark.parametrize(
    ("state", "status", "said"),
    [
        ("queued", {}, "Next in the queue"),
        ("finished", {"train_loss": 2.062, "val_loss": 2.109}, "Finished all 300 steps"),
        ("stopped", {}, "Stopped at step 300"),
        ("diverged", {"message": "The loss is NaN at step 300, first in 3.Linear."}, "first in 3.Linear"),
        (
            "failed",
            {"message": "The run was cut off: killed. Resume goes on from step 200."},
            "Resume goes on from step 200",
        ),
    ],
)
def test_every_state_has_a_face(home, state, status, said):
    run_id = record(home, falling(300), state=state, **status)
    at = app("train", run=run_id)
    assert not at.exception
    assert said in texts(at)
    assert len(at.get("vega_lite_chart")) == 1
    play = at.button(key="play")
    assert play.label == {"queued": "Pause", "stopped": "Resume", "failed": "Resume"}.get(state, "Play")
    assert play.disabled == (state in ("finished", "diverged"))


def test_a_run_without_a_single_step_has_a_face(home):
    run_id = record(home, falling(0), state="queued", steps=500)
    at = app("train", run=run_id)
    assert not at.exception
    assert at.metric[0].value == "0"


def test_ten_samples_stand_beside_the_picture(home):
    at = app("train", run=record(home, falling(300)))
    assert at.code[0].value.split() == WORDS


def test_samples_fit_beside_the_picture(home):
    run_id = record(home, falling(300))
    recorder = Recorder(Store(home).database, run_id)
    recorder.samples(300, ["maximilianab", "maximilianabc"])
    recorder.flush()
    assert app("train", run=run_id).code[0].value.split() == ["maximilianab", "maximiliana…"]


def test_a_batch_of_one_is_refused_before_train_is_offered(home):
    at = app("train")
    at.number_input(key="setup_batch_size").set_value(1).run()
    assert not at.exception
    at.text_area(key="setup_text").set_value(PRESETS["flat"].text(27)).run()
    (error,) = at.error
    assert error.value.startswith("**Batch** is 1: 4.BatchNorm1d takes its statistics over the batch")
    assert at.button(key="train").disabled


def test_after_play_the_button_pauses(home, monkeypatch):
    """The page that comes back has waited for the worker, which takes some 50 ms, and reads what it did."""
    run_id = record(home, falling(100), state="paused", steps=5_000)
    at = app("train", run=run_id)
    assert at.button(key="play").label == "Play"
    wish = Store.wish

    def obeyed(self, run_id, *args):
        wish(self, run_id, *args)
        with self.database.write() as connection:
            connection.execute("UPDATE runs SET state = 'running' WHERE id = ?", (run_id,))

    monkeypatch.setattr(Store, "wish", obeyed)
    at.button(key="play").click().run()
    assert at.button(key="play").label == "Pause"


@pytest.mark.parametrize("state", ["paused", "running", "stopped"])
def test_the_second_click_of_a_double_click_is_none(home, monkeypatch, state):
    """By then Play has become Pause, or Pause Play."""
    monkeypatch.setattr("core.runs.store.is_held", lambda home, run_id: state != "stopped")
    monkeypatch.setattr(verbs, "DOUBLE_CLICK", 60)
    run_id = record(home, falling(100), state=state, steps=5_000)
    at = app("train", run=run_id)
    at.button(key="play").click().run()
    once = Store(home).wished(run_id)
    assert once == ("pause" if state == "running" else "run", None)
    at.button(key="play").click().run()
    assert not at.error
    assert Store(home).wished(run_id) == once
    verbs._asked.clear()  # half a second later
    at.button(key="play").click().run()
    assert Store(home).wished(run_id) != once


def test_a_verb_that_meets_an_impossible_setting_leaves_one_sentence(home, monkeypatch):
    def refused(self, *args, **kwargs):
        raise ConfigError("batch_size is 1: use 2 or more.")

    at = app("train")
    monkeypatch.setattr(Store, "create", refused)
    at.button(key="train").click().run()
    assert not at.exception
    assert [error.value for error in at.error] == ["batch\\_size is 1: use 2 or more."]


def test_what_a_bigram_s_losses_are_of_is_said(home):
    store = Store(home)
    config = of_preset(PRESETS["bigram-nn"], Dataset.builtin())
    run_id = store.create(config, Dataset.builtin())
    assert "Trained on all words, those of validation too. Batches count the penalty" in texts(app("train", run=run_id))


def test_a_bug_is_planted_openly_and_named(home):
    at = app("train")
    at.selectbox(key="setup_defect").set_value("huge-logits").run()
    assert "a planted bug, Huge initial logits" in texts(at)
    at.button(key="train").click().run()
    (run,) = Store(home).runs()
    assert (run.defect, Store(home).config(run.id).defect) == ("huge-logits", "huge-logits")
    assert any("bug huge-logits" in option for option in run_picker(at).options)
    assert "Planted: Huge initial logits." in texts(at)


def test_a_bug_that_does_not_fit_the_model_is_said_and_not_trained(home):
    at = app("train")
    at.selectbox(key="setup_defect").set_value("dead-relus").run()
    assert "The bug dead-relus needs a Linear with a bias before a ReLU" in at.error[0].value
    assert at.button(key="train").disabled
    at.selectbox(key="setup_defect").set_value("no bug").run()
    assert not at.button(key="train").disabled
