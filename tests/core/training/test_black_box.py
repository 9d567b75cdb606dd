"""The last steps of a run that diverged: the very steps it took, as many as fit."""

import numpy as np
import pytest

from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.training import black_box, probe, replay
from core.training.config import RunConfig, of_preset
from core.training.trainer import Diverged, Trainer, weights_sha256

PLAIN = "Embedding(27, 10)\nFlattenConsecutive(8)\nLinear(80, 50)\nTanh()\nLinear(50, 27)"
LATE = 60  # the step that diverges, because a weight becomes Inf before it


@pytest.fixture(scope="module")
def names() -> Dataset:
    return Dataset.builtin()


def diverged_late(dataset: Dataset, start: int = 0) -> tuple[Trainer, dict]:
    """A trainer whose run diverges at step LATE, and its checkpoint after `start` steps."""
    trainer = Trainer(RunConfig(PLAIN, lr=0.1, lr_drop_step=LATE - 2, lr_after=1e38), dataset)
    trainer.advance(start)
    checkpoint = trainer.checkpoint()
    with pytest.raises(Diverged) as caught:
        trainer.advance(200)
    assert caught.value.step == LATE
    return trainer, checkpoint


@pytest.mark.parametrize("start", [0, 17, 45, 59])
def test_the_steps_are_those_that_were_taken(names, start):
    """From whichever checkpoint: the frames and weights are the same bits as of a training that is looked at."""
    trainer, checkpoint = diverged_late(names, start)
    box = replay.record(trainer, checkpoint, LATE)
    again = Trainer(trainer.config, names)
    first = max(LATE - black_box.STEPS, start) + 1
    assert [moment.frame.step for moment in box.moments] == list(range(first, LATE + 1))
    again.advance(first - 1)
    for moment in box.moments[:-1]:
        frames = []
        again.advance(1, look=lambda t, frames=frames: frames.append(probe.look(t.model, t.step, t.loss, t.lr(t.step))))
        assert frames[0].to_bytes() == moment.frame.to_bytes()
        np.testing.assert_array_equal(moment.contexts, again.model.contexts.data)
        np.testing.assert_array_equal(moment.targets, again.model.targets)
        np.testing.assert_array_equal(moment.arrays["output/4.Tanh"], again.model.layers[3].out.data)
        np.testing.assert_array_equal(moment.arrays["weight_grad/5.Linear.bias"], again.model.layers[4].bias.grad)
    last = box.moments[-1]
    assert not np.isfinite(last.frame.loss)
    assert weights_sha256(again.model.state()) == weights_sha256(trainer.model.state())
    np.testing.assert_array_equal(last.arrays["weight/3.Linear.weight"], again.model.layers[2].weight.data)


def test_the_trainer_ends_where_it_diverged(names):
    trainer, checkpoint = diverged_late(names)
    before = weights_sha256(trainer.model.state())
    replay.record(trainer, checkpoint, LATE)
    assert (trainer.step, weights_sha256(trainer.model.state())) == (LATE, before)
    with pytest.raises(Diverged):
        trainer.advance(1)


def test_less_room_keeps_fewer_steps_whole(names):
    trainer, checkpoint = diverged_late(names)
    box = replay.record(trainer, checkpoint, LATE)
    assert box.whole == len(box.moments) == black_box.STEPS
    size = sum(array.nbytes for array in box.moments[-1].arrays.values())
    few = replay.record(trainer, checkpoint, LATE, room=3 * size + 1)
    assert [bool(moment.arrays) for moment in few.moments] == [False] * (black_box.STEPS - 3) + [True] * 3
    none = replay.record(trainer, checkpoint, LATE, room=size - 1)
    assert (none.whole, len(none.moments)) == (0, black_box.STEPS)
    assert len(none.to_bytes()) < 1_000_000


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "bigram"])
def test_every_preset_fits_into_the_room_and_comes_back(names, name):
    words = Dataset.from_text("\n".join(names.words[:400]), "few.txt")
    trainer = Trainer(of_preset(PRESETS[name], words, lr_drop_step=20, lr_after=1e38), words)
    checkpoint = trainer.checkpoint()
    with pytest.raises(Diverged) as caught:
        trainer.advance(50)
    box = replay.record(trainer, checkpoint, caught.value.step)
    data = box.to_bytes()
    assert len(data) < replay.ROOM + 2_000_000
    back = black_box.BlackBox.from_bytes(data)
    assert (back.whole, back.reads) == (box.whole, box.reads)
    assert list(box.reads) == [layer.name for layer in trainer.model.layers]
    assert all(box.reads[layer.name] for layer in trainer.model.layers[1:]), "all but the first read another's output"
    for moment, same in zip(box.moments, back.moments, strict=True):
        assert moment.frame.to_bytes() == same.frame.to_bytes()
        assert moment.arrays.keys() == same.arrays.keys()
        for key, array in moment.arrays.items():
            np.testing.assert_array_equal(array, same.arrays[key])
        np.testing.assert_array_equal(moment.contexts, same.contexts)
        np.testing.assert_array_equal(moment.targets, same.targets)
        assert len(moment.contexts) <= black_box.EXAMPLES


def test_it_stops_when_it_may_not_go_on(names):
    trainer, checkpoint = diverged_late(names)
    assert replay.record(trainer, checkpoint, LATE, may_go_on=lambda: False) is None


def test_steps_that_come_out_otherwise_are_no_black_box(names):
    """As where a run's folder went on to a machine that rounds otherwise."""
    trainer = Trainer(RunConfig(PLAIN), names)
    assert replay.record(trainer, trainer.checkpoint(), 5) is None
    diverging, checkpoint = diverged_late(names)
    assert replay.record(diverging, checkpoint, LATE + 50) is None
