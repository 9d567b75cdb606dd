"""What a user can ask for: train, fork, play, pause, step, stop, resume, name, star, delete, keep words. Callbacks.

    >>> st.button("Pause", on_click=verbs.pause, args=(info.id,))

A verb that cannot be done leaves one sentence, which the entry script shows (`take_notice`). The store is told what is
wanted; a worker follows within some 50 ms, and a verb waits that long, so the page it comes back to is true.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from core.dataset import Dataset, DatasetError
from core.nn.notation import ModelTextError
from core.nn.presets import preset
from core.runs.errors import NotForkable, NotResumable, StoreError
from core.runs.info import ACTIVE, RunInfo
from core.runs.watched import Recording
from core.training.config import ConfigError, RunConfig, of_preset
from explorer import nursery, session
from explorer.feeds import recorded

PATIENCE = 0.25  # seconds
DOUBLE_CLICK = 0.5  # seconds
_NOTICE = "notice"
_asked: dict[str | None, tuple[tuple, float]] = {}  # by visitor: what was last to be trained, and when
_asking = threading.Lock()


def train(config: RunConfig, dataset: Dataset | None = None) -> None:
    """Create a run, make it the current one, and have it trained. Without a dataset: the built-in names.

    A double click makes one run.
    """

    def create() -> None:
        words = dataset or recorded.store().dataset("")
        if _asked_before((recorded.store().home, config, words.sha256)):
            return
        run_id = recorded.store().create(config, words)
        nursery.poke()
        session.choose(run_id)
        _settle(run_id, lambda info: info.step > 0)

    _try(create)


def train_preset(name: str) -> None:
    """Train a preset of the course as it is trained there, on the built-in names."""
    train(of_preset(preset(name), recorded.store().dataset("")))


def play(run_id: str) -> None:
    _switch(run_id, lambda: recorded.store().wish(run_id, "run"), lambda info: info.state != "paused")


def pause(run_id: str) -> None:
    _switch(run_id, lambda: recorded.store().wish(run_id, "pause"), lambda info: info.state != "running")


def step(run_id: str, steps: int) -> None:
    """Take so many steps, then pause; the moment follows them. A run that plays plays on."""
    session.choose(run_id)
    target = recorded.store().run(run_id).step + steps
    _wish(run_id, lambda: recorded.store().advance(run_id, steps), lambda info: info.step >= target)


def stop(run_id: str) -> None:
    _wish(run_id, lambda: recorded.store().wish(run_id, "stop"), lambda info: info.state not in ACTIVE)


def resume(run_id: str) -> None:
    """Go on from the last checkpoint."""

    def ask() -> None:
        recorded.store().resume(run_id)
        nursery.poke()

    _switch(run_id, ask, lambda info: info.state != "queued")


def fork(run_id: str, step: int, changes: Mapping[str, Any]) -> None:
    """Train a fork of a run from the checkpoint at a step, with changes of its config; it becomes the current run.

    A double click makes one.
    """

    def create() -> None:
        if _asked_before((recorded.store().home, run_id, step, tuple(sorted(changes.items())))):
            return
        forked = recorded.store().fork(run_id, step, changes)
        nursery.poke()
        session.choose(forked)
        _settle(forked, lambda info: info.step > step)

    _try(create)


def rename(run_id: str, name: str) -> None:
    _try(lambda: recorded.store().rename(run_id, name))
    recorded.forget()


def star(run_id: str, starred: bool) -> None:
    """Mark a run as one that matters, or no longer."""
    _try(lambda: recorded.store().star(run_id, starred))
    recorded.forget()


def delete(run_id: str) -> None:
    """Remove a run and all it recorded; where it is the current one, the newest takes its place."""

    def remove() -> None:
        recorded.store().delete(run_id)
        recorded.forget_run(run_id)
        if session.run_id() == run_id:
            session.choose(None)

    _try(remove)


def open_recording(recording: Recording) -> None:
    """Put a watched run of another machine into the store, and make it the current one."""

    def add() -> None:
        run_id = recorded.store().add_recording(recording)
        recorded.forget()
        session.choose(run_id)

    _try(add)


def keep_words(dataset: Dataset) -> None:
    """Keep a list of words for later runs."""
    _try(lambda: recorded.store().keep_words(dataset))


def remove_words(sha256: str) -> None:
    """Forget a list of words that no run needs."""
    _try(lambda: recorded.store().remove_words(sha256))


def take_notice() -> str | None:
    """The sentence that the last verb left, once."""
    sentence = session.get(_NOTICE)
    session.put(_NOTICE, None)
    return sentence


def _asked_before(what: tuple) -> bool:
    """Within a double click. Streamlit, too, was seen to run a click's callback in two threads at once."""
    visitor, now = session.visitor(), time.monotonic()
    with _asking:
        last, at = _asked.get(visitor, (None, 0.0))
        if last == what and now - at < DOUBLE_CLICK:
            return True
        for old in [key for key, (_, then) in _asked.items() if now - then >= DOUBLE_CLICK]:
            del _asked[old]
        _asked[visitor] = (what, now)
        return False


def _switch(run_id: str, ask: Callable[[], None], done: Callable[[RunInfo], bool]) -> None:
    """A wish by the one button that plays, pauses and resumes: the second click of a double click means no other."""
    if not _asked_before((recorded.store().home, run_id)):
        _wish(run_id, ask, done)


def _wish(run_id: str, ask: Callable[[], None], done: Callable[[RunInfo], bool]) -> None:
    def asked() -> None:
        ask()
        _settle(run_id, done)

    _try(asked)


def _try(verb: Callable[[], None]) -> None:
    try:
        verb()
    except (StoreError, NotForkable, NotResumable, ModelTextError, DatasetError, ConfigError) as error:
        session.put(_NOTICE, str(error))


def _settle(run_id: str, done: Callable[[RunInfo], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not done(recorded.store().run(run_id)) and time.monotonic() < until:
        time.sleep(0.01)
    recorded.forget()
