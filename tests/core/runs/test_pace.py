"""How fast a run goes, by a clock of the test's."""

import pytest

from core.runs.pace import Pace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_pauses_are_left_out_of_the_average():
    clock = Clock()
    pace = Pace(clock)
    assert (pace.recent, pace.average) == (None, None)
    clock.now = 2.0
    pace.tick(100)
    assert pace.recent == 50
    clock.now = 50.0
    pace.start()
    clock.now = 51.0
    pace.tick(200)
    assert pace.average == pytest.approx(100)


def test_the_recent_speed_follows_within_seconds():
    clock = Clock()
    pace = Pace(clock)
    for _ in range(100):
        clock.now += 0.1
        pace.tick(100)
    assert pace.recent == pytest.approx(1000)
    for _ in range(50):
        clock.now += 0.1
        pace.tick(10)
    assert pace.recent == pytest.approx(100, rel=0.1)
    assert pace.average == pytest.approx(10_500 / 15)
