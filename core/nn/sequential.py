"""A list of layers as one model."""

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch

from core.nn import kernels
from core.nn.characters import Counts
from core.nn.containers import Skip, SkipSum
from core.nn.layers import BatchNorm1d, Layer, Linear
from core.nn.limits import EVALUATION_BATCHES
from core.nn.lookup import Lookup, OneHotProduct
from core.nn.loss import CrossEntropy
from core.nn.notation import LayerSpec, parse
from core.nn.registry import build
from core.nn.variable import ALIGNMENT, Variable, aligned_zeros


class Sequential:
    """Layers one after the other, from characters to a score for each character that may come next.

    >>> model = Sequential.from_text(preset("wavenet").text(27), context=8, generator=torch.Generator().manual_seed(42))
    >>> model.connect(batch_size=32)                # allocates everything
    >>> loss = model.loss(contexts, targets)        # int64 (32, 8) and (32,); fills every output and model.logits
    >>> model.backward()                            # fills the gradients that `update` reads; `model.fill()` the others
    >>> model.update(lr=0.1)                        # data -= lr * grad

    All parameters lie in one flat buffer, and so do their gradients; each starts on a cache line, and the gaps hold 0.
    `layers` are all layers in the order in which they are computed, a container after those inside it. They are named
    by their place, "3.Linear", "2.1.Gated", parameters and buffers "3.Linear.weight", "4.BatchNorm1d.running_mean".
    With a generator the weights are drawn, layer by layer; the last layer's are then scaled by 0.1, so that the first
    predictions are not confident. Without one they are 0, to be filled by `load_state`.
    """

    logits: Variable  # the last layer's output, (B, V); (B, P, V) where P > 1 positions are predicted at once
    criterion: CrossEntropy  # what makes a loss of the logits

    def __init__(self, layers: Sequence[Layer], context: int = 8, generator: torch.Generator | None = None):
        self._stack = list(layers)
        self.context = context
        for place, layer in enumerate(self._stack, 1):
            layer.place(f"{place}.")
        self.layers = [layer for top in self._stack for layer in top.flat()]
        self._data = _into_one(self.parameters(), "data")
        self._grad = _into_one(self.parameters(), "grad")
        self._twins: dict[int, Sequential] = {}
        if generator is not None:
            self._draw(generator)

    @classmethod
    def build(cls, specs: Sequence[LayerSpec], context: int = 8, generator: torch.Generator | None = None):
        return cls(build(specs), context, generator)

    @classmethod
    def from_text(cls, text: str, context: int = 8, generator: torch.Generator | None = None):
        """The model of a model text. Raises ModelTextError; `shapes.infer` says beforehand whether its shapes fit."""
        return cls.build(parse(text), context, generator)

    def _draw(self, generator: torch.Generator) -> None:
        for layer in self.layers:
            layer.draw(generator)
        match [layer for layer in self.layers if layer.parameters()]:
            case [*_, BatchNorm1d() as norm]:
                norm.gamma.data *= np.float32(0.1)
            case [*_, Linear(std=None) as linear]:  # a std that was asked for is left as it is
                linear.weight.data *= np.float32(0.1)

    def connect(self, batch_size: int, positions: int = 1) -> None:
        """Allocates activations for batches of this size, with predictions at the last `positions` of a text."""
        self.contexts = Variable("contexts", np.zeros((batch_size, self.context + positions - 1), np.int64), None)
        self._link_skips()
        x = self.contexts
        for layer in self._stack:
            x = layer.connect(x)
        self.logits = x
        self.criterion = CrossEntropy(x)
        self._first = Lookup.of(self._stack) or OneHotProduct.of(self._stack)  # in place of three layers, or None
        self._counts = [layer for layer in self.layers if isinstance(layer, Counts)]
        steps = [self._first, *self._stack[3:]] if self._first else self._stack
        self._forward = [step.forward for step in steps]
        self._backward = [step.backward for step in reversed(steps)]

    def _link_skips(self) -> None:
        """Each SkipSum adds up the Skips above it, down from the SkipSum before."""
        skips: list[Skip] = []
        for layer in self.layers:
            if isinstance(layer, Skip):
                skips.append(layer)
            elif isinstance(layer, SkipSum):
                layer.skips, skips = tuple(skips), []

    @property
    def batch_size(self) -> int:
        return self.contexts.shape[0]

    @property
    def size(self) -> int:
        """Numbers in the flat buffer of all parameters, the gaps included: what a rule of `update` gets at a time."""
        return self._data.size

    @property
    def gradients(self) -> np.ndarray:
        """The gradients of all parameters, flat, gaps included: the memory that `backward` fills."""
        return self._grad

    @property
    def stack(self) -> tuple[Layer, ...]:
        """The layers that stand one below the other, containers whole."""
        return tuple(self._stack)

    def parameters(self) -> list[Variable]:
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def activations(self) -> list[Variable]:
        """One a layer, in order."""
        return [layer.out for layer in self.layers]

    @property
    def targets(self) -> np.ndarray:
        """Of the last `loss`: int64 (B,), or (B, P) where P > 1 positions are predicted. A view."""
        return self.criterion.targets.reshape(self.logits.shape[:-1])

    def forward(self, contexts: np.ndarray, training: bool = True) -> np.ndarray:
        """The logits (B, V) of a full batch of contexts: the model's own array, overwritten by the next call."""
        if contexts.shape != self.contexts.data.shape:
            raise ValueError(f"The model reads contexts of shape {self.contexts.shape}, these are {contexts.shape}.")
        self.contexts.data[:] = contexts
        for forward in self._forward:
            forward(training)
        return self.logits.data

    def loss(self, contexts: np.ndarray, targets: np.ndarray) -> float:
        """Cross-entropy of a batch, in training mode: also moves the running statistics of BatchNorm."""
        self.forward(contexts)
        return self.criterion.forward(targets)

    def backward(self) -> None:
        """Gradients of the last `loss`, into the grad of every parameter and, but for what `fill` adds, activation."""
        self.criterion.backward()
        for backward in self._backward:
            backward(True)

    def around_backward(
        self, before: Callable[[], None] = lambda: None, after: Callable[[], None] = lambda: None
    ) -> None:
        """From now on both are called at every backward pass; `after` may change the gradients that `update` reads."""
        self._backward = [lambda training: before(), *self._backward, lambda training: after()]

    def fill(self) -> None:
        """After `backward`, for who looks: the gradients that it left out, because no parameter's needs them."""
        if self._first:
            self._first.fill()

    def update(self, lr: float, rule: Callable[[np.ndarray, np.ndarray, float], None] = kernels.descend) -> None:
        """One step on all parameters; what learns without gradients learns as well.

        `rule(data, grad, lr)` gets all of them as one flat array, in the order of `parameters()`, with gaps; without
        one it is plain gradient descent.
        """
        rule(self._data, self._grad, lr)
        for layer in self._counts:
            layer.learn(self.criterion.targets)

    def moves(self, lr: float, move: Callable[[np.ndarray, np.ndarray, float], np.ndarray]) -> list[np.ndarray]:
        """What `move(data, grad, lr)` says of all parameters, for each of them: what a rule is about to subtract."""
        return self.split(move(self._data, self._grad, lr))

    def split(self, flat: np.ndarray) -> list[np.ndarray]:
        """Of an array as a rule of `update` gets it, the part of each parameter, flat: views."""
        return [flat[start : start + parameter.data.size] for start, parameter in _places(self.parameters())]

    def _variables(self) -> dict[str, np.ndarray]:
        arrays = {}
        for layer in self.layers:
            arrays |= {parameter.name: parameter.data for parameter in layer.parameters()}
            arrays |= {f"{layer.name}.{name}": buffer for name, buffer in layer.buffers().items()}
        return arrays

    def state(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and buffers by name, layer by layer. The model must be connected."""
        return {name: array.copy() for name, array in self._variables().items()}

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """Copies `state()` of a model with the same layers into this one. Raises ValueError where they differ."""
        arrays = self._variables()
        if missing := arrays.keys() - state.keys():
            raise ValueError(f"The state is of another model: it has no {min(missing)}.")
        for name, array in arrays.items():
            if state[name].shape != array.shape:
                raise ValueError(f"The state is of another model: {name} is {state[name].shape}, not {array.shape}.")
        for name, array in arrays.items():
            array[:] = state[name]

    def twin(self, batch_size: int, positions: int = 1) -> "Sequential":
        """The same weights and running statistics (shared memory) with activations and gradients of its own."""
        other = copy.copy(self)
        other._stack = [layer.twin() for layer in self._stack]
        other.layers = [layer for top in other._stack for layer in top.flat()]
        other._grad = _into_one(other.parameters(), "grad")
        other._twins = {}
        other.connect(batch_size, positions)
        return other

    def evaluate(self, contexts: np.ndarray) -> np.ndarray:
        """Logits (N, V) of any number of contexts (N, T), in evaluation mode. Leaves the model's own arrays alone."""
        few, many = EVALUATION_BATCHES
        rows = few if len(contexts) <= few else many
        if rows not in self._twins:
            self._twins[rows] = self.twin(rows)
        twin = self._twins[rows]
        logits = np.empty((len(contexts), self.logits.shape[-1]), np.float32)
        batch = np.zeros(twin.contexts.shape, np.int64)
        with np.errstate(all="ignore"):  # weights that diverge give logits that are not finite, and no warnings
            for start in range(0, len(contexts), rows):
                part = contexts[start : start + rows]
                batch[: len(part)] = part  # rows are independent in evaluation mode: what lies below does not matter
                scores = twin.forward(batch, training=False).reshape(rows, -1)
                logits[start : start + len(part)] = scores[: len(part)]
        return logits

    def first_nonfinite(self) -> str | None:
        """Where NaN or Inf came from: the first layer with it in its output, else the last with it in its gradient."""
        self.fill()
        for layer in self.layers:
            if not np.isfinite(layer.out.data).all():
                return layer.name
        for layer in reversed(self.layers):
            if layer.out.grad is not None and not np.isfinite(layer.out.grad).all():
                return layer.name
        return None


def _places(parameters: list[Variable]) -> list[tuple[int, Variable]]:
    """Where in the flat buffer each parameter starts."""
    ends = np.cumsum([_room(parameter) for parameter in parameters]).tolist()
    return list(zip([0, *ends[:-1]], parameters, strict=False))


def _room(parameter: Variable) -> int:
    """Numbers from its start to the next cache line that is free."""
    step = ALIGNMENT // 4
    return -(-parameter.data.size // step) * step


def _into_one(parameters: list[Variable], attribute: str) -> np.ndarray:
    """Moves one array of every parameter into one buffer, each to a cache line's start; returns the buffer."""
    places = _places(parameters)
    flat = aligned_zeros((places[-1][0] + _room(places[-1][1]) if places else 0,))
    for start, parameter in places:
        array = getattr(parameter, attribute)
        view = flat[start : start + array.size].reshape(array.shape)
        view[:] = array
        setattr(parameter, attribute, view)
    return flat
