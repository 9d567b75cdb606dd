"""The learning-rate finder: the losses of a plain loop, where they explode, and what is read off them."""

from itertools import count

import numpy as np
import pytest
import torch

from core.dataset import Dataset
from core.lenses.learning_rate import FinderError, affordable, find, smoothed
from core.nn.presets import preset
from core.training.config import ConfigError, RunConfig
from core.training.trainer import Trainer

NO_NORM = "Embedding(27, 10)\nFlattenConsecutive(3)\nLinear(30, 64)\nTanh()\nLinear(64, 27)"


@pytest.fixture(scope="module")
def names() -> Dataset:
    return Dataset.builtin()


def mlp(**more) -> RunConfig:
    return RunConfig(model=preset("mlp").text(27), context=3, **more)


def test_each_step_is_taken_at_its_own_rate(names):
    """Against a loop over the model's own verbs, with the batches of a plain run."""
    finding = find(mlp(), names, low=-2, high=-1, steps=100)
    trainer = Trainer(mlp(), names)
    expected = []
    for (contexts, targets), exponent in zip(trainer._batches(100), np.linspace(-2, -1, 100), strict=True):
        expected.append(trainer.model.loss(contexts, targets))
        trainer.model.backward()
        trainer.model.update(10**exponent)
    assert finding.losses.tolist() == np.array(expected, np.float32).tolist()
    assert finding.exponents.tolist() == np.linspace(-2, -1, 100).tolist()
    assert finding.exploded is None


def test_the_same_question_has_the_same_bits(names):
    first, second = (find(mlp(), names, steps=200) for _ in range(2))
    assert first.losses.tobytes() == second.losses.tobytes()
    assert find(mlp(seed=1), names, steps=200).losses.tobytes() != first.losses.tobytes()


def test_nothing_of_a_run_changes(names):
    """A search from a run's checkpoint: the run goes on with the bits that it would have had without one."""
    trainer, alone = (Trainer(mlp(), names) for _ in range(2))
    for run in (trainer, alone):
        run.advance(30)
    checkpoint = trainer.checkpoint()
    before = {name: array.copy() for name, array in checkpoint.items()}
    random = torch.get_rng_state()
    finding = find(mlp(), names, steps=100, high=2, checkpoint=checkpoint)
    assert torch.equal(torch.get_rng_state(), random)
    assert all(np.array_equal(checkpoint[name], before[name]) for name in before)
    losses = np.empty((2, 20), np.float32)
    for run, out in zip((trainer, alone), losses, strict=True):
        run.advance(20, out)
    assert losses[0].tobytes() == losses[1].tobytes()
    assert finding.losses[0] == losses[0, 0], "it starts with the run's weights and the run's next batch"


@pytest.mark.parametrize("seed", [42, 1, 2])
def test_the_mlp_s_valley_is_that_of_the_course(names, seed):
    """The course reads off a rate of about 10 ** -1."""
    finding = find(mlp(seed=seed), names)
    assert -1.4 < finding.start < -0.8
    assert finding.steepest < finding.lowest
    assert finding.start < finding.lowest < finding.end
    assert -1 < finding.lowest < -0.3


def test_the_course_s_own_names(lecture):
    finding = find(mlp(), lecture)
    assert -1.4 < finding.start < -0.8
    assert finding.start < -0.5 < finding.end + 0.3


def test_a_model_that_has_learnt_has_no_valley(names):
    trainer = Trainer(mlp(), names)
    trainer.advance(3_000)
    assert find(mlp(), names, checkpoint=trainer.checkpoint()).flat
    assert not find(mlp(), names).flat


def test_it_stops_where_the_loss_explodes(names):
    finding = find(RunConfig(model=NO_NORM, context=3), names, low=-2, high=2)
    assert len(finding.losses) < 1_000
    assert finding.exploded == finding.exponents[-1]
    assert finding.exploded > finding.lowest
    means = np.convolve(finding.losses.astype(np.float64), np.full(20, 1 / 20), "valid")
    assert means[-1] > 4 * means.min() > means[:-1].max(), "no sooner and no later"


def test_a_second_dip_at_rates_that_no_one_would_use_is_no_valley(names):
    """With BatchNorm, larger weights make smaller steps: beyond 1 the loss falls once more before it explodes."""
    finding = find(mlp(), names, low=-2, high=2)
    assert np.nanargmin(finding.smooth) > np.searchsorted(finding.exponents, 0)
    assert finding.end < 0


def test_a_loss_that_is_no_number_ends_it(names):
    """The logits of one step at such a rate overflow float32."""
    text = "Embedding(27, 10)\nFlattenConsecutive(3)\nLinear(30, 64)\nLinear(64, 27)"
    finding = find(RunConfig(model=text, context=3), names, low=1.5, high=2, steps=100)
    assert not np.isfinite(finding.losses[-1])
    assert np.isfinite(finding.losses[:-1]).all()
    assert np.isnan(finding.smooth[-1])
    assert finding.exploded == finding.exponents[-1]
    assert finding.start <= finding.lowest <= finding.end < finding.exploded


