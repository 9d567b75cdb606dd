"""What many sessions ask for at once is computed once."""

import threading

import pytest

from explorer.shared import Shared, forget_run


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_handed_out_until_its_time_is_over():
    clock, calls = Clock(), []
    shared = Shared(seconds=0.4, clock=clock)
    for clock.now in (0.0, 0.1, 0.39, 0.4, 0.5):
        shared.get("key", lambda: calls.append(clock.now))
    assert calls == [0.0, 0.4]


def test_thirty_threads_cost_one_computation():
    shared, calls, start = Shared(seconds=60), [], threading.Barrier(30)

    def ask():
        start.wait()
        shared.get("key", lambda: calls.append(1))

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]


def test_an_error_is_not_kept():
    shared = Shared(seconds=60)
    with pytest.raises(ZeroDivisionError):
        shared.get("key", lambda: 1 / 0)
    assert shared.get("key", lambda: 7) == 7


def test_the_oldest_key_makes_room():
    shared, calls = Shared(seconds=60, size=2), []
    for key in ("a", "b", "c", "b", "a"):
        shared.get(key, lambda key=key: calls.append(key))
    assert calls == ["a", "b", "c", "a"]


def test_clear_forgets_everything():
    shared = Shared(seconds=60)
    assert shared.get("key", lambda: 1) == 1
    shared.clear()
    assert shared.get("key", lambda: 2) == 2


def test_a_run_that_is_no_more_is_dropped_from_all():
    """Whatever else is part of a key; values of other runs, and of no run, stay."""
    first, other = Shared(seconds=60), Shared(seconds=60)
    for shared in (first, other):
        for key in (("home", "a"), ("frame", "home", "a", None), ("home", "b"), "a"):
            shared.get(key, lambda key=key: key)
    forget_run("a")
    for shared in (first, other):
        assert shared.values() == [("home", "b"), "a"]
