"""A hierarchical network as causal convolutions, and back: the same weights under other names.

>>> wavenet = parse("Embedding(27, 10)\\nFlattenConsecutive(2)\\nLinear(20, 68)\\nTanh()\\nLinear(68, 27)")
>>> [str(spec) for spec in convolutional(wavenet)]
['Embedding(27, 10)', 'CausalConv1d(10, 68)', 'Tanh()', 'Linear(68, 27)']
>>> hierarchical(convolutional(wavenet)) == wavenet
True

FlattenConsecutive(n) and a Linear mix n neighbours; so does a CausalConv1d of kernel n, with the very same weight
(n * fan_in, fan_out), at every position instead of every n-th. One level up neighbours are n positions apart: that is
the dilation. So a state of one model is a state of the other (`converted`), and their logits agree, rounding apart.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from core.nn.notation import LayerSpec, canonical, parse

_BOTH = ("Embedding", "Linear", "BatchNorm1d", "Tanh", "ReLU")  # mean the same in both


class NotConvertible(ValueError):
    """One clear sentence: which layer has no counterpart, and why."""


def convolutional(specs: Sequence[LayerSpec]) -> list[LayerSpec]:
    """The same network as causal convolutions. Raises NotConvertible."""
    found: list[LayerSpec] = []
    waiting, dilation = None, 1  # a FlattenConsecutive whose Linear is to come; how far apart neighbours are by now
    for spec in specs:
        if waiting is not None and spec.kind != "Linear":
            raise NotConvertible(f"{waiting} is followed by {spec}: only a Linear right below it makes a convolution.")
        if waiting is not None:
            n, fan_in = waiting.arguments["n"], spec.arguments["fan_in"]
            sizes = {"kernel": n, "dilation": dilation, "bias": spec.arguments["bias"]}
            found.append(LayerSpec("CausalConv1d", (fan_in // n, spec.arguments["fan_out"]), sizes))
            waiting, dilation = None, dilation * n
        elif spec.kind == "FlattenConsecutive":
            waiting = spec
        else:
            found.append(_same(spec))
    if waiting is not None:
        raise NotConvertible(f"{waiting} comes last: only a Linear right below it makes a convolution.")
    return parse(canonical(found))


def hierarchical(specs: Sequence[LayerSpec]) -> list[LayerSpec]:
    """A stack of convolutions as a hierarchy that predicts once. Raises NotConvertible."""
    found: list[LayerSpec] = []
    apart = 1
    for spec in specs:
        if spec.kind != "CausalConv1d":
            found.append(_same(spec))
            continue
        sizes = spec.arguments
        if sizes["dilation"] != apart:
            raise NotConvertible(f"{spec} is no level of a hierarchy: its dilation there would be {apart}.")
        kernel, bias = sizes["kernel"], sizes["bias"]
        found.append(LayerSpec("FlattenConsecutive", (kernel,)))
        found.append(LayerSpec("Linear", (kernel * sizes["fan_in"], sizes["fan_out"]), {} if bias else {"bias": False}))
        apart *= kernel
    return parse(canonical(found))


def converted(state: Mapping[str, np.ndarray], like: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A model's `state()` under the names and shapes of another model's, of which one is the other as convolutions."""
    if [array.size for array in state.values()] != [array.size for array in like.values()]:
        raise ValueError("The states are of models with other layers: convert the model text as well.")
    return {name: array.reshape(other.shape) for (name, other), array in zip(like.items(), state.values(), strict=True)}


def _same(spec: LayerSpec) -> LayerSpec:
    if spec.kind not in _BOTH:
        raise NotConvertible(f"{spec} has no counterpart: only plain stacks convert, of {', '.join(_BOTH)}.")
    if spec.arguments.get("dims") == 0:
        raise NotConvertible(f"{spec} keeps statistics for each position apart: sliding along, positions are alike.")
    return spec
