"""What a model goes by, held against models whose answer is known."""

import math

import numpy as np
import pytest

from core.dataset import Dataset
from core.lenses.reading import read
from core.nn.sequential import Sequential
from core.training.config import RunConfig
from core.training.planting import built

WORDS = Dataset.from_text("abcab\ncabca\nbcabc\n" * 40, "turning letters")


class Known:
    """Is sure of what follows the character at one place of its context: the next one in a, b, c, a ..."""

    context = 3

    def __init__(self, place: int, further: int = 1):
        self.place, self.further = place, further

    def evaluate(self, contexts: np.ndarray) -> np.ndarray:
        last = contexts[:, self.place]
        logits = np.full((len(contexts), 4), -3.0, np.float32)
        logits[np.arange(len(contexts)), np.where(last > 0, (last + self.further - 1) % 3 + 1, 0)] = 3.0
        return logits


def test_a_model_that_reads_from_the_end_does_best_on_contexts_as_they_stand():
    found = read(Known(place=-1), WORDS)
    assert found.loss < found.turned
    assert found.loss < found.after
    assert found.moved == 0.0


def test_a_model_that_reads_from_the_beginning_does_better_where_it_is_turned_round():
    found, other = read(Known(place=0), WORDS), read(Known(place=-1), WORDS)
    assert found.turned == pytest.approx(other.loss)
    assert found.loss == pytest.approx(other.turned)
    assert found.turned < found.loss


def test_a_model_that_is_one_too_far_is_better_on_the_character_after_the_next():
    found = read(Known(place=-1, further=2), WORDS)
    assert found.after < found.loss


@pytest.mark.parametrize("defect", [None, "training-mode"])
def test_company_moves_probability_only_where_evaluation_uses_the_batch(defect):
    text = "Embedding(4, 3)\nFlattenConsecutive(3)\nLinear(9, 8, bias=False)\nBatchNorm1d(8)\nTanh()\nLinear(8, 4)"
    model = built(RunConfig(text, 3, defect=defect))
    model.connect(1)
    rng = np.random.default_rng(0)
    model.load_state(
        {name: rng.normal(size=array.shape).astype(array.dtype) ** 2 for name, array in model.state().items()}
    )
    moved = read(model, WORDS).moved
    assert (moved > 0.05) == (defect is not None)
    assert moved < 1


def test_the_shortest_list_of_words_can_be_asked():
    assert math.isfinite(read(Known(place=-1), Dataset.from_text("a\n" * 7 + "b\nc\na\n", "short")).loss)


def test_scores_that_are_no_numbers_give_none():
    class Diverged(Known):
        def evaluate(self, contexts):
            return np.full((len(contexts), 4), np.nan, np.float32)

    found = read(Diverged(-1), WORDS)
    assert all(map(math.isnan, (found.loss, found.turned, found.after, found.moved)))


def test_it_leaves_the_model_as_it_was():
    model = Sequential.from_text("Embedding(4, 2)\nFlattenConsecutive(3)\nLinear(6, 4)", context=3)
    model.connect(1)
    before = {name: array.copy() for name, array in model.state().items()}
    read(model, WORDS)
    assert all(np.array_equal(array, before[name]) for name, array in model.state().items())
