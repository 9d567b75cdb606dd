"""Each planted bug does what it says and nothing else; without one, runs are as they were; resumed, as uncut."""

from dataclasses import replace

import numpy as np
import pytest

from core.dataset import Dataset
from core.nn.notation import parse
from core.nn.presets import PRESETS
from core.nn.shapes import infer
from core.training import probe
from core.training.config import ConfigError, RunConfig
from core.training.defects import DEFECTS, DefectError, located, parted
from core.training.planting import HUGE, LOW, PLANTED, built
from core.training.trainer import Trainer, weights_sha256

WAVENET = PRESETS["wavenet"].text(27)
DEEP = "\n".join(
    [
        "Embedding(27, 10)",
        "FlattenConsecutive(8)",
        *["Linear(80, 40, std=0.1863)", "Tanh()", "Linear(40, 40, std=0.2635)", "Tanh()"],
        "Linear(40, 27)",
    ]
)
RELU = "Embedding(27, 10)\nFlattenConsecutive(8)\nLinear(80, 40)\nReLU()\nLinear(40, 40)\nReLU()\nLinear(40, 27)"
FITTING = {name: DEEP if name == "no-gain" else RELU if name == "dead-relus" else WAVENET for name in DEFECTS}


@pytest.fixture(scope="module")
def names() -> Dataset:
    return Dataset.builtin()


def config(defect: str | None, model: str | None = None, **more) -> RunConfig:
    return RunConfig(model or FITTING[(defect or "frozen-layer").partition(":")[0]], defect=defect, **more)


@pytest.fixture(scope="module")
def few() -> Dataset:
    return Dataset.from_text("\n".join(Dataset.builtin().words[:40]), "forty names")


def few_config(few: Dataset, defect: str, **more) -> RunConfig:
    return RunConfig(PRESETS["wavenet"].text(few.vocab_size), batch_size=None, defect=defect, **more)


def train(trainer: Trainer, steps: int) -> np.ndarray:
    losses = np.empty(steps, np.float32)
    trainer.advance(steps, losses)
    return losses


def gradients(trainer: Trainer) -> dict[str, np.ndarray]:
    """Of the next step, by parameter."""
    seen = {}
    trainer.advance(1, look=lambda at: seen.update({p.name: p.grad.copy() for p in at.model.parameters()}))
    return seen


def layer(trainer: Trainer, name: str):
    return next(layer for layer in trainer.model.layers if layer.name == name)


def test_what_is_listed_can_be_planted_and_the_other_way_round():
    assert DEFECTS.keys() == PLANTED.keys()
    assert [(d.name, d.title) for d in DEFECTS.values()] == list({d.name: d.title for d in DEFECTS.values()}.items())
    for defect in DEFECTS.values():
        assert defect.did.endswith(".")
        assert defect.chapter.startswith("part ")


@pytest.mark.parametrize("name", DEFECTS)
@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_a_run_cut_in_two_has_the_same_bits_as_one_in_one_piece(name, optimiser, names):
    lr = 0.1 if optimiser == "sgd" else 0.003
    of = config(name, optimiser=optimiser, lr=lr, l2=0.01)
    straight, first, resumed = (Trainer(of, names) for _ in range(3))
    expected = train(straight, 40)
    before = train(first, 17)
    resumed.restore({key: array.copy() for key, array in first.checkpoint().items()})
    np.testing.assert_array_equal(np.concatenate([before, train(resumed, 23)]), expected)
    assert straight.checkpoint().keys() == resumed.checkpoint().keys()
    for key, array in straight.checkpoint().items():
        np.testing.assert_array_equal(resumed.checkpoint()[key], array, err_msg=key)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_bug_changes_the_run_or_its_evaluation(name, names):
    bug, healthy = Trainer(config(name), names), Trainer(config(None, FITTING[name]), names)
    same = np.array_equal(train(bug, 30), train(healthy, 30))
    assert same == (name in ("stale-statistics", "training-mode"))
    if same:
        assert bug.evaluate("val", 300) != healthy.evaluate("val", 300)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_run_starts_over_from_its_first_checkpoint(name, names):
    trainer = Trainer(config(name), names)
    start = trainer.checkpoint()
    losses = train(trainer, 12)
    trainer.restore(start)
    np.testing.assert_array_equal(train(trainer, 12), losses)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_checkpoint_loads_into_the_model_that_a_lens_builds(name, names):
    trainer = Trainer(config(name), names)
    train(trainer, 5)
    model = built(trainer.config)
    model.connect(1)
    model.load_state(trainer.checkpoint())
    contexts, _ = names.examples("val", 8)
    np.testing.assert_array_equal(model.evaluate(contexts[:50]), trainer.model.evaluate(contexts[:50]))