def test_weights_that_are_no_numbers_are_one_sentence(names):
    trainer = Trainer(mlp(), names)
    broken = {name: np.full_like(array, np.nan) if array.dtype == np.float32 else array
              for name, array in trainer.checkpoint().items()}  # fmt: skip
    with pytest.raises(FinderError, match="not a number from the first step"):
        find(mlp(), names, checkpoint=broken)


def test_smoothing_is_a_weighted_mean_of_logarithms():
    losses = np.random.default_rng(0).lognormal(1, 0.3, 60)
    places = np.arange(60)
    for place in (0, 7, 59):
        weights = np.exp(-0.5 * ((places - place) / 3) ** 2) * (abs(places - place) <= 12)
        expected = np.exp((weights * np.log(losses)).sum() / weights.sum())
        assert smoothed(losses, 3)[place] == pytest.approx(expected)
    assert smoothed(np.full(5, 2.5), 30) == pytest.approx(np.full(5, 2.5))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"low": 0, "high": -3}, "from 0 to -3: the first must be the smaller"),
        ({"low": -9}, "within -6 and 2"),
        ({"steps": 10}, "10 steps: give it from 100 to 10,000"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(names, arguments, sentence):
    with pytest.raises(FinderError, match=sentence):
        find(mlp(), names, **arguments)


def test_too_much_work_is_refused_with_the_steps_that_would_do(names):
    text = "Embedding(27, 64)\nFlattenConsecutive(8)\nLinear(512, 4096)\nTanh()\nLinear(4096, 27)"
    with pytest.raises(FinderError, match=r"take at most 1,8\d\d steps"):
        find(RunConfig(model=text, context=8, batch_size=40), names, steps=10_000)


def test_it_stops_when_the_time_is_up_and_says_where(names):
    """A clock on which every step takes 2 seconds, and so none is waited for longer than one."""
    time = iter(range(0, 2_000, 2))
    finding = find(mlp(), names, steps=200, clock=lambda: next(time))
    assert len(finding.losses) == 91
    assert finding.late == finding.exponents[-1] == pytest.approx(-3 + 3 * 90 / 199)
    assert finding.exploded is None
    whole = find(mlp(), names, steps=200)
    assert finding.losses.tolist() == whole.losses[:91].tolist(), "the steps taken are those of a whole search"
    assert whole.late is None


@pytest.mark.parametrize(("seconds", "steps"), [(0.0, 1_000), (0.001, 1_000), (0.0099, 400), (0.009, 400), (3.0, 150)])
def test_a_slow_model_s_search_is_as_long_as_fits_into_a_few_seconds(names, monkeypatch, seconds, steps):
    """A clock that only training moves."""
    now, advance = [0.0], Trainer.advance

    def slow(self, n, *arguments):
        advance(self, n, *arguments)
        now[0] += n * seconds

    monkeypatch.setattr(Trainer, "advance", slow)
    assert affordable(mlp(), names, clock=lambda: now[0]) == steps


def test_of_too_much_work_no_step_is_timed(names, monkeypatch):
    monkeypatch.setattr(Trainer, "advance", None)
    text = "Embedding(27, 64)\nFlattenConsecutive(8)\nLinear(512, 4096)\nTanh()\nLinear(4096, 27)"
    assert affordable(RunConfig(model=text, context=8, batch_size=1_000), names) == 150


def test_a_model_whose_loss_is_no_number_is_not_timed(names):
    text = "\n".join(
        ["Embedding(27, 64)", "FlattenConsecutive(1)", *["Linear(64, 64, std=100.0)"] * 14, "Linear(64, 27)"]
    )
    time = iter(range(0, 1_000, 10))
    assert affordable(RunConfig(model=text, context=1), names, clock=lambda: next(time)) == 1_000


def test_a_batch_that_does_not_do_is_refused_as_for_a_run(names):
    with pytest.raises(ConfigError, match="batch_size is 1"):
        find(mlp(batch_size=1), names)


def test_what_is_found_so_far_is_told_four_times_a_second_and_may_be_enough(names):
    """A clock that moves by a tenth of a second with every look at it."""
    time = (tenths / 10 for tenths in count())
    so_far = []
    whole = find(mlp(), names, progress=lambda found: so_far.append((next(time), found)), clock=lambda: next(time))
    assert len(so_far) > 3
    assert min(np.diff([at for at, _ in so_far])) >= 0.25
    for _, found in so_far:
        taken = len(found.losses)
        assert found.losses.tolist() == whole.losses[:taken].tolist()
        assert found.exponents.tolist() == whole.exponents[:taken].tolist()
        assert len(found.smooth) == taken < 1_000

    def enough(found):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        find(mlp(), names, progress=enough, clock=lambda: next(time))
