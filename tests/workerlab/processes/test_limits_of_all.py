"""What all that belongs to a submission may hold together: its servers, its stores, and memory
that no process maps. Each time a small program hides what it takes from the limit of one tree."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from sandboxes import ended, python

from workerlab.processes import sandbox as sandbox_module
from workerlab.processes.child import Child
from workerlab.processes.limits import LOOK_AT_ALL, Limits
from workerlab.processes.sandbox import Sandbox, confine
from workerlab.servers import templates

MIB = 1 << 20
WAITS = "\nprint('has', flush=True)\nimport os\nos.read(os.pipe()[0], 1)"
HOLDS = "held = __import__('os').urandom(1 << 20) * 60" + WAITS
NAMELESS = """
import os
files = [os.memfd_create(f"file {n}") for n in range(3)]
for file in files:
    for _ in range(40):
        os.write(file, bytes(1 << 20))
"""
SEGMENT = """
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
number = libc.shmget(0, 120 << 20, 0o1600)
place = ctypes.c_void_p(libc.shmat(number, None, 0))
ctypes.memset(place, 1, 120 << 20)
libc.shmdt(place)
"""
SPINS = "while True: pass"

# All that this process has started counts: so nothing of another test may be there.
pytestmark = pytest.mark.serial


@pytest.fixture(autouse=True)
def confined(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No tree may hold 200 MB, and all of them together no more than 100."""
    templates.end()
    limits = (f"memory={200 * MIB}", "processes=5", f"all_memory={100 * MIB}", "all_processes=30")
    monkeypatch.setattr(sandbox_module, "TREE_LIMITS", limits)
    confine(Sandbox(False))
    yield
    confine(None)


def started(script: str, *, store: bool = False) -> Child:
    child = Child(in_sandbox=not store, store=store)
    child.open(python(script))
    child.start()
    return child


def first_to_end(*children: Child) -> Child:
    until = time.monotonic() + 20
    while not (gone := [child for child in children if child.poll() is not None]):
        assert time.monotonic() < until, "no process was ended"
        time.sleep(0.005)
    return gone[0]


def test_two_that_hold_a_little_each_hold_too_much_together() -> None:
    with closing(started(HOLDS)) as one, closing(started(HOLDS)) as other:
        gone = first_to_end(one, other)
        assert gone.status == -signal.SIGKILL
        logs = gone.log
    assert "together with its stores it held 1" in logs and "the limit is 104 MB" in logs


def test_what_its_store_holds_counts_and_the_store_is_not_ended_for_it() -> None:
    with closing(started(HOLDS, store=True)) as store, closing(started(HOLDS)) as child:
        assert ended(child) == -signal.SIGKILL and store.poll() is None
        assert "together with its stores it held 1" in child.log


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="only Linux has such files")
def test_a_file_without_a_name_counts_also_where_no_process_maps_it() -> None:
    with closing(started(NAMELESS + WAITS)) as child:
        assert ended(child) == -signal.SIGKILL
        assert "together with its stores it held 1" in child.log


def test_a_segment_that_no_process_has_counts_for_its_maker() -> None:
    with closing(started(SEGMENT + WAITS)) as child:
        assert ended(child) == -signal.SIGKILL
        assert "together with its stores it held 1" in child.log


def test_processor_time_counts_together(monkeypatch: pytest.MonkeyPatch) -> None:
    confine(replace(Sandbox(False), cpu=1.5))
    monkeypatch.setattr(sandbox_module, "TREE_LIMITS", ("processes=5",))
    with closing(started(SPINS)) as one, closing(started(SPINS)) as other:
        assert {ended(one), ended(other)} == {-signal.SIGKILL}
        assert "s of processor time; the limit is 1.5 s" in one.log + other.log


def test_what_lies_in_a_file_system_in_memory_counts() -> None:
    """Where that is the submission's own: its /tmp, /dev/shm and its stores' folder."""
    place = os.statvfs("/")
    used = (place.f_blocks - place.f_bfree) * place.f_frsize
    limits = Limits(all_memory=used // 2, all_processes=9, all_in="/:/nonexistent")
    told = [limits.exceeded_by_all(lambda: [os.getpid()]) for _ in range(LOOK_AT_ALL)]
    assert told[:-1] == [""] * (LOOK_AT_ALL - 1), "it is looked at now and then"
    assert told[-1].startswith("together with its stores it held")
    without = Limits(all_memory=4 * used, all_processes=9)
    assert [without.exceeded_by_all(lambda: [os.getpid()]) for _ in range(8)] == [""] * 8


def test_too_many_processes_together_and_no_limit_at_all() -> None:
    many = [*range(1, 40)]
    limits = Limits(all_memory=1 << 40, all_processes=30)
    told = [limits.exceeded_by_all(lambda: many) for _ in range(LOOK_AT_ALL)]
    assert told[-1] == "together with its stores it had 39 processes; the limit is 30"
    assert [Limits().exceeded_by_all(lambda: many) for _ in range(8)] == [""] * 8
