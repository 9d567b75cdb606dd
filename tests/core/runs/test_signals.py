"""Ctrl-C and a friendly kill."""

import os
import signal

import pytest

from core.runs import signals
from core.runs.signals import Signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_and_what_was_there_before_comes_back(number):
    before = signal.getsignal(number)
    with Signals() as noted:
        assert noted.received is None
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)  # as `timeout` does: the same again at once means the same
        assert noted.received == number
    assert signal.getsignal(number) is before


def test_one_who_asks_again_later_is_not_kept_waiting():
    pid = os.fork()
    if pid == 0:
        signals.IMPATIENT = -1.0
        with Signals():
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGTERM
