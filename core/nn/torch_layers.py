"""torch.nn modules as layers: the adapter through which recurrent networks and attention join the engine.

>>> layer = GRU(24, 128)
>>> layer.connect(x).shape      # x: (32, 8, 24)
(32, 8, 128)

torch computes forward and backward; data, gradients and parameters live in the engine's own arrays (a torch tensor can
be a view of one), so that descent, checkpoints, probes and lenses treat these layers as any other. Parameters keep
torch's names and start as torch draws them by default.
"""

import threading
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.func import functional_call

from core.nn.layers import Layer
from core.nn.variable import Variable

_DRAWING = threading.Lock()  # torch's own generator is one for all threads


class TorchLayer(Layer):
    """A torch.nn module that reads (B, T, C) and gives as many positions, (B, T, C'). A subclass says how to call it.

    `make` makes the module with new weights; they are drawn with torch's own generator, seeded from the model's.
    """

    def __init__(self, make: Callable[[], nn.Module], channels: int):
        self._make, self._module, self._channels = make, _without_weights(make), channels
        self.parameter_names = tuple(name for name, _ in self._module.named_parameters())
        for name, parameter in self._module.named_parameters():
            setattr(self, name, Variable.empty(name, tuple(parameter.shape)))

    def call(self, module: Callable[..., Tensor], x: Tensor) -> Tensor:
        """The module's output for x."""
        raise NotImplementedError

    def draw(self, generator):
        seed = int(torch.randint(0, 2**31, (), generator=generator))
        with _DRAWING, torch.random.fork_rng(devices=()):
            torch.manual_seed(seed)
            drawn = self._make()
        for variable, parameter in zip(self.parameters(), drawn.parameters(), strict=True):
            variable.data[:] = parameter.detach().numpy()

    def shape(self, shape):
        return (*shape[:-1], self._channels)

    def connect(self, x):
        out = super().connect(x)
        self._weights = {
            name: torch.from_numpy(variable.data).requires_grad_()
            for name, variable in zip(self.parameter_names, self.parameters(), strict=True)
        }
        self._inputs = [torch.from_numpy(x.data).requires_grad_(), *self._weights.values()]
        self._grads = [x.grad, *(variable.grad for variable in self.parameters())]
        self._out_grad = torch.from_numpy(out.grad)
        return out

    def twin(self):
        other = super().twin()
        other._module = _without_weights(self._make)  # while a module is called, the weights it is given stand in it
        return other

    def forward(self, training=True):
        def module(*args, **kwargs):
            return functional_call(self._module, self._weights, args, kwargs)

        with torch.enable_grad():
            self._result = self.call(module, self._inputs[0])
        self.out.data[:] = self._result.detach().numpy()

    def backward(self, training=True):
        grads = torch.autograd.grad(self._result, self._inputs, self._out_grad, retain_graph=True)
        for array, grad in zip(self._grads, grads, strict=True):
            array[:] = grad.numpy()


def _without_weights(make: Callable[[], nn.Module]) -> nn.Module:
    """The module as a form to be filled: nothing is drawn, no memory taken."""
    with torch.device("meta"):
        return make()


class _Recurrent(TorchLayer):
    module: ClassVar[type[nn.RNNBase]]

    def __init__(self, fan_in: int, hidden: int):
        super().__init__(lambda: self.module(fan_in, hidden, batch_first=True), hidden)

    def call(self, module, x):
        out, _ = module(x)
        return out


class RNN(_Recurrent):
    """torch.nn.RNN: a state, carried from position to position, is all it remembers; tanh of a sum of two products."""

    module = nn.RNN


class GRU(_Recurrent):
    """torch.nn.GRU: gates decide how much of the state is replaced."""

    module = nn.GRU


class LSTM(_Recurrent):
    """torch.nn.LSTM: gates, and a second state that is only added to."""

    module = nn.LSTM


class TransformerEncoderLayer(TorchLayer):
    """torch.nn.TransformerEncoderLayer with a causal mask, norms first and no dropout: attention, then two Linear."""

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int):
        def make():
            return nn.TransformerEncoderLayer(
                d_model, nhead, dim_feedforward, dropout=0.0, batch_first=True, norm_first=True
            )

        super().__init__(make, d_model)

    def call(self, module, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return module(x, src_mask=mask, is_causal=True)
