"""What calls us while a loop runs: torch's own hooks, none of them in the model.

The hooks are torch's global ones, so that nothing is put into the model: what is copied or saved inside the block has
no trace of us, and torch's fused paths, which look for hooks in modules, are the ones it would take anyway. Those of
forward passes are in place during the steps that are looked at, those of optimisers always.
"""

from collections.abc import Callable

from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)


class PassHooks:
    """Calls `before(module)` and `after(module, inputs, output)` of every module in the process while switched on."""

    def __init__(self, before: Callable[[nn.Module], None], after: Callable[[nn.Module, tuple, object], None]):
        self._before, self._after = before, after
        self._handles: list = []

    def on(self) -> None:
        if not self._handles:
            self._handles = [
                register_module_forward_pre_hook(lambda module, inputs: self._before(module)),
                register_module_forward_hook(lambda module, inputs, output: self._after(module, inputs, output)),
            ]

    def off(self) -> None:
        while self._handles:
            self._handles.pop().remove()


class StepHooks:
    """Calls `before(optimiser)` and `after(optimiser)` around every step of one of torch's optimisers.

    A step inside another optimiser's step, and that of a parent class inside a child's, is part of it.
    """

    def __init__(self, before: Callable[[Optimizer], None], after: Callable[[Optimizer], None]):
        self._before, self._after = before, after
        self._stepping: Optimizer | None = None
        self._handles: list = []

    def on(self) -> None:
        self._handles = [
            register_optimizer_step_pre_hook(self._on_pre),
            register_optimizer_step_post_hook(self._on_post),
        ]

    def off(self) -> None:
        while self._handles:
            self._handles.pop().remove()

    def _on_pre(self, optimiser: Optimizer, args: tuple, kwargs: dict) -> None:
        if self._stepping is None or self._stepping is optimiser:  # again without an end: the last try failed
            self._stepping = optimiser
            self._before(optimiser)

    def _on_post(self, optimiser: Optimizer, args: tuple, kwargs: dict) -> None:
        if self._stepping is optimiser:
            self._stepping = None
            self._after(optimiser)
