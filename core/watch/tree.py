"""The modules and parameters of somebody's model, by their names.

>>> tree = Tree(model)
>>> tree.paths[model.encoder], tree.parameters[0].name
('encoder', 'encoder.weight')
"""

from dataclasses import dataclass

import torch
from torch.nn.parameter import UninitializedTensorMixin

from core.runs.watched import ROOT, Module


@dataclass(frozen=True)
class Weight:
    """A parameter under the first of its names, and the module that has it."""

    name: str
    layer: str
    parameter: torch.nn.Parameter


class Tree:
    def __init__(self, model: torch.nn.Module):
        self.model = model
        self.paths = {module: path or ROOT for path, module in model.named_modules()}
        self.weights = [Weight(n, n.rpartition(".")[0] or ROOT, p) for n, p in model.named_parameters()]
        self.by_id = {id(weight.parameter): weight for weight in self.weights}

    def modules(self, calls: dict[str, int], shapes: dict[str, tuple[tuple[int, ...], ...]]) -> tuple[Module, ...]:
        return tuple(
            Module(
                path,
                type(module).__name__,
                None if path == ROOT else path.rpartition(".")[0] or ROOT,
                sum(_size(p) for p in module.parameters()),
                sum(_size(p) for p in module.parameters() if p.requires_grad),
                calls.get(path, 0),
                shapes.get(path, ()),
            )
            for module, path in self.paths.items()
        )

    def device(self) -> str:
        return str(self.weights[0].parameter.device) if self.weights else "cpu"


def is_there(parameter: torch.nn.Parameter) -> bool:
    """A lazy module has its parameters, without numbers, before it is first called."""
    return not isinstance(parameter, UninitializedTensorMixin)


def _size(parameter: torch.nn.Parameter) -> int:
    return parameter.numel() if is_there(parameter) else 0
