"""Values that all sessions of the server share, computed once however many ask.

>>> shared = Shared(seconds=0.4)
>>> shared.get(("loss", run_id), lambda: expensive(run_id))     # computed; the next 0.4 s, handed out
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")
_all: list["Shared"] = []  # each is made once, as a module is imported


def forget_run(run_id: str) -> None:
    """Drop what any `Shared` keeps of a run: its id is part of each key of such a value, which is a tuple."""
    for shared in list(_all):
        shared.drop_where(lambda key: isinstance(key, tuple) and run_id in key)


class Shared:
    """A small cache with an age limit: of many threads that want one key at the same moment, one computes.

    Where a key is forgotten or makes room meanwhile, two may: `compute` keeps its own order (see `feeds/recorded.py`).
    Values must not be changed by those who get them. An exception is not kept: it reaches whoever computed, and the
    next one tries again. `clock` is injected so that tests need not wait.
    """

    def __init__(self, seconds: float, size: int = 256, clock: Callable[[], float] = time.monotonic):
        self._seconds, self._size, self._clock = seconds, size, clock
        self._lock = threading.Lock()
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()
        _all.append(self)

    def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            if len(self._slots) > self._size:
                self._slots.popitem(last=False)
        with slot.lock:
            if slot.until is None or self._clock() >= slot.until:
                slot.value = compute()
                slot.until = self._clock() + self._seconds
            return slot.value

    def values(self) -> list:
        """All that is computed and kept, the longest unused first."""
        with self._lock:
            return [slot.value for slot in self._slots.values() if slot.until is not None]

    def drop(self, key: Hashable) -> None:
        """Forget one value."""
        with self._lock:
            self._slots.pop(key, None)

    def drop_where(self, unwanted: Callable[[Hashable], bool]) -> None:
        """Forget all values whose key is unwanted."""
        with self._lock:
            for key in [key for key in self._slots if unwanted(key)]:
                del self._slots[key]

    def clear(self) -> None:
        with self._lock:
            self._slots.clear()


class _Slot:
    def __init__(self):
        self.lock = threading.Lock()
        self.until: float | None = None
        self.value = None
