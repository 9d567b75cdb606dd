"""A network that can predict both ways, one window after the other or in one pass, from one set of weights.

>>> network = fresh(vocab=27, dilations=(1, 2, 4), kernel=2)
>>> compare(network, codes=[4, 9, 15, 14, 4, 18, 5]).largest      # of the two ways' logits
1.1920929e-07
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from core.lenses.convolution.stack import ConvolutionError, Stack, plain_text, stack_of
from core.nn.conversion import NotConvertible, converted, convolutional, hierarchical
from core.nn.notation import LayerSpec, parse
from core.nn.sequential import Sequential

SEED = 42
TOLERANCE = 1e-5
DOT = 0


@dataclass(frozen=True)
class Network:
    """`conv` slides along a text; `alone` computes one prediction from one window, with the same weights: the hierarchy
    where there is one, else the convolutions themselves. Both are connected.
    """

    conv: "Model"
    alone: "Model"
    stack: Stack


@dataclass(frozen=True)
class Model:
    """A connected model and how it is written."""

    specs: tuple[LayerSpec, ...]
    model: Sequential

    def twin(self, batch: int, positions: int = 1) -> Sequential:
        """Shares the weights; for evaluation."""
        return self.model.twin(batch, positions)

    def copy(self, batch: int, positions: int = 1) -> Sequential:
        """Has weights and statistics of its own; for training."""
        own = Sequential.build(self.specs, self.model.context)
        own.connect(batch, positions)
        own.load_state(self.model.state())
        return own


@dataclass(frozen=True)
class Comparison:
    """Logits (P, V) at every position of a word, in evaluation mode."""

    separate: np.ndarray
    one_pass: np.ndarray

    @cached_property
    def largest(self) -> float:
        """The largest difference; NaN where the weights have diverged."""
        with np.errstate(invalid="ignore"):
            return float(np.abs(self.separate - self.one_pass).max())

    @property
    def agree(self) -> bool:
        """To 1e-5: of 1, or of the largest logit, where that is larger."""
        return self.largest <= TOLERANCE * max(1.0, float(np.abs(self.one_pass).max()))


def fresh(vocab: int, dilations: Sequence[int], kernel: int, seed: int = SEED) -> Network:
    """A network like the course's with new weights."""
    specs = parse(plain_text(vocab, dilations, kernel))
    model = Sequential.build(specs, stack_of(specs).field, torch.Generator().manual_seed(seed))
    model.connect(1)
    return _network(specs, model.state())


def of_model(specs: Sequence[LayerSpec], state: Mapping[str, np.ndarray]) -> Network:
    """A copy of a model, given as convolutions or as a hierarchy. Raises ConvolutionError where it is neither, or has
    statistics of its own for each position, as a bug that is planted beside its text makes them."""
    try:
        slid = convolutional(specs) if _joins(specs) else specs
        _check_alike(state)
        return _network(slid, state)
    except NotConvertible as error:
        raise ConvolutionError(str(error)) from None


def compare(network: Network, codes: Sequence[int]) -> Comparison:
    """Both ways over a word, given by its codes."""
    text = padded(codes, network.stack.field)
    separate = [one.copy() for one in windows_through(network.alone.twin(1), text)]
    with np.errstate(all="ignore"):  # diverged weights give logits that are not finite, and no warnings
        one_pass = network.conv.twin(1, positions=len(separate)).forward(text[None], training=False)
    return Comparison(np.array(separate), one_pass.reshape(len(separate), -1).copy())


def windows_through(model: Sequential, text: np.ndarray) -> Iterator[np.ndarray]:
    """Yields the logits (V,) of one window after the other: the model's own array."""
    with np.errstate(all="ignore"):
        for start in range(len(text) - model.context + 1):
            yield model.forward(text[None, start : start + model.context], training=False).reshape(-1)


def padded(codes: Sequence[int], field: int) -> np.ndarray:
    """The word behind as many dots as a prediction sees: int64 (field + letters,)."""
    return np.array([DOT] * field + list(codes), np.int64)


def _check_alike(state: Mapping[str, np.ndarray]) -> None:
    for name, array in state.items():
        if name.endswith(".running_mean") and array.size > array.shape[-1]:
            norm = name.removesuffix(".running_mean")
            raise ConvolutionError(f"{norm} has statistics for each position: sliding along, positions are alike.")


def _joins(specs: Sequence[LayerSpec]) -> bool:
    return any(spec.kind == "FlattenConsecutive" for spec in specs)


def _network(specs: Sequence[LayerSpec], state: Mapping[str, np.ndarray]) -> Network:
    """`specs` are convolutions; the state may be of the hierarchy that they stand for."""
    stack = stack_of(specs)
    conv = alone = _loaded(specs, stack.field, state)
    with suppress(NotConvertible):
        alone = _loaded(hierarchical(specs), stack.field, state)
    return Network(conv, alone, stack)


def _loaded(specs: Sequence[LayerSpec], context: int, state: Mapping[str, np.ndarray]) -> Model:
    model = Sequential.build(specs, context)
    model.connect(1)
    model.load_state(converted(state, model.state()))
    return Model(tuple(specs), model)
