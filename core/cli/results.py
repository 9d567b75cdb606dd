"""`python -m core results --data FILE`: trains every preset as the course does, and sets its losses beside ours."""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from core.cli import data, results_table
from core.cli.errors import UsageError
from core.dataset import Dataset
from core.nn.presets import PRESETS, preset
from core.runs.info import ENDED, RunInfo
from core.runs.results import PUBLISHED, of_run, to_json
from core.runs.store import Store
from core.spelling import number
from core.training.config import RunConfig, of_preset

INTERRUPTED = (
    "Interrupted: what was trained is kept. The same command goes on from there; until then the other runs wait in the "
    "queue, where the app would take them."
)


def add(verbs) -> None:
    parser = verbs.add_parser(
        "results",
        help="train every preset and compare its losses with the course's",
        description="Several presets train at a time. Cut short and started again, it goes on where it was.",
    )
    parser.add_argument("--data", metavar="FILE", help="a text file with one word a line (default: the built-in names)")
    parser.add_argument("--seed", type=int, default=RunConfig.seed, metavar="N", help="default: %(default)s")
    parser.add_argument("--steps", type=int, metavar="N", help="at most so many steps each (default: the preset's)")
    parser.add_argument("--presets", metavar="A,B", help=f"only these (default: {','.join(PRESETS)})")
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        help=f"write results.md and results.json there (default: {PUBLISHED.parent.name}, if nothing is left out)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON list instead of the table")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    from core.runs.many import train_all

    dataset = data.chosen(options.data)
    configs = [_config(name, dataset, options) for name in _names(options.presets)]
    for config in configs:
        config.shapes(dataset)  # what cannot be trained leaves no run behind
    whole = options.presets is None and options.steps is None
    folder = options.out or (PUBLISHED.parent if whole else None)
    with _Progress(configs) as progress:
        try:
            infos = train_all(Store(), configs, dataset, progress)
        except KeyboardInterrupt:
            print(INTERRUPTED, file=sys.stderr)
            raise
    for info in infos:
        if info.state != "finished":
            print(f"{info.id} {info.state}: {info.message or 'it was stopped; start again to go on'}", file=sys.stderr)
    results = [of_run(i, config) for i, config in zip(infos, configs, strict=True) if i.state == "finished"]
    table = results_table.table(results)
    print(to_json(results) if options.json else table, end="")
    if folder is not None:
        _write(folder, to_json(results), results_table.page(table, results, dataset, options.seed))
        print(f"Written to {folder / 'results.md'} and results.json.", file=sys.stderr)
    return 0 if len(results) == len(configs) else 1


def _names(text: str | None) -> list[str]:
    """In the order of the presets. Raises PresetError."""
    chosen = PRESETS if text is None else [preset(name.strip()).name for name in text.split(",") if name.strip()]
    if not chosen:
        raise UsageError("--presets names none: write for example --presets mlp,wavenet.")
    return [name for name in PRESETS if name in chosen]


def _config(name: str, dataset: Dataset, options: argparse.Namespace) -> RunConfig:
    config = of_preset(preset(name), dataset, seed=options.seed)
    return config if options.steps is None else replace(config, steps=min(options.steps, config.steps))


def _write(folder: Path, results: str, page: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(results, "utf-8")
        (folder / "results.md").write_text(page, "utf-8")
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror}): name another folder with --out.") from None


class _Progress:
    """A bar over all steps of all runs on a terminal, and everywhere a line on stderr as each ends."""

    def __init__(self, configs: list[RunConfig]):
        self._total = sum(config.steps for config in configs)
        self._ended: set[str] = set()

    def __enter__(self) -> "_Progress":
        self._bar = tqdm(total=self._total, unit="step", disable=not sys.stderr.isatty())
        return self

    def __exit__(self, *_) -> None:
        self._bar.close()

    def __call__(self, infos: Mapping[str, RunInfo]) -> None:
        self._bar.set_postfix_str(", ".join(info.id for info in infos.values() if info.live), refresh=False)
        self._bar.update(sum(info.step for info in infos.values()) - self._bar.n)
        for info in infos.values():
            if info.state in ENDED and info.id not in self._ended:
                self._ended.add(info.id)
                self._bar.write(_line(info), file=sys.stderr)


def _line(info: RunInfo) -> str:
    if info.state != "finished":
        return f"{info.id} {info.state} at step {info.step:,}"
    losses = (f"{name} {number(x, '.4f')}" for name, x in (("train", info.train_loss), ("val", info.val_loss)) if x)
    return f"{info.id} finished: {', '.join(losses)}"