def test_norms_over_the_batch_alone_are_the_bug_of_the_course(names):
    course = Trainer(RunConfig(PRESETS["wavenet-bug"].text(27)), names)
    np.testing.assert_array_equal(train(Trainer(config("batchnorm-dims"), names), 30), train(course, 30))


def test_running_statistics_stay_as_they_began(names):
    trainer = Trainer(config("stale-statistics"), names)
    train(trainer, 20)
    for norm in (found for found in trainer.model.layers if found.kind == "BatchNorm1d"):
        assert not norm.buffers()["running_mean"].any()
        assert (norm.buffers()["running_var"] == 1).all()


def test_evaluation_in_training_mode_depends_on_the_company_and_moves_nothing(names):
    trainer = Trainer(config("training-mode"), names)
    train(trainer, 50)
    state = trainer.model.state()
    contexts, _ = names.examples("val", 8)
    alone, among = trainer.model.evaluate(contexts[:1]), trainer.model.evaluate(contexts[:32])
    assert np.abs(alone[0] - among[0]).max() > 0.1
    for key, array in trainer.model.state().items():
        np.testing.assert_array_equal(array, state[key])


def test_gradients_are_the_sum_of_those_so_far(names):
    bug, healthy = Trainer(config("gradients-add-up", lr=1e-12), names), Trainer(config(None, WAVENET, lr=1e-12), names)
    total = dict.fromkeys((p.name for p in healthy.model.parameters()), 0.0)
    for _ in range(4):  # with a learning rate this small both have the same weights
        ours, theirs = gradients(bug), gradients(healthy)
        total = {name: total[name] + theirs[name] for name in total}
        for name, expected in total.items():
            np.testing.assert_allclose(ours[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)


def test_a_flipped_sign_goes_up_the_gradient(names):
    bug = Trainer(config("sign-flipped"), names)
    before = bug.model.state()
    grads = gradients(bug)
    assert bug.lr(1) == 0.1
    for name, grad in grads.items():
        np.testing.assert_allclose(bug.model.state()[name], before[name] + np.float32(0.1) * grad, rtol=1e-5, atol=1e-7)


def test_the_last_layer_begins_huge_and_nothing_else_differs(names):
    bug, healthy = (Trainer(config(d, WAVENET), names).model.state() for d in ("huge-logits", None))
    for name, array in bug.items():
        factor = HUGE if name == "14.Linear.weight" else np.float32(1)
        np.testing.assert_array_equal(array, healthy[name] * factor, err_msg=name)


def test_without_the_gain_weights_are_drawn_by_their_fan_in_alone(names):
    bug = Trainer(config("no-gain"), names).model.state()
    plain = Trainer(RunConfig(DEEP.replace(", std=0.1863", "").replace(", std=0.2635", "")), names).model.state()
    for name in ("3.Linear.weight", "5.Linear.weight"):
        np.testing.assert_allclose(bug[name], plain[name], rtol=1e-5)


def test_a_target_is_that_of_the_next_example(few):
    trainer = Trainer(few_config(few, "targets-shifted", train_on="all"), few)
    contexts, targets = trainer.dataset.examples("all", 8)
    trainer.advance(1)
    np.testing.assert_array_equal(trainer.model.targets, [*targets[1:], targets[0]])
    np.testing.assert_array_equal(trainer.model.contexts.data, contexts)


def test_a_context_is_turned_round(few):
    trainer = Trainer(few_config(few, "contexts-reversed"), few)
    contexts, targets = trainer.dataset.examples("train", 8)
    trainer.advance(1)
    np.testing.assert_array_equal(trainer.model.contexts.data, contexts[:, ::-1])
    np.testing.assert_array_equal(trainer.model.targets, targets)


@pytest.mark.parametrize(
    ("defect", "frozen"),
    [("frozen-layer", "3.Linear"), ("frozen-layer:11.Linear", "11.Linear"), ("embedding-dropped", "1.Embedding")],
)
def test_one_layer_gets_no_gradient_and_stays(defect, frozen, names):
    trainer = Trainer(config(defect), names)
    before = trainer.model.state()
    assert {name for name, grad in gradients(trainer).items() if not grad.any()} == {f"{frozen}.weight"}
    train(trainer, 3)
    for parameter in trainer.model.parameters():
        same = np.array_equal(parameter.data, before[parameter.name])
        assert same == (parameter.name == f"{frozen}.weight")


def test_a_relu_is_dead_for_every_example(names):
    trainer = Trainer(config("dead-relus:6.ReLU"), names)
    train(trainer, 10)
    assert not layer(trainer, "6.ReLU").out.data.any()
    assert layer(trainer, "4.ReLU").out.data.any()
    assert layer(trainer, "5.Linear").bias.data.max() == LOW


def test_a_summed_loss_is_32_times_the_mean_and_so_are_its_gradients(names):
    bug, healthy = Trainer(config("loss-summed"), names), Trainer(config(None, WAVENET), names)
    ours, theirs = gradients(bug), gradients(healthy)
    assert bug.loss == pytest.approx(32 * healthy.loss, rel=1e-6)
    for name, grad in theirs.items():
        np.testing.assert_allclose(ours[name], 32 * grad, rtol=1e-4, atol=1e-6)


def test_frames_see_what_the_step_does(names):
    trainer, frames = Trainer(config("frozen-layer"), names), []
    trainer.advance(2, look=lambda at: frames.append(probe.look(at.model, at.step, at.loss, at.lr(at.step))))
    row = [(t.name, t.role) for t in frames[0].tensors].index(("3.Linear.weight", "weight_grad"))
    assert not frames[0].stats[row, :4].any()


def test_the_hash_of_weights_leaves_out_what_a_bug_remembers(names):
    trainer = Trainer(config("gradients-add-up"), names)
    train(trainer, 3)
    assert weights_sha256(trainer.checkpoint()) == weights_sha256(trainer.model.state())


def test_a_bug_travels_in_the_settings_and_old_settings_have_none():
    of = config("frozen-layer:7.Linear")
    assert RunConfig.from_json(of.to_json()) == of
    assert RunConfig.from_json('{"model": "Counts(27)", "context": 1}').defect is None


@pytest.mark.parametrize(
    ("defect", "said"),
    [
        ("typo", "There is no bug 'typo': choose batchnorm-dims"),
        ("", "There is no bug ''"),
        (7, "There is no bug '7'"),
        ("sign-flipped:3.Linear", "leave out ':3.Linear'"),
    ],
)
def test_a_bug_that_there_is_not_is_one_sentence(defect, said):
    with pytest.raises(ConfigError, match=said):
        config(defect, WAVENET)


@pytest.mark.parametrize(
    ("defect", "model", "more", "said"),
    [
        ("frozen-layer:4.Tanh", WAVENET, {}, "cannot sit in 4.Tanh: choose 3.Linear, 7.Linear, 11.Linear or 14.Linear"),
        ("dead-relus", WAVENET, {}, "needs a Linear with a bias before a ReLU"),
        ("no-gain", WAVENET, {}, "needs two Linear layers or more with a std"),
        ("stale-statistics", RELU, {}, "needs a BatchNorm1d"),
        ("batchnorm-dims", PRESETS["mlp"].text(27), {"context": 3}, "sees several positions"),
        ("batchnorm-dims", PRESETS["wavenet-bug"].text(27), {}, "sees several positions"),
        ("sign-flipped", "Counts(27)", {"context": 1}, "learns by gradients"),
        ("contexts-reversed", PRESETS["bigram-nn"].text(27), {"context": 1}, "2 characters or more"),
        ("targets-shifted", PRESETS["wavenet-conv"].text(27), {"positions": 8}, "single predictions"),
    ],
)
def test_a_bug_that_does_not_fit_the_model_is_one_sentence(defect, model, more, said, names):
    with pytest.raises(ConfigError, match=said):
        RunConfig(model, defect=defect, **more).shapes(names)


@pytest.mark.parametrize("name", ["deep-mlp", "wavenet-large", "wavenet-paper", "lstm", "transformer"])
def test_every_bug_that_fits_a_preset_trains_with_it(name, few):
    """Residuals, convolutions, recurrent layers, attention: whatever a bug says it can sit in, it can."""
    preset, planted = PRESETS[name], 0
    settings = {key: value for key, value in preset.settings.items() if key in ("positions", "optimiser", "lr")}
    of = RunConfig(preset.text(few.vocab_size), preset.context, batch_size=4, **settings)
    shapes = infer(parse(of.model), 4, of.context, positions=of.positions)
    for defect in DEFECTS:
        try:
            located(defect, shapes)
        except DefectError:
            continue
        trainer = Trainer(replace(of, defect=defect), few)
        trainer.advance(2)
        trainer.evaluate("val", 20)
        planted += 1
    assert planted >= 5


def test_parts_of_a_text():
    assert parted("frozen-layer:2.1.Linear") == (DEFECTS["frozen-layer"], "2.1.Linear")
    assert parted("frozen-layer") == (DEFECTS["frozen-layer"], None)
