"""What a tree of processes may hold: each with a small program that takes more."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxes import ended, python

from workerlab.processes import sandbox as sandbox_module
from workerlab.processes.child import Child
from workerlab.processes.limits import PAGE, Limits
from workerlab.processes.sandbox import Sandbox, confine
from workerlab.processes.tree import descendants

# Holds memory in `sys.argv[1]` processes of `sys.argv[2]` bytes each.
HOLDS = """
import os, sys
number, size = map(int, sys.argv[1:])
parent = os.getpid()
while number > 1 and os.getpid() == parent:
    number -= 1
    os.fork()
held = os.urandom(1 << 20) * (size >> 20)
read, write = os.pipe()
os.read(read, 1)  # for ever: we have both ends
"""
SHARES = """
import mmap, os, sys
number, size = map(int, sys.argv[1:])
held = mmap.mmap(-1, size)
held.write(bytes(size))
parent = os.getpid()
while number > 1 and os.getpid() == parent:
    number -= 1
    os.fork()
sum(held[::4096])  # each of them has all the pages now
read, write = os.pipe()
print("has", flush=True)
os.read(read, 1)
"""
MIB = 1 << 20


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    """A child with limits that are soon exceeded, and without bubblewrap: they hold there too."""
    monkeypatch.setattr(sandbox_module, "TREE_LIMITS", (f"memory={100 * MIB}", "processes=5"))
    confine(Sandbox(False))
    child = Child(in_sandbox=True)
    yield child
    confine(None)
    child.close(kill=True)


def run(child: Child, script: str, *words: int) -> None:
    child.open(python(script, *words))
    child.start()


def test_too_much_memory_ends_all_of_it_and_the_log_says_why(child: Child) -> None:
    run(child, HOLDS, 3, 60 * MIB)
    assert ended(child) == -signal.SIGKILL
    assert "ended by the grader: it held 1" in child.log and "the limit is 104 MB" in child.log
    assert _alive_below(child) == []


def test_too_many_processes_end_all_of_them_and_the_log_says_why(child: Child) -> None:
    run(child, HOLDS, 9, MIB)
    assert ended(child) == -signal.SIGKILL
    assert re.search(r"ended by the grader: it had [6-9] processes; the limit is 5", child.log)
    assert _alive_below(child) == []


def test_processes_that_start_processes_are_all_ended(child: Child) -> None:
    script = "import os\nfor depth in range(6): os.fork()\nos.read(os.pipe()[0], 1)"
    run(child, script)
    assert ended(child) == -signal.SIGKILL
    assert "the limit is 5" in child.log and _alive_below(child) == []


def test_within_its_limits_it_goes_on_and_shared_pages_count_once(child: Child) -> None:
    """Four processes with the same 60 MB are no 240 MB."""
    run(child, SHARES, 4, 60 * MIB)
    limits = Limits(100 * MIB, 5)
    _wait_for(lambda: child.log.count("has") == 4)
    pids = _alive_below(child)
    assert len(pids) == 4 and limits.exceeded(pids) == "" and child.poll() is None
    assert sum(_resident(pid) for pid in pids) > 200 * MIB, "naively added up, it is too much"
    assert "it held" in Limits(memory=50 * MIB).exceeded(pids)
    assert "it had 4 processes; the limit is 3" in Limits(processes=3).exceeded(pids)


def test_what_has_ended_holds_nothing_and_without_a_limit_nothing_looks() -> None:
    assert Limits(memory=1, processes=1).exceeded([2**22 + 1]) == ""
    assert Limits().every is None and Limits(memory=1).every == Limits(processes=1).every > 0
    assert "it held" in Limits(memory=1).exceeded([os.getpid()])


def test_a_command_in_no_sandbox_has_no_such_limits(child: Child) -> None:
    """The grader's own servers: a database has many processes."""
    ours = Child()
    try:
        run(ours, HOLDS, 9, MIB)
        _wait_for(lambda: len(_alive_below(ours)) == 9)
        run(child, HOLDS, 9, MIB)
        ended(child)  # the lifeline has looked by now
        assert ours.poll() is None and len(_alive_below(ours)) == 9
    finally:
        ours.close(kill=True)


def _alive_below(child: Child) -> list[int]:
    return descendants(child.lifeline_pid)


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def _wait_for(condition) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it did not come in time"
        time.sleep(0.005)
