"""Tried again where that can help, and stopped at once where that is wanted."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from shared_core.farm.attempts import Stop, repeat, run_command, stopped_by_signals


def _codes(*codes):
    left = list(codes)
    return lambda: left.pop(0)


@pytest.mark.parametrize(("codes", "attempts", "ends"), [
    ((75, 75, 0), 3, 0), ((75, 75, 75), 3, 75), ((75, 75, 0), 2, 75), ((2, 0), 3, 2), ((1, 0), 3, 1),
    ((0,), 3, 0),
])
def test_only_75_is_tried_again(codes, attempts, ends):
    assert repeat(_codes(*codes), attempts, Stop(), first_wait=0.0) == ends


def test_the_waits_double(capsys):
    began = time.monotonic()
    repeat(_codes(75, 75, 0), 3, Stop(), first_wait=0.1)
    assert 0.3 <= time.monotonic() - began < 1
    said = capsys.readouterr().out
    assert "attempt 1 of 3 ended with 75: again in 0.1 s" in said
    assert "attempt 2 of 3 ended with 75: again in 0.2 s" in said


def test_a_stop_ends_the_wait_with_143():
    stop = Stop()
    threading.Timer(0.1, stop.now).start()
    began = time.monotonic()
    assert repeat(_codes(75, 0), 3, stop, first_wait=60.0) == 143
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("code", "ends"), [
    ("raise SystemExit(2)", 2), ("", 0), ("import os; os.kill(os.getpid(), 9)", 75),
    ("import os; os.abort()", 75),
])
def test_a_command_ends_with_its_own_code_and_with_75_where_it_was_killed(code, ends, capfd):
    assert run_command([sys.executable, "-S", "-c", code], Stop()) == ends
    assert ("killed by SIG" in capfd.readouterr().err) == (ends == 75)


def test_a_program_that_is_not_there_is_named(capfd):
    assert run_command(["no-such-program"], Stop()) == 75
    assert "no-such-program: cannot be started: No such file" in capfd.readouterr().err


@pytest.mark.slow
def test_a_command_that_is_stopped_has_its_whole_grace():
    """The signal comes in the midst of a wait; clearing up may take longer than what is left of it."""
    tidy = "import signal, sys, time\ndef end(*_):\n    time.sleep(0.8)\n    sys.exit(143)\n" \
           "signal.signal(15, end)\ntime.sleep(60)"
    with stopped_by_signals() as stop:
        threading.Timer(1.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        assert run_command([sys.executable, "-S", "-c", tidy], stop) == 143, "75 where it was killed"


@pytest.mark.slow
def test_a_signal_reaches_the_command_and_one_that_ignores_it_is_killed():
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    with stopped_by_signals() as stop:
        threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM)).start()
        began = time.monotonic()
        assert repeat(lambda: run_command([sys.executable, "-S", "-c", deaf], stop), 3, stop) == 143
    assert time.monotonic() - began < 6
