"""Plants the bugs of `defects.py`: in a model as it is built, and in the training around it.

>>> model = built(config, generator)      # a Sequential, with the bug if the config names one; connect it next
>>> bug = planted(config)
>>> bug.train(model); contexts, targets = bug.examples(contexts, targets)

A run without a bug has a `Planted`, which changes nothing. What a bug remembers from step to step is in `state()`.
"""

from itertools import pairwise

import numpy as np
import torch

from core.nn.layers import Layer
from core.nn.loss import CrossEntropy
from core.nn.notation import parse
from core.nn.sequential import Sequential
from core.training.config import RunConfig

HUGE = np.float32(100)  # times the weights of the last layer
LOW = np.float32(-10)  # added to biases: far below what the weights make of any example
PREFIX = "planted."  # of what a checkpoint holds of a bug


class Planted:
    """A run as it should be; what a bug changes, it overrides. `layers`: the names of those it sits in."""

    direction = 1.0  # of a step: down the gradient

    def __init__(self, layers: tuple[str, ...] = ()):
        self.layers = layers

    def within(self, model: Sequential) -> list[Layer]:
        return [layer for layer in model.layers if layer.name in self.layers]

    def build(self, model: Sequential) -> None:
        """Changes a model that is drawn and not yet connected: wherever the run's weights are loaded as well."""

    def train(self, model: Sequential) -> None:
        """Changes a connected model that is about to be trained."""

    def examples(self, contexts: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return contexts, targets

    def state(self) -> dict[str, np.ndarray]:
        return {}

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """Goes back to a checkpoint; to one from before the bug was planted as well."""


class NormDims(Planted):
    def build(self, model):
        for norm in self.within(model):
            norm.dims = 0


class StaleStatistics(Planted):
    def build(self, model):
        for norm in self.within(model):
            norm.momentum = 0.0


class TrainingMode(Planted):
    def build(self, model):
        for norm in self.within(model):
            norm.by_batch = True


class GradientsAddUp(Planted):
    def train(self, model):
        self._grad, self._before = model.gradients, model.gradients.copy()
        model.around_backward(before=self._remember, after=self._add)

    def _remember(self):
        self._before[:] = self._grad

    def _add(self):
        self._grad += self._before

    def state(self):
        return {f"{PREFIX}gradients": self._grad.copy()}

    def load_state(self, state):
        self._grad[:] = state.get(f"{PREFIX}gradients", 0)


class SignFlipped(Planted):
    direction = -1.0


class HugeLogits(Planted):
    def build(self, model):
        for layer in self.within(model):
            layer.weight.data *= HUGE


class NoGain(Planted):
    def build(self, model):
        for layer in self.within(model):
            layer.weight.data *= np.float32(1 / (layer.std * layer.weight.shape[0] ** 0.5))


class TargetsShifted(Planted):
    def examples(self, contexts, targets):
        return contexts, np.roll(targets, -1)


class ContextsReversed(Planted):
    def examples(self, contexts, targets):
        return np.ascontiguousarray(contexts[:, ::-1]), targets


class WithoutGradient(Planted):
    def train(self, model):
        grads = [parameter.grad for layer in self.within(model) for parameter in layer.parameters()]

        def drop() -> None:
            for grad in grads:
                grad[:] = 0

        model.around_backward(after=drop)


class DeadReLUs(Planted):
    def build(self, model):
        for layer, following in pairwise(model.layers):
            if following.name in self.layers:
                layer.bias.data += LOW


class Summed(CrossEntropy):
    """The loss of all examples together, and the gradients of that."""

    def forward(self, targets):
        self._count = np.float32((targets >= 0).sum())
        return super().forward(targets) * float(self._count)

    def backward(self):
        super().backward()
        self._grad *= self._count


class LossSummed(Planted):
    def train(self, model):
        model.criterion = Summed(model.logits)


PLANTED: dict[str, type[Planted]] = {
    "batchnorm-dims": NormDims,
    "stale-statistics": StaleStatistics,
    "training-mode": TrainingMode,
    "gradients-add-up": GradientsAddUp,
    "sign-flipped": SignFlipped,
    "huge-logits": HugeLogits,
    "no-gain": NoGain,
    "targets-shifted": TargetsShifted,
    "contexts-reversed": ContextsReversed,
    "frozen-layer": WithoutGradient,
    "embedding-dropped": WithoutGradient,
    "dead-relus": DeadReLUs,
    "loss-summed": LossSummed,
}


def planted(config: RunConfig) -> Planted:
    """What a run's bug does; of a run without one, nothing. Raises ConfigError where it cannot be planted."""
    if config.defect is None:
        return Planted()
    return PLANTED[config.defect.partition(":")[0]](config.defect_layers())


def built(config: RunConfig, generator: torch.Generator | None = None) -> Sequential:
    """A run's model with the bug that it was planted with, to connect; without a generator, to load a state into."""
    model = Sequential.build(parse(config.model), config.context, generator)
    planted(config).build(model)
    return model
