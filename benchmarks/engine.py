"""The engine against the course's style of loop: same numbers, how much faster, and what a look costs.

    python -m benchmarks.engine

Both take turns in one process, on one thread; ours with live frames on, five a second, as in the app. A round's ratio
is of two neighbouring turns, so that a machine that slows down slows both; printed is the median of the ratios.
"""

import os

from core.threads import ONE_THREAD

os.environ.update(ONE_THREAD)

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks import lecture_loop
from core.cli.results_table import machine
from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.training import probe
from core.training.config import of_preset
from core.training.trainer import Trainer

TARGETS = {"wavenet": 8.0, "wavenet-large": 5.0}  # times the course's loop
SIZES = {"wavenet": (10, 68), "wavenet-large": (24, 128)}  # numbers of a character, hidden ones
LOOK_EVERY = 0.2  # seconds
TURN = 0.15  # seconds of training before the other one's turn
CHECKED = 300  # steps whose losses must agree
TOLERANCE = 1e-5


class Ours:
    """A Trainer with live frames, looked at and serialised five times a second."""

    def __init__(self, name: str, dataset: Dataset):
        self.trainer = Trainer(of_preset(PRESETS[name], dataset), dataset)
        self.looked_at = 0.0

    def steps(self, n: int) -> np.ndarray:
        losses = np.empty(n, np.float32)
        due = time.perf_counter() - self.looked_at >= LOOK_EVERY
        self.trainer.advance(n, losses, self._look if due else None)
        return losses

    def _look(self, trainer: Trainer) -> None:
        self.looked_at = time.perf_counter()
        self.frame().to_bytes()

    def frame(self):
        trainer = self.trainer
        return probe.look(trainer.model, trainer.step, trainer.loss, trainer.lr(trainer.step))


class Theirs:
    """The course's loop, without frames."""

    def __init__(self, name: str, dataset: Dataset):
        examples = dataset.examples("train", PRESETS[name].context)
        self.contexts, self.targets = (torch.tensor(array) for array in examples)
        self.model, self.generator = lecture_loop.build(dataset.vocab_size, *SIZES[name], seed=42)

    def steps(self, n: int) -> np.ndarray:
        return np.array(
            [lecture_loop.step(self.model, self.contexts, self.targets, self.generator, 32, 0.1) for _ in range(n)]
        )


def rate(steps: Callable[[int], np.ndarray], seconds: float, chunk: int) -> float:
    """Steps per second over about that long."""
    taken, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        steps(chunk)
        taken += chunk
    return taken / elapsed


def compare(name: str, dataset: Dataset, rounds: int) -> float:
    """Prints one preset's figures; returns the median ratio."""
    ours, theirs = Ours(name, dataset), Theirs(name, dataset)
    difference = np.abs(ours.steps(CHECKED) - theirs.steps(CHECKED)).max()
    if not difference <= TOLERANCE:
        raise SystemExit(f"{name}: the losses differ by {difference:.1e} within {CHECKED} steps, at most 1e-5 may be.")
    ratios, rates = [], []
    for _ in range(rounds):
        slow, fast = rate(theirs.steps, TURN, 10), rate(ours.steps, TURN, 50)
        ratios.append(fast / slow)
        rates.append((fast, slow))
    fast, slow = np.median(rates, axis=0)
    look, serialise = refresh(ours)
    median = statistics.median(ratios)
    print(
        f"{name:14} {fast:6,.0f} steps/s, course's loop {slow:6,.0f}: {median:4.1f}x "
        f"({min(ratios):.1f} to {max(ratios):.1f}; target {TARGETS[name]:g}x), losses within {difference:.0e}; "
        f"a look {look:.2f} ms + {serialise:.2f} ms to bytes, {len(ours.frame().tensors)} tensors"
    )
    return median


def refresh(ours: Ours, times: int = 200) -> tuple[float, float]:
    """Median milliseconds of one look at everything, and of its serialisation."""
    looks, serialisations = [], []
    for _ in range(times):
        start = time.perf_counter()
        frame = ours.frame()
        middle = time.perf_counter()
        frame.to_bytes()
        looks.append(middle - start)
        serialisations.append(time.perf_counter() - middle)
    return statistics.median(looks) * 1e3, statistics.median(serialisations) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description="The engine against the course's style of loop.")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--data", type=Path, help="a text file of words (default: the built-in names)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    dataset = Dataset.from_file(arguments.data) if arguments.data else Dataset.builtin()
    print(f"{machine()}, one thread used; torch {torch.__version__}, numpy {np.__version__}")
    for name in TARGETS:
        compare(name, dataset, arguments.rounds)


if __name__ == "__main__":
    main()
