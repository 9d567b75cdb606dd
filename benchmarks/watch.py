"""Watching a loop: what it costs a training step, beside TensorBoard's add_histogram for the same tensors.

    python -m benchmarks.watch

Models of a million parameters and more, AdamW. Blocks of `every` steps, of which one is looked at, go in turns without
an instrument, watched, and with TensorBoard (outputs, their gradients, weights and weight gradients as histograms, and
the loss). Counted is the processor time of this process, so that others on the machine matter little; what is printed
is the median of the blocks' ratios.
"""

import os

from core.threads import ONE_THREAD

os.environ.update(ONE_THREAD)

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from core.cli.results_table import machine
from core.runs.store import Store
from core.watch import watch

LIMIT = 3.0  # percent of a step, on average: what we ask of ourselves
WARM_UP = 25  # steps until what each of the three needs is loaded, and most log-spaced frames are past


class Loop:
    """One model and its loop, `step()` by `step()`; equal loops compute the same."""

    def __init__(self, make: Callable[[], nn.Module], batch: Callable[[], tuple[Tensor, Tensor]]):
        torch.manual_seed(0)
        self.model, (self.inputs, self.targets) = make(), batch()
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=1e-4)

    def step(self, seen: Callable[[], None] = lambda: None) -> Tensor:
        """`seen` is called between the backward pass and the update, as TensorBoard is in a usual loop."""
        logits = self.model(self.inputs)
        loss = nn.functional.cross_entropy(logits.flatten(0, -2), self.targets.flatten())
        self.optimiser.zero_grad()
        loss.backward()
        seen()
        self.optimiser.step()
        return loss


class Histograms:
    """add_histogram of the tensors that watch sees, as one would write it by hand, with forward hooks."""

    def __init__(self, loop: Loop, folder: str):
        self.loop, self.writer = loop, SummaryWriter(folder)
        self.outputs: dict[str, Tensor] = {}

    def step(self, number: int, looked_at: bool) -> None:
        if not looked_at:
            self.writer.add_scalar("loss", self.loop.step().item(), number)
            return
        handles = [
            module.register_forward_hook(lambda module, inputs, out, name=name: self._keep(name or "model", out))
            for name, module in self.loop.model.named_modules()
        ]
        loss = self.loop.step(lambda: self._write(number))
        self.writer.add_scalar("loss", loss.item(), number)
        for handle in handles:
            handle.remove()
        self.outputs.clear()

    def _keep(self, name: str, out: object) -> None:
        for i, tensor in enumerate(out if isinstance(out, tuple) else (out,)):
            if isinstance(tensor, Tensor):
                tensor.retain_grad()
                self.outputs[f"{name}/{i}"] = tensor

    def _write(self, number: int) -> None:
        for name, out in self.outputs.items():
            self.writer.add_histogram(f"output/{name}", out, number)
            if out.grad is not None:
                self.writer.add_histogram(f"gradient/{name}", out.grad, number)
        for name, parameter in self.loop.model.named_parameters():
            self.writer.add_histogram(f"weight/{name}", parameter, number)
            if parameter.grad is not None:
                self.writer.add_histogram(f"weight gradient/{name}", parameter.grad, number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="rounds of `every` steps of each kind (default: 7)")
    parser.add_argument("--model", choices=[name for name, *_ in MODELS], help="one of them (default: all)")
    parser.add_argument("--every", type=int, default=100, help="steps from frame to frame (default: 100)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{machine()}, one thread used; torch {torch.__version__}")
    for name, make, batch in MODELS:
        if options.model not in (None, name):
            continue
        _measure(name, make, batch, options.rounds, options.every)


def _measure(name: str, make: Callable, batch: Callable, rounds: int, every: int) -> None:
    plain, watched, tensorboard = (Loop(make, batch) for _ in range(3))
    with ExitStack() as leave:
        folder = leave.enter_context(tempfile.TemporaryDirectory())
        histograms = Histograms(tensorboard, folder)
        leave.callback(histograms.writer.close)
        run = leave.enter_context(watch(watched.model, name=name, every=every, store=Store(folder)))
        ways = {
            "plain": lambda number: plain.step(),
            "watched": lambda number: run.log(watched.step()),
            "TensorBoard": lambda number: histograms.step(number, number % every == 0 or number <= 2),
        }
        for number in range(1, WARM_UP + 1):
            for way in ways.values():
                way(number)
        seconds = {way: [] for way in ways}
        number = WARM_UP
        while number % every:  # a round ends with the step that is looked at
            number += 1
            for way in ways.values():
                way(number)
        for _ in range(rounds):
            for way, step in ways.items():
                began = time.process_time()
                for done in range(1, every + 1):
                    step(number + done)
                seconds[way].append((time.process_time() - began) / every)
            number += every
        size = sum(parameter.numel() for parameter in watched.model.parameters())
        step = statistics.median(seconds["plain"])
        print(f"{name}: {size:,} parameters, {1000 * step:.1f} ms a step, a frame every {every} steps")
        for way in ("watched", "TensorBoard"):
            extra = statistics.median(
                100 * (with_it / without - 1) for with_it, without in zip(seconds[way], seconds["plain"], strict=True)
            )
            limit = f", at most {LIMIT:g}% wanted" if way == "watched" else ""
            print(f"  {way:12} {extra:+6.2f}% of a step on average{limit}")


class Characters(nn.Module):
    """A small GPT of torch's own layers: logits (B, T, V) of characters."""

    def __init__(self, vocab: int = 64, width: int = 128, layers: int = 6):
        super().__init__()
        self.embedding = nn.Embedding(vocab, width)
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, dropout=0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, vocab)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(self.embedding(x)))


def perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(256, 1024), nn.Tanh(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 64))


def convolutions() -> nn.Module:
    def block(before: int, after: int) -> list[nn.Module]:
        return [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(inplace=True), nn.MaxPool2d(2)]

    layers = [*block(3, 32), *block(32, 128), *block(128, 256), *block(256, 288)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(288, 10))


MODELS = (
    ("perceptron", perceptron, lambda: (torch.randn(64, 256), torch.randint(0, 64, (64,)))),
    ("convolutions", convolutions, lambda: (torch.randn(8, 3, 16, 16), torch.randint(0, 10, (8,)))),
    ("transformer", Characters, lambda: (torch.randint(0, 64, (8, 32)), torch.randint(0, 64, (8, 32)))),
)

if __name__ == "__main__":
    main()
