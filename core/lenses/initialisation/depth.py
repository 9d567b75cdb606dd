"""How large signals are in a deep network at its start: what theory expects of each layer, and what is measured.

>>> expected(TANH, gain=5 / 3, layers=50, norm=False).activations[-1]       # std of the 50th layer's outputs
0.6484...
>>> measured(RELU, gain=2**0.5, layers=20, norm=True, width=200).gradients

The network is `layers` times Linear (weights randn * gain / sqrt(width), no bias), BatchNorm if `norm`, nonlinearity f.
Its input is drawn from N(0, 1), and so is the gradient that is sent back from the last layer's output.

Theory, for layers so wide that their sums are Gaussian: if the outputs of a layer have the second moment q, the sums
that the next one makes are N(0, v) with v = gain^2 * q, and its outputs have q' = E[f(z)^2], z ~ N(0, v). Going back,
the variance of the gradient is multiplied by gain^2 * E[f'(z)^2] a layer. BatchNorm sets v = 1 whatever the gain; the
gradient's variance is then multiplied by E[f'(z)^2] / Var[f(z)]: the norm divides by the deviation that it took out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

EPS = 1e-5
BATCH = 128
_Z = np.linspace(-12, 12, 20_000)  # where expectations over N(0, 1) are summed up: symmetric, without the kink at 0
_DENSITY = np.exp(-(_Z**2) / 2)
_DENSITY /= _DENSITY.sum()


@dataclass(frozen=True)
class Nonlinearity:
    name: str
    gain: float  # the usual one
    gain_written: str
    f: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    apply: Callable[[torch.Tensor], torch.Tensor]  # f again, for autograd


LINEAR = Nonlinearity("linear", 1.0, "1", lambda z: z, np.ones_like, lambda x: x)
TANH = Nonlinearity("tanh", 5 / 3, "5/3", np.tanh, lambda z: 1 - np.tanh(z) ** 2, torch.tanh)
RELU = Nonlinearity("ReLU", 2**0.5, "√2", lambda z: np.maximum(z, 0), lambda z: np.heaviside(z, 0.5), torch.relu)
NONLINEARITIES = {f.name: f for f in (LINEAR, TANH, RELU)}


@dataclass(frozen=True)
class Signals:
    """Standard deviations at the outputs of each layer, from the first to the last: float64 (layers,) each."""

    activations: np.ndarray
    gradients: np.ndarray


def expected(f: Nonlinearity, gain: float, layers: int, norm: bool) -> Signals:
    """What theory says; see above."""
    activations, factors = np.empty(layers), np.empty(layers)  # factors[l]: of the gradient's variance, through layer l
    second, spread = 1.0, 1.0  # of the layer before: E[h^2] and Var[h]
    for layer in range(layers):
        v = 1.0 if norm else gain**2 * second
        z = _Z * v**0.5
        h = f.f(z)
        factors[layer] = _mean(f.slope(z) ** 2) * (1 / spread if norm else gain**2)
        second = _mean(h**2)
        spread = second - _mean(h) ** 2
        activations[layer] = spread**0.5
    back = np.cumprod(factors[:0:-1])[::-1]  # from the last layer down to the one above each
    return Signals(activations, np.append(back, 1.0) ** 0.5)


def measured(f: Nonlinearity, gain: float, layers: int, norm: bool, width: int, seed: int = 42) -> Signals:
    """Of one network with `width` units a layer, on one batch of BATCH examples.

    Signals are float32, which bears a gain of 3 over 50 layers; their squares are not.
    """
    generator = torch.Generator().manual_seed(seed)

    def randn(rows: int) -> torch.Tensor:
        return torch.randn(rows, width, generator=generator)

    h, outputs = randn(BATCH).requires_grad_(), []
    for _ in range(layers):
        a = h @ (randn(width) * (gain / width**0.5))  # (BATCH, width) @ (width, width)
        if norm:
            a = (a - a.mean(0)) / (a.var(0, unbiased=False) + EPS).sqrt()
        h = f.apply(a)
        outputs.append(h)
    grads = torch.autograd.grad(h, outputs, randn(BATCH))
    return Signals(
        np.array([o.double().std().item() for o in outputs]), np.array([g.double().std().item() for g in grads])
    )


def _mean(values: np.ndarray) -> float:
    """E[values(z)] for z ~ N(0, 1)."""
    return float((values * _DENSITY).sum())
