"""Training in this process: a progress bar meanwhile, a summary or JSON at the end."""

import json
import math
import os
import sys

from tqdm import tqdm

from core import spelling
from core.runs.info import RunInfo
from core.runs.process import Priority
from core.runs.signals import Signals
from core.runs.store import Store
from core.runs.worker import Worker
from core.training.trainer import weights_sha256


def train_here(store: Store, run_id: str, as_json: bool) -> int:
    """Trains a run that this process holds and has taken, prints how it went, and returns the exit status."""
    Priority(haste=0).make_way()
    info = store.run(run_id)
    bar = _bar(info)

    def progress(step: int, loss: float) -> None:
        bar.set_postfix_str(f"loss {spelling.loss(loss)}", refresh=False)
        bar.update(step - bar.n)

    def notice(sentence: str) -> None:
        bar.write(sentence, file=sys.stderr)

    with Signals() as signals, bar:
        Worker(store, run_id, lambda: signals.received is not None, progress, notice).run()
    info = store.run(run_id)
    print(json.dumps(result(store, info)) if as_json else summary(store, info))
    if info.state == "finished":
        return 0
    sys.stdout.flush()
    print(_ended(info, signals), file=sys.stderr)
    return 128 + signals.received if signals.received else 1


def _bar(info: RunInfo) -> tqdm:
    """On a terminal only; one that does not know its size counts as 80 by 24."""
    terminal = sys.stderr.isatty()
    sized = terminal and os.get_terminal_size(sys.stderr.fileno()).columns > 0
    return tqdm(
        total=info.steps,
        initial=info.step,
        desc=info.id,
        unit="step",
        ncols=None if sized else 80,
        nrows=None if sized else 24,
        dynamic_ncols=sized,
        disable=not terminal,
    )


def result(store: Store, info: RunInfo) -> dict:
    """What `--json` prints. Losses that are not finite are null: JSON has no NaN."""
    config = store.config(info.id)
    checkpoint = store.checkpoint(info.id)
    return {
        "run": info.id,
        "name": info.name,
        "preset": info.preset,
        "seed": config.seed,
        "state": info.state,
        "step": info.step,
        "steps": info.steps,
        "parameters": info.parameters,
        "losses": [loss if math.isfinite(loss) else None for loss in store.losses(info.id).tolist()],
        "train_loss": info.train_loss,
        "val_loss": info.val_loss,
        "steps_per_second": info.steps_per_second,
        "weights_sha256": weights_sha256(checkpoint[1]) if checkpoint else None,
        "message": info.message,
    }


def summary(store: Store, info: RunInfo) -> str:
    """What is printed without `--json`."""
    lines = [
        f"run         {info.id}",
        f"state       {info.state}",
        f"parameters  {info.parameters:,}",
        f"steps       {info.step:,} of {info.steps:,}" + _speed(info),
    ]
    losses = store.losses(info.id)
    if len(losses):
        last = losses[-1000:]
        lines.append(f"last losses {spelling.loss(last.mean(), 4)} (mean of the last {len(last):,} steps)")
    if info.state == "finished":
        lines += [f"train loss  {_loss(info.train_loss)}", f"val loss    {_loss(info.val_loss)}"]
    sampled = store.samples(info.id)
    if sampled:
        lines.append(f"samples     {', '.join(sampled[1])}")
    return "\n".join(lines)


def _speed(info: RunInfo) -> str:
    return f", {info.steps_per_second:,.0f} a second" if info.steps_per_second else ""


def _loss(loss: float | None) -> str:
    return "NaN" if loss is None else spelling.loss(loss, 4)


def _ended(info: RunInfo, signals: Signals) -> str:
    if info.state in ("diverged", "failed"):
        return info.message
    who = "" if signals.received else " by a wish in the app"
    return f"Stopped{who} at step {info.step:,}: `python -m core resume {info.id}` goes on from there."
