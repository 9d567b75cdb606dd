"""The run store and the nursery: from a request to training, from a wish to its effect, and what reads and writes cost.

    python -m benchmarks.store

Starts a nursery of its own in a temporary folder. Seen through the store, as a page sees it.
"""

import os

from core.threads import ONE_THREAD

os.environ.update(ONE_THREAD)

import argparse
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable

import numpy as np

from core.cli.results_table import machine
from core.nn.presets import preset
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.runs.supervisor import Supervisor, start_nursery
from core.training import probe
from core.training.config import RunConfig, of_preset
from core.training.frame import Frame
from core.training.trainer import Trainer

START_LIMIT, WISH_LIMIT = 300, 300  # ms: what we ask of ourselves
STEPS = 200_000
PATIENCE = 120.0  # seconds until a benchmark gives up


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9, help="of starting, pausing, stepping, stopping (default: 9)")
    rounds = parser.parse_args().rounds
    print(f"{machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as home:
        store = Store(home)
        began = time.perf_counter()
        nursery = start_nursery(home)
        try:
            first = _create(store, nursery)
            _until(lambda: store.run(first).state == "running")
            print(f"nursery: {time.perf_counter() - began:.1f} s from nothing to the first run")
            store.wish(first, "stop")
            for name in ("wavenet", "wavenet-large"):
                _verbs(store, nursery, name, rounds)
        finally:
            nursery.close()
    with tempfile.TemporaryDirectory() as home:
        _read_and_write(Store(home))


def _verbs(store: Store, nursery: Supervisor, name: str, rounds: int) -> None:
    """Each is timed from the call to the store that asks for it, to the store's saying that it is so."""
    times: dict[str, list[float]] = {verb: [] for verb in ("100 steps done", "pause", "step 1", "play", "stop")}
    for _ in range(rounds):
        began = time.perf_counter()
        run_id = _create(store, nursery, name)
        _until(lambda: store.run(run_id).step >= 100)  # noqa: B023
        times["100 steps done"].append(time.perf_counter() - began)
        times["pause"].append(_time(lambda: store.wish(run_id, "pause"), lambda: store.run(run_id).state == "paused"))  # noqa: B023
        step = store.run(run_id).step
        times["step 1"].append(_time(lambda: store.advance(run_id, 1), lambda: store.run(run_id).step == step + 1))  # noqa: B023
        times["play"].append(_time(lambda: store.wish(run_id, "run"), lambda: store.run(run_id).step > step + 1))  # noqa: B023
        times["stop"].append(_time(lambda: store.wish(run_id, "stop"), lambda: store.run(run_id).state == "stopped"))  # noqa: B023
    for verb, taken in times.items():
        limit = START_LIMIT if verb == "100 steps done" else WISH_LIMIT
        print(f"{name}: {verb:14} {_ms(taken)}, at most {limit} ms wanted")


def _read_and_write(store: Store) -> None:
    """A 200,000-step run as it is read by pages, with a writer at work beside the readers."""
    config = RunConfig(model=preset("wavenet").text(27), preset="wavenet")
    run_id = store.create(config, store.dataset(""), taken=store.new_id("wavenet"))
    trainer, frames = Trainer(config, store.dataset("")), []
    trainer.advance(2, look=lambda t: frames.append(probe.look(t.model, t.step, t.loss, t.lr(t.step))))
    recorder = Recorder(store.database, run_id)
    recorder.losses(1, np.random.default_rng(0).random(STEPS, np.float32))
    recorder.frame(frames[0], keep=True)
    recorder.checkpoint(trainer.checkpoint(), keep=False)
    recorder.flush()

    writes, ended = [], threading.Event()
    writer = threading.Thread(target=_write, args=(store, run_id, frames[0], writes, ended))
    writer.start()
    reads = {
        "run": lambda: store.run(run_id),
        "200,000 losses": lambda: store.losses(run_id),
        "newest losses": lambda: store.losses(run_id, start=STEPS - 1000),
        "live frame": lambda: store.frame(run_id),
        "checkpoint": lambda: store.checkpoint(run_id),
    }
    for what, read in reads.items():
        print(f"read {what:15} {_ms([_time(read) for _ in range(200)])}")
    ended.set()
    writer.join()
    print(f"write losses, live frame and status {_ms(writes)}, five times a second")


def _write(store: Store, run_id: str, frame: Frame, writes: list[float], ended: threading.Event) -> None:
    """What a worker writes five times a second, faster."""
    recorder, step = Recorder(store.database, run_id), STEPS
    while not ended.wait(0.01):
        recorder.losses(step + 1, np.zeros(1500, np.float32))
        recorder.frame(frame, keep=False)
        recorder.status(step=step, steps_per_second=7500.0)
        writes.append(_time(recorder.flush))
        step += 1500


def _create(store: Store, nursery: Supervisor, name: str = "wavenet") -> str:
    dataset = store.dataset("")
    run_id = store.create(of_preset(preset(name), dataset), dataset)
    nursery.poke()
    return run_id


def _time(ask: Callable, done: Callable = lambda: True) -> float:
    began = time.perf_counter()
    ask()
    _until(done)
    return time.perf_counter() - began


def _until(done: Callable) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("The nursery does not do what it is asked: see what it printed.")
        time.sleep(0.001)


def _ms(seconds: list[float]) -> str:
    middle, high = statistics.median(seconds), np.percentile(seconds, 95)
    return f"median {1000 * middle:7.2f} ms, p95 {1000 * high:7.2f} ms"


if __name__ == "__main__":
    main()
