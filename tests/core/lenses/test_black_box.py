"""What broke first, and what only passed it on: against breaks whose place is known."""

import numpy as np
import pytest

from core.dataset import Dataset
from core.lenses.black_box import Trace, examples, largest, read
from core.nn.presets import PRESETS
from core.training import replay
from core.training.black_box import BlackBox
from core.training.config import RunConfig, of_preset
from core.training.trainer import Diverged, Trainer

START = "Embedding(27, 10)\nFlattenConsecutive(8)\n"
RELU = f"{START}Linear(80, 50)\nReLU()\nLinear(50, 50)\nReLU()\nLinear(50, 27)"
TANH = f"{START}Linear(80, 50)\nTanh()\nLinear(50, 27)"
NAMES = Dataset.builtin()
WORDS = Dataset.from_text("\n".join(NAMES.words[:400]), "few.txt")


def diverged(
    config: RunConfig, break_it=lambda state: None, start: int = 5, dataset: Dataset = NAMES
) -> tuple[Trace, BlackBox]:
    """Trains `start` steps, breaks the checkpoint, and goes on until the loss is not finite."""
    trainer = Trainer(config, dataset)
    trainer.advance(start)
    checkpoint = trainer.checkpoint()
    break_it(checkpoint)
    trainer.restore(checkpoint)
    with pytest.raises(Diverged) as caught:
        trainer.advance(300)
    box = replay.record(trainer, checkpoint, caught.value.step)
    return read(box), box


def test_a_product_that_overflows_is_where_it_came_from():
    """Weights near the largest float: finite themselves, Inf once they are added up."""

    def huge(state):
        state["5.Linear.weight"][:] = 3e38

    trace, box = diverged(RunConfig(RELU), huge)
    first = trace.first
    assert (first.step, first.phase, first.layer, first.produced) == (6, "forward", "5.Linear", True)
    assert [broken.layer for broken in trace.produced] == ["5.Linear"]
    forward = [broken.layer for broken in trace.broken if broken.phase == "forward"]
    assert forward == ["5.Linear", "6.ReLU", "7.Linear"]
    output = box.moments[-1].arrays["output/5.Linear"]
    assert (first.nan, first.inf, first.size) == (np.isnan(output).sum(), np.isinf(output).sum(), output.size)
    np.testing.assert_array_equal(examples(box.moments[-1], first), ~np.isfinite(output).all(axis=1))
    assert trace.finite is None, "nothing was taken before"


def test_a_layer_that_makes_inf_finite_again_is_not_to_blame_and_does_not_pass_on():
    """tanh(Inf) is 1: what breaks further down is produced anew."""

    def huge(state):
        state["3.Linear.bias"][:] = np.array(3e38, np.float32)
        state["3.Linear.weight"][:] = np.array(3e38, np.float32)
        state["1.Embedding.weight"][:] = np.abs(state["1.Embedding.weight"]) + 1
        state["5.Linear.weight"][:] = np.array(3e38, np.float32)

    trace, _ = diverged(RunConfig(TANH), huge)
    forward = [(broken.layer, broken.produced) for broken in trace.broken if broken.phase == "forward"]
    assert forward == [("3.Linear", True), ("5.Linear", True)]


def test_an_update_that_overflows_breaks_the_weights():
    trace, box = diverged(of_preset(PRESETS["gru"], WORDS, lr=1e30), start=0, dataset=WORDS)
    assert (trace.first.phase, trace.first.name, trace.first.produced) == ("update", "1.Embedding.weight", True)
    assert trace.finite is box.moments[-2]
    assert all(broken.produced == (broken.phase == "update") for broken in trace.broken)


def test_a_weight_that_is_broken_from_the_first_kept_step_on_came_from_before():
    def nan(state):
        state["3.Linear.weight"][3, 4] = np.nan

    trace, _ = diverged(RunConfig(TANH), nan)
    assert (trace.first.phase, trace.first.name, trace.first.nan) == ("update", "3.Linear.weight", 1)
    assert not trace.first.produced


def test_numbers_grow_and_the_last_finite_step_is_the_one_before():
    trace, box = diverged(RunConfig(RELU, lr=30.0), start=0)
    assert trace.finite is box.moments[-2]
    assert np.isfinite(trace.finite.frame.loss)
    reached = [largest(moment, "output")["7.Linear"] for moment in box.moments[:-1]]
    assert reached == sorted(reached)
    assert largest(box.moments[0], "output")["1.Embedding"] == np.abs(box.moments[0].arrays["output/1.Embedding"]).max()


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "bigram"])
def test_every_preset_has_a_first(name):
    """Whatever its blocks: what is broken in a layer's output was produced there, or one that it reads is broken."""
    config = of_preset(PRESETS[name], WORDS, lr_drop_step=10, lr_after=1e38)
    trace, box = diverged(config, start=0, dataset=WORDS)
    assert trace.produced
    assert trace.first == trace.broken[0]
    last = trace.broken[-1].step
    bad = {broken.layer for broken in trace.broken if broken.phase == "forward" and broken.step == last}
    weights = {broken.layer for broken in trace.broken if broken.phase == "update" and broken.step == last}
    for broken in trace.broken:
        if broken.phase == "forward" and broken.step == last:
            assert broken.produced == (not bad & set(box.reads[broken.layer]) and broken.layer not in weights)
