"""Where two runs part: the first step, and in it the first number, that is not the same to the bit.

>>> found = part(store, "wavenet-k3x9q2", "wavenet-p7m4da")
>>> found.step, found.what, found.name
(1001, 'update', '1.Embedding.weight')

A step reads its batch, puts out layer after layer, has a loss, gradients from the last layer back to the first, and
changes the weights: the first of these that differs is where they part. Both runs are taken once more from their last
checkpoint in common; nothing of either is changed.
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from core.nn.notation import canonical, parse
from core.runs.errors import NoSuchRun
from core.runs.store import Store
from core.training.config import RunConfig
from core.training.trainer import Diverged, Trainer

AT_ONCE = 64  # steps between two looks at whether all weights are still the same
BATCH, OUTPUT, LOSS, GRADIENT, UPDATE, START = "batch", "output", "loss", "gradient", "update", "start"
NUMBERLESS = ("dataset", "preset", "steps")  # fields of RunConfig that decide no number of a step taken

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Parting:
    """`what`: START (the weights before the first step), BATCH, OUTPUT, LOSS, GRADIENT or UPDATE (the weights after
    it); `name`: the layer or parameter, "" for a batch or a loss."""

    step: int
    what: str
    name: str

    @property
    def layer(self) -> str:
        """'5.Linear.weight' -> '5.Linear'; '' where it is no layer that differs."""
        return ".".join(self.name.split(".")[:-1]) if self.what in (START, UPDATE) else self.name


class Incomparable(ValueError):
    """One sentence: why the numbers of two runs have no counterparts."""


def part(store: Store, left: str, right: str, progress: Progress = lambda share: None) -> Parting | None:
    """None where all steps that both have taken are the same. Raises Incomparable, or StoreError.

    What a fork recorded before it began is its parent's: where two runs part there, the parent is looked at instead.
    """
    pair = _Pair(store, left, right)
    last = horizon(store.losses(left), store.losses(right))
    if not last:
        raise Incomparable("One of the two has not taken a step yet: wait until it has.")
    if last <= pair.own:
        return _before(store, left, right, progress)
    if not pair.begin(before=last):
        return _before(store, left, right, progress) or Parting(pair.own, START, pair.first_weight())
    first = pair.step
    while pair.step < last:
        progress((pair.step - first) / (last - first))
        if found := pair.advance(min(AT_ONCE, last - pair.step)):
            return found
    return None


def horizon(left: np.ndarray, right: np.ndarray) -> int:
    """The first step whose losses differ, or else the last that both have taken: they part there or before."""
    common = min(len(left), len(right))
    differ = np.flatnonzero(left[:common].view(np.int32) != right[:common].view(np.int32))
    return int(differ[0]) + 1 if differ.size else common


def _before(store: Store, left: str, right: str, progress: Progress) -> Parting | None:
    """Where they part before the later of the two forks began: where that fork's parent and the other one do.

    None where those do not.
    """
    fork = max((store.run(run) for run in (left, right)), key=lambda info: info.parent_step or 0)
    if fork.parent is None:
        return None
    ancestors = [fork.parent if run == fork.id else run for run in (left, right)]
    if ancestors[0] == ancestors[1]:
        return None
    try:
        check(*map(store.config, ancestors))
    except Incomparable:
        from_what = "a run with other settings"
    except NoSuchRun:
        from_what = "a run that was deleted"
    else:
        return part(store, *ancestors, progress)
    raise Incomparable(f"They part before step {fork.parent_step:,}, where {fork.id} was forked from {from_what}.")


def check(left: RunConfig, right: RunConfig) -> None:
    """Have the two the same layers and words? Raises Incomparable."""
    if left.dataset != right.dataset:
        raise Incomparable("They learn from different words, so that no batch of one has a counterpart in the other.")
    if canonical(parse(left.model)) != canonical(parse(right.model)):
        raise Incomparable("They are different models: their layers have no counterparts from the first step on.")
    for name in ("context", "batch_size", "positions", "train_on"):
        if getattr(left, name) != getattr(right, name):
            raise Incomparable(f"Their settings of {name} differ, so that their batches have no counterparts.")


def differences(left: RunConfig, right: RunConfig) -> dict[str, tuple]:
    """The settings that differ and can change a number: {"lr": (0.1, 0.01)}."""
    names = [field.name for field in dataclasses.fields(RunConfig) if field.name not in NUMBERLESS]
    pairs = {name: (getattr(left, name), getattr(right, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


class _Pair:
    """Two trainers side by side."""

    def __init__(self, store: Store, left: str, right: str):
        self._store, self._ids = store, (left, right)
        configs = store.config(left), store.config(right)
        check(*configs)
        self._trainers = [Trainer(config, store.dataset(config.dataset)) for config in configs]
        self.own = max(store.run(run).parent_step or 0 for run in self._ids)  # from here on both are themselves

    @property
    def step(self) -> int:
        return self._trainers[0].step

    def begin(self, before: int) -> bool:
        """Puts both on the last checkpoint in common before a step, where they are still the same.

        False where they differ as soon as each of them is itself, and no fork's parent.
        """
        left, right = (self._store.checkpoint_steps(run) for run in self._ids)
        common = {step for step in set(left) & set(right) if self.own <= step < before}
        for step in sorted(common | {self.own}, reverse=True):
            self._stand(step)
            if self.first_weight() is None:
                return True
        return False

    def _stand(self, step: int) -> None:
        for trainer, run in zip(self._trainers, self._ids, strict=True):
            at, checkpoint = self._store.checkpoint(run, step)
            trainer.restore(checkpoint)
            trainer.advance(step - at)

    def first_weight(self) -> str | None:
        """The first parameter or buffer that differs, by name."""
        states = [trainer.model.state() for trainer in self._trainers]
        return next((name for name, array in states[0].items() if not _same(array, states[1][name])), None)

    def advance(self, n: int) -> Parting | None:
        """Takes n steps; where they end apart, takes them again one by one, and says where."""
        before = [trainer.checkpoint() for trainer in self._trainers]
        if not self._apart(n):
            return None
        for trainer, checkpoint in zip(self._trainers, before, strict=True):
            trainer.restore(checkpoint)
        for _ in range(n):
            if found := self._one_step():
                return found
        return None

    def _apart(self, n: int) -> bool:
        """Are the losses or the weights of n steps different, or does one of the two end in between?"""
        losses = [np.zeros(n, np.float32) for _ in self._trainers]
        ends = [_advanced(trainer, n, into) for trainer, into in zip(self._trainers, losses, strict=True)]
        return not all(ends) or not _same(*losses) or self.first_weight() is not None

    def _one_step(self) -> Parting | None:
        seen: list[list[tuple[str, str, np.ndarray]]] = []
        for trainer in self._trainers:
            looked: list = []
            _advanced(trainer, 1, look=lambda at, looked=looked: looked.extend(_in_order(at)))
            seen.append(looked)
        for (what, name, ours), (_, _, theirs) in zip(*seen, strict=True):
            if not _same(ours, theirs):
                return Parting(self.step, what, name)
        changed = self.first_weight()
        return Parting(self.step, UPDATE, changed) if changed else None


def _advanced(trainer: Trainer, n: int, losses: np.ndarray | None = None, look=None) -> bool:
    """Takes n steps; False where the loss stops being finite, after which weights and look are what they are."""
    try:
        trainer.advance(n, losses, look)
    except Diverged:
        return False
    return True


def _in_order(trainer: Trainer) -> Iterator[tuple[str, str, np.ndarray]]:
    """All that a step computes, copied, in the order of computing."""
    model = trainer.model
    yield BATCH, "", model.contexts.data.copy()
    yield BATCH, "", model.targets.copy()
    for layer in model.layers:
        yield OUTPUT, layer.name, layer.out.data.copy()
    yield LOSS, "", np.array(trainer.loss)
    model.fill()
    for layer in reversed(model.layers):
        if layer.out.grad is not None:
            yield GRADIENT, layer.name, layer.out.grad.copy()
        for parameter in layer.parameters():
            yield GRADIENT, layer.name, parameter.grad.copy()


def _same(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Equal to the bit, where NaN equals NaN."""
    return ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()
