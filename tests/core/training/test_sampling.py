"""What comes next, and made-up words."""

import numpy as np
import pytest
import torch

from core.dataset import Dataset, DatasetError
from core.nn.presets import PRESETS
from core.training.config import RunConfig
from core.training.sampling import next_character_distribution, sample
from core.training.trainer import Trainer


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    trainer = Trainer(RunConfig(PRESETS["mlp"].text(27), context=3), Dataset.builtin())
    trainer.advance(1500)
    return trainer


def test_the_distribution_is_the_softmax_of_the_logits(trainer):
    model, names = trainer.model, trainer.dataset
    p = next_character_distribution(model, names, "emm")
    logits = model.evaluate(np.array([names.encode("emm")]))
    np.testing.assert_allclose(p, torch.softmax(torch.tensor(logits[0], dtype=torch.float64), 0).numpy(), rtol=1e-9)
    assert p.sum() == pytest.approx(1)


def test_a_long_prefix_is_cut_to_the_context_and_a_short_one_padded(trainer):
    model, names = trainer.model, trainer.dataset
    for one, other in (("zzemm", "emm"), ("m", "..m"), ("", "...")):
        expected = next_character_distribution(model, names, other)
        np.testing.assert_array_equal(next_character_distribution(model, names, one), expected)


def test_a_character_that_is_not_in_the_data(trainer):
    with pytest.raises(DatasetError, match="does not occur"):
        next_character_distribution(trainer.model, trainer.dataset, "7")


def test_the_same_seed_gives_the_same_words_and_the_model_stays(trainer):
    before = trainer.checkpoint()
    words = sample(trainer.model, trainer.dataset, seed=3)
    assert words == sample(trainer.model, trainer.dataset, seed=3)
    assert words != sample(trainer.model, trainer.dataset, seed=4)
    assert sample(trainer.model, trainer.dataset, n=4, seed=3) == words[:4]
    assert len(words) == 10
    assert set("".join(words)) <= set(trainer.dataset.chars)
    for name, array in trainer.checkpoint().items():
        np.testing.assert_array_equal(array, before[name])


def test_words_come_in_the_shares_that_the_model_says(trainer):
    """First letters of many words against the distribution, within five standard errors."""
    names, n = trainer.dataset, 20_000
    words = sample(trainer.model, names, n=n, seed=1, longest=1)
    p = next_character_distribution(trainer.model, names, "")
    counts = np.bincount([names.encode(word)[0] if word else 0 for word in words], minlength=27)
    assert (np.abs(counts - n * p) <= 5 * np.sqrt(n * p) + 1).all()


def test_a_word_that_does_not_end_is_cut_off(trainer):
    twin = Trainer(trainer.config, trainer.dataset)
    twin.model.layers[-1].bias.data[0] = -1e4
    assert {len(word) for word in sample(twin.model, twin.dataset, longest=12)} == {12}
    twin.model.layers[-1].bias.data[0] = 1e4
    assert sample(twin.model, twin.dataset, n=3) == ["", "", ""]


@pytest.mark.filterwarnings("error")
def test_weights_that_are_not_finite_end_every_word(trainer):
    twin = Trainer(trainer.config, trainer.dataset)
    twin.model.layers[-1].weight.data[0] = np.inf
    assert np.isnan(next_character_distribution(twin.model, twin.dataset, "a")).all()
    assert sample(twin.model, twin.dataset, n=2) == ["", ""]
