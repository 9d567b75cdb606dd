"""The course's table of losses, with this machine's beside it, as Markdown."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.runs.limit import workers
from core.runs.results import Result

HEAD = ("preset", "parameters", "steps", "train, here", "train, course", "val, here", "val, course", "seconds")


def table(results: Sequence[Result]) -> str:
    """One row a preset; "-" where there is no such figure.

    >>> print(table([Result("mlp", 12097, 200000, 2.0581, 2.1052, 11.2)]))
    """
    rows = [HEAD, *map(_row, results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines) + "\n"


def page(table: str, results: Sequence[Result], dataset: Dataset, seed: int) -> str:
    """`docs/results.md`."""
    missing = [name for name in PRESETS if name not in {result.preset for result in results}]
    command = f"python -m core results --data {dataset.name} --seed {seed}"
    parts = [
        "# Results",
        f"Every preset, trained with its own settings (`python -m core presets --json` lists them) on {dataset.name}: "
        f"{len(dataset.words):,} words, {dataset.size('train'):,} examples to train on, {dataset.size('val'):,} to "
        "judge by.",
        f"```sh\n{command}\n```",
        table.rstrip("\n"),
        "Losses are in nats a character, in evaluation mode, over the whole of the split: lower is better. The "
        "bigrams learn from all words, so that their loss is over all words and none is left to judge them by; the "
        "course's figure for `bigram-nn` includes its penalty on large weights, ours does not. The "
        "course gives no losses for `deep-mlp` and only announces the models from `wavenet-conv` on: their settings "
        "are ours, and so is their number of steps.",
        *([f"Not finished, so not here: {', '.join(missing)}."] if missing else []),
        f"Seconds are of training, at most {workers()} at a time on {machine()}; a run that shares a core with other "
        "work takes longer. The time that a run was interrupted does not count.",
    ]
    return "\n\n".join(parts) + "\n"


def machine() -> str:
    """In general words: "2 cores (AMD EPYC)"."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    cores = os.cpu_count() or 1
    return f"{cores} core{'s' * (cores > 1)} ({model or platform.processor() or platform.machine()})"


def _row(result: Result) -> tuple[str, ...]:
    course = PRESETS[result.preset]
    return (
        f"`{result.preset}`",
        f"{result.parameters:,}",
        f"{result.steps:,}",
        _loss(result.train_loss, 4),
        _loss(course.train_loss, 4 if result.preset == "bigram" else 3),
        _loss(result.val_loss, 4),
        _loss(course.val_loss, 3),
        "-" if result.seconds is None else f"{result.seconds:,.0f}",
    )


def _loss(loss: float | None, digits: int) -> str:
    return "-" if loss is None else f"{loss:.{digits}f}"
