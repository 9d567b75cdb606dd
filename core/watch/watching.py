"""The block in which a loop of somebody's own is watched: what counts as a step, and which steps are looked at."""

import math
import time
import weakref
from collections.abc import Callable

import torch
from torch import nn
from torch.optim import Optimizer

from core.runs.watched import Watched
from core.training import moments
from core.training.frame import Frame
from core.watch.hooks import PassHooks, StepHooks
from core.watch.look import Layout, Look
from core.watch.tree import Tree, Weight

LIVE = 0.2  # seconds between two looks, at least, beside those that are kept
SHARE = 0.005  # of the time, at most, that goes into looks beside those that are kept


class Watching:
    """Counts the steps of a loop by its optimiser, and looks at those that are due.

    >>> watching = Watching(model, every=100, framed=journal.frame, stepped=journal.stepped)
    >>> watching.begin(); train(model); watching.end()

    A step is one step of the optimiser that first moved the model, however many passes went before it; a step of
    another one belongs to it. Where no optimiser of torch's moves the weights, but something does, a step ends where
    the next training pass begins. A training pass is one with gradients, in the mode in which the optimiser steps.

    `fused`: torch.compile has made one of the modules; they cannot be seen without taking that apart, which would give
    other bits: of such a model weights and their gradients are looked at, and no outputs.
    """

    def __init__(
        self,
        model: nn.Module,
        every: int,
        framed: Callable[[Frame], None],
        stepped: Callable[[int], None],
        fused: bool = False,
    ):
        self.model, self.every = model, every
        self.tree = Tree(model)
        self.news = True  # does `about` say more than when it was last asked?
        self._fused = fused or any(module._compiled_call_impl is not None for module in model.modules())
        self.steps = 0
        self.by_hand = False  # no optimiser of torch's moves the weights
        self.passes = 0  # that began, while they are counted: by hand alone
        self._lr = self._first_lr = math.nan  # the optimiser's, at the last step that was looked at and at the first
        self._framed, self._stepped = framed, stepped
        self._layout = Layout()
        self._calls: dict[str, int] = {}
        self._shapes: dict[str, tuple[tuple[int, ...], ...]] = {}
        self._optimised = False  # has one of torch's optimisers begun a step?
        self._lead: Optimizer | None = None
        self._followers: weakref.WeakSet[Optimizer] = weakref.WeakSet()  # that stepped since the lead did
        self._ours: weakref.WeakKeyDictionary[Optimizer, tuple[int, bool]] = weakref.WeakKeyDictionary()
        self._several = False  # do other optimisers than the lead step as well?
        self._look: Look | None = None  # at the step that goes on
        self._rest: Look | None = None  # at the step before, whose other optimisers are still to step
        self._training = True  # the mode of a training pass
        self._opener: nn.Module | None = None  # whose call begins a pass: the model, or what is called of it first
        self._inside = False
        self._looked_at, self._look_seconds = -math.inf, 0.0
        self._pass_hooks = PassHooks(self._before_module, self._after_module)
        self._step_hooks = StepHooks(self._before_step, self._after_step)

    def begin(self) -> None:
        self._step_hooks.on()
        self._look_at_next()

    def end(self) -> None:
        """What was begun is finished; torch calls nothing of ours any more."""
        self._step_hooks.off()
        self._finish_rest()
        look = self._look
        if not self._optimised and self.passes > self.steps and (look is None or look.moved(self.tree.weights)):
            self._end_by_hand(look)
        self._look = None
        self._pass_hooks.off()

    def about(self) -> Watched:
        """What is known of the model by now."""
        self.news = False
        return Watched(
            self.tree.modules(self._calls, self._shapes),
            self.every,
            None if self._lead is None else type(self._lead).__name__,
            self._first_lr if math.isfinite(self._first_lr) else None,
            self.tree.device(),
            torch.__version__,
        )

    # The optimiser's side

    def _before_step(self, optimiser: Optimizer) -> None:
        if not self._moves_ours(optimiser):
            return
        self._optimised, self.by_hand = True, False
        if optimiser is self._lead:
            self._finish_rest()
        look = self._rest or self._look
        if look is not None:
            look.before(self._weights_of(optimiser))

    def _after_step(self, optimiser: Optimizer) -> None:
        if not self._moves_ours(optimiser):
            return
        look = self._rest or self._look
        if look is not None:
            look.after(self._weights_of(optimiser))
        if self._lead is None or optimiser in self._followers:  # the lead has not stepped for a whole round
            self._lead, self.news = optimiser, True
        if optimiser is not self._lead:
            self._followers.add(optimiser)
            self._several = True
            return
        self._followers.clear()
        self._training = self.model.training
        look, self._look = self._look, None
        if look is not None:
            self._lr = float(optimiser.param_groups[0].get("lr", math.nan))
            if math.isnan(self._first_lr):
                self._first_lr = self._lr
        self._end_step(look, wait=self._several)

    def _moves_ours(self, optimiser: Optimizer) -> bool:
        """Asked at every step, so remembered; groups may be added."""
        groups, ours = self._ours.get(optimiser, (0, False))
        if groups != len(optimiser.param_groups):
            ours = bool(self._weights_of(optimiser))
            self._ours[optimiser] = len(optimiser.param_groups), ours
        return ours

    def _weights_of(self, optimiser: Optimizer) -> list[Weight]:
        return [
            self.tree.by_id[id(parameter)]
            for group in optimiser.param_groups
            for parameter in group["params"]
            if id(parameter) in self.tree.by_id
        ]

    # The model's side

    def _before_module(self, module: nn.Module) -> None:
        if module not in self.tree.paths or not self._is_training_pass():
            return
        if self._opener is None or module is self.model:
            self._opener = module
        if module is self._opener and torch._C._current_graph_task_id() == -1:
            self._inside = module is self.model
            self._pass_begins()

    def _after_module(self, module: nn.Module, inputs: tuple, output: object) -> None:
        if self._look is not None and module in self.tree.paths and (self._inside or self._is_training_pass()):
            self._look.output(module, inputs, output)
        if module is self.model:
            self._inside = False

    def _is_training_pass(self) -> bool:
        return torch.is_grad_enabled() and self.model.training == self._training

    def _pass_begins(self) -> None:
        if not self._optimised:
            self._pass_by_hand()
        if self._look is not None:
            self._look.new_pass()

    def _pass_by_hand(self) -> None:
        """The weights are as the last step left them: without an optimiser, it ended here."""
        look = self._look
        if self.by_hand:
            self._end_by_hand(look)
        elif self.passes and look is not None and look.moved(self.tree.weights):
            self.by_hand = True
            self._end_by_hand(look)
        self.passes = self.steps + 1
        if self._look is not None:
            self._look.before(self.tree.weights)

    def _end_by_hand(self, look: Look | None) -> None:
        if look is not None:
            look.gradients(self.tree.weights)
            look.after(self.tree.weights)
        self._look = None
        self._end_step(look, wait=False)
        self._pass_hooks.on()  # passes are all that there is to count

    # Both

    def _end_step(self, look: Look | None, wait: bool) -> None:
        self.steps += 1
        if look is not None:
            self._pass_hooks.off()
            self._rest = look
            look.step, look.lr = self.steps, self._lr
            if not wait:
                self._finish_rest()
        self._stepped(self.steps)
        self._look_at_next()

    def _finish_rest(self) -> None:
        look, self._rest = self._rest, None
        if look is None:
            return
        look.close()
        self.news |= not look.calls.keys() <= self._calls.keys()
        self._calls |= look.calls
        self._shapes |= look.shapes
        self._framed(look.frame(self._layout))
        self._looked_at, self._look_seconds = time.monotonic(), look.seconds

    def _look_at_next(self) -> None:
        step = self.steps + 1
        due = step % self.every == 0 or moments.after(self.steps) == step
        if due or time.monotonic() - self._looked_at >= max(LIVE, self._look_seconds / SHARE):
            self._look = Look(self.tree)
            if not self._fused:
                self._pass_hooks.on()
