"""What the app costs: a click on Train, a page's rerun, thirty people watching, one person watching a training run.

    python -m benchmarks.app

Starts the app as a user does, trains in it, and speaks its websocket (benchmarks/viewer.py), so that what is timed is
the whole way from the question to the last message of the answer, without a browser's drawing.
"""

import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.viewer import Viewer
from core.nn.presets import preset
from core.runs.store import Store
from core.training.config import of_preset
from explorer.navigation import PLACES
from tests.running_app import running_app
from tests.waiting import eventually

CLICK_MS, PAGE_MS, TICK_MS, LOST = 300, 150, 100, 0.03  # what we ask of ourselves
SESSIONS, CLICKS = 30, 9


def main() -> None:
    with tempfile.TemporaryDirectory() as home, running_app(Path(home)) as url:
        store = Store(home)
        asyncio.run(_click(url, store))
        asyncio.run(_pages(url, store))
        asyncio.run(_class(url, store))
        asyncio.run(_watched(url, store))


def _new_run(store: Store, name: str, steps: int) -> str:
    dataset = store.dataset("")
    return store.create(of_preset(preset(name), dataset, seed=1, steps=steps), dataset)


async def _click(url: str, store: Store) -> None:
    """From the click on Train to the 100th step, as the store tells it."""
    seconds = []
    for _ in range(CLICKS + 1):
        async with Viewer(url) as viewer:
            before = {run.id for run in store.runs()}
            start = time.perf_counter()
            press = asyncio.create_task(viewer.press("train_wavenet"))
            await asyncio.to_thread(eventually, lambda: _steps_of_new(store, before) >= 100, 60)  # noqa: B023
            seconds.append(time.perf_counter() - start)
            await press
            store.wish(store.runs()[0].id, "stop")
            await asyncio.to_thread(eventually, lambda: store.runs()[0].state == "stopped", 60)
    del seconds[0]  # the nursery may still have been warming up
    print(f"From the click on Train to 100 steps done, median of {CLICKS}")
    print(f"  {_ms(statistics.median(seconds))}, slowest {_ms(max(seconds))} (at most {CLICK_MS} ms)")


def _steps_of_new(store: Store, before: set[str]) -> int:
    return max((run.step for run in store.runs() if run.id not in before), default=0)


async def _pages(url: str, store: Store) -> None:
    run = _new_run(store, "wavenet", 200_000)
    print("\nA page's rerun with a finished 200,000-step run, median of 15 (training it first)")
    await asyncio.to_thread(eventually, lambda: store.run(run).state == "finished", 900, 0.2)
    for name in PLACES:
        async with Viewer(url, "" if name == "home" else name, f"run={run}") as viewer:
            seconds = [await viewer.rerun() for _ in range(16)][1:]
        print(f"  {name:16} {_ms(statistics.median(seconds)):>8}   (at most {PAGE_MS} ms)")


async def _class(url: str, store: Store) -> None:
    run = _new_run(store, "wavenet", 10_000_000)
    pages = ["train", "activations", "gradients"]
    async with AsyncExitStack() as stack:
        viewers = [Viewer(url, pages[i % len(pages)], f"run={run}") for i in range(SESSIONS)]
        for viewer in viewers:
            await stack.enter_async_context(viewer)
        await asyncio.gather(*(viewer.watch(3) for viewer in viewers))  # everybody has come in and sat down
        results = await asyncio.gather(*(viewer.watch(15) for viewer in viewers))
    seconds = sorted(s for result in results for s in result.seconds)
    p95 = seconds[int(0.95 * len(seconds))]
    print(f"\n{SESSIONS} sessions watch one training run, {len(seconds) / 15:.0f} ticks a second")
    print(f"  median {_ms(statistics.median(seconds))}, p95 {_ms(p95)} (at most {TICK_MS} ms)")
    print(f"  skipped {sum(result.skipped for result in results)} (none)")
    store.wish(run, "stop")


async def _watched(url: str, store: Store) -> None:
    """Interleaved: some seconds with one viewer who asks five times a second, some without any."""
    run = _new_run(store, "wavenet", 10_000_000)
    await asyncio.to_thread(eventually, lambda: store.run(run).step > 1000, 30, 0.05)
    ratios = []
    async with Viewer(url, "activations", f"run={run}") as viewer:
        for _ in range(12):
            alone = await _speed(store, run, asyncio.sleep(3))
            seen = await _speed(store, run, _five_a_second(viewer, 3))
            ratios.append(seen / alone)
    store.wish(run, "stop")
    lost = 1 - statistics.median(ratios)
    print("\nOne run, watched five times a second against not watched, 12 pairs of 3 s")
    print(f"  loses {lost:.1%} of its speed (at most {LOST:.0%})")


async def _speed(store: Store, run: str, meanwhile) -> float:
    start, begin = store.run(run).step, time.perf_counter()
    await meanwhile
    return (store.run(run).step - start) / (time.perf_counter() - begin)


async def _five_a_second(viewer: Viewer, seconds: float) -> None:
    viewer.fragments = dict.fromkeys(viewer.fragments, 0.2)
    await viewer.watch(seconds)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
