"""Made-up words are marked by whether the model was trained on them."""

import numpy as np
import torch

from core.dataset import Dataset
from core.lenses.predict import made_up
from core.nn.sequential import Sequential
from core.training.sampling import LONGEST

NAMES = Dataset.from_text("\n".join(["aa", "b", "ab", "ba", "bb", "aab", "abb", "bab", "bba", "aba"]), "names")
TEXT = "Embedding(3, 4)\nFlattenConsecutive(2)\nLinear(8, 3)"


def model(bias=(0.0, 0.0, 0.0)) -> Sequential:
    built = Sequential.from_text(TEXT, context=2, generator=torch.Generator().manual_seed(1))
    built.connect(1)
    built.parameters()[-1].data[:] = np.array(bias, np.float32)
    return built


def test_known_means_in_the_training_split():
    words = made_up(model(), NAMES, 50, seed=3)
    training = set(NAMES.splits["train"])
    assert {word.known for word in words} == {True, False}
    assert all(word.known == (word.text in training) for word in words)


def test_more_words_leave_the_first_ones():
    assert made_up(model(), NAMES, 20, seed=3)[:5] == made_up(model(), NAMES, 5, seed=3)
    assert made_up(model(), NAMES, 20, seed=3) != made_up(model(), NAMES, 20, seed=4)


def test_a_model_that_never_ends_a_word_is_cut_off():
    (word,) = made_up(model(bias=(-100, 5, 0)), NAMES, 1, seed=0)
    assert not word.ended
    assert not word.empty
    assert len(word.text) == LONGEST


def test_a_model_that_ends_at_once_makes_empty_words():
    (word,) = made_up(model(bias=(100, 0, 0)), NAMES, 1, seed=0)
    assert word.text == ""
    assert word.ended
    assert word.empty
    assert not word.known
