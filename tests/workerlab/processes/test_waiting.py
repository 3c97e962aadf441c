"""Time in which no processor was given counts for no deadline."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from loads import busy

from workerlab.processes import patience, waiting
from workerlab.processes.child import Child
from workerlab.processes.patience import Deadline, wait_to_read
from workerlab.processes.waiting import Waiting, threads

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
SPIN = "import os\nos.sched_setaffinity(0, [{core}])\nwhile True: pass"


@contextmanager
def spinning(count: int) -> Iterator[list[int]]:
    """So many processes that compute on one core; their pids."""
    script = SPIN.format(core=min(os.sched_getaffinity(0)))
    found = [subprocess.Popen([sys.executable, "-I", "-S", "-c", script]) for _ in range(count)]
    try:
        yield [each.pid for each in found]
    finally:
        for each in found:
            each.kill()
            each.wait()


def ran(pid: int) -> float:
    return sum(spent[0] for _, spent in threads(pid))


def until_it_ran(pid: int, seconds: float) -> None:
    before, until = ran(pid), time.monotonic() + 60
    while ran(pid) < before + seconds:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_who_waits_for_others_is_given_that_time():
    with spinning(4) as pids:
        counted = Waiting(lambda: pids[:1])
        until_it_ran(pids[0], 0.2)
        seconds = counted.seconds()
    assert seconds > 0.3  # three rivals had the core, and half of its own time is taken off
    assert counted.seconds() >= seconds  # also when it has ended


@pytest.mark.parametrize(
    ("spent", "seconds"),
    [
        ({"1": (10.0, 10.0), "2": (10.0, 10.0)}, 0.0),  # two that share one core
        ({"1": (1.0, 9.0), "2": (1.0, 9.0)}, 7.0),  # … with eight others
        ({"1": (0.0, 3.0), "2": (0.0, 0.0)}, 3.0),
    ],
)
def test_who_keep_each_other_waiting_are_given_nothing(
    spent: dict[str, tuple[float, float]], seconds: float, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waiting, "CORES", 1)
    monkeypatch.setattr(waiting, "threads", lambda pid: [])
    counted = Waiting(lambda: [1])
    monkeypatch.setattr(waiting, "threads", lambda pid: [*spent.items()])
    assert counted.seconds() == seconds


def test_a_deadline_is_put_off_by_what_was_not_given(monkeypatch: pytest.MonkeyPatch):
    class Kept:
        def seconds(self) -> float:
            return 0.3

    began = time.monotonic()
    deadline = Deadline(0.1, Kept())
    while not deadline.passed:
        time.sleep(0.01)
    assert time.monotonic() - began > 0.4
    monkeypatch.setattr(patience, "ours", Kept)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            wait_to_read(ours, 0.1)
        assert time.monotonic() - began > 0.4
        theirs.send(b"x")
        wait_to_read(ours, 0.1)


def test_threads_that_begin_to_wait_at_once_share_one_count(monkeypatch: pytest.MonkeyPatch):
    """Each would read of every thread of the others: twenty of them took a machine for half a minute."""
    begun = []

    class Counted:
        def __init__(self, _: object) -> None:
            begun.append(1)
            time.sleep(0.05)  # as long as a look may take

    monkeypatch.setattr(patience, "_last", None)
    monkeypatch.setattr(patience, "Waiting", Counted)
    with ThreadPoolExecutor(20) as pool:
        counts = {*pool.map(lambda _: patience.ours(), range(20))}
    assert len(counts) == len(begun) == 1


def test_what_comes_at_once_is_not_waited_for_with_a_count(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "ours", lambda: pytest.fail("a count was begun"))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"x")
        wait_to_read(ours, 0.1)


STOPS = """
import signal, sys, time
def stop(*_):
    end = time.process_time() + {seconds}
    while time.process_time() < end: pass
    sys.exit(7)
signal.signal(signal.SIGTERM, stop)
print("on", flush=True)
while True: signal.pause()
"""


def stopped(seconds: float, patience_s: float) -> Child:
    """A command that computes for so long before it ends, and has been told to end."""
    child = Child(patience=patience_s)
    child.open([sys.executable, "-I", "-S", "-c", STOPS.format(seconds=seconds)])
    child.start()
    while "on" not in child.log:
        time.sleep(0.01)
    child.stop()
    child.close()
    return child


def test_a_command_that_computes_too_long_is_killed_on_a_quiet_machine():
    assert stopped(5.0, patience_s=0.3).status == -9


@pytest.mark.nightly
def test_a_command_may_end_as_late_as_a_busy_machine_lets_it():
    with busy():
        began = time.monotonic()
        child = stopped(0.5, patience_s=1.0)
    assert child.status == 7 and child.left_behind == []
    assert time.monotonic() - began > 1.0, "the machine was not busy: this showed nothing"
