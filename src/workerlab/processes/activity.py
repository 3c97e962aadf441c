"""Whether any process in a process tree is at work.

A worker that was let go and stays silent is either working or waiting for another process. It
waits only if *no* process works: neither the worker nor the store that it talks to. In a live
chain of messages one process is always runnable, since sending a message makes the receiver
runnable. So a whole process tree asleep means that the silent worker waits for a lock or a timer.

Linux reports the state of each thread, in /proc. Without it (macOS) `ps` reports one state for
each process, that of its busiest thread. Nothing then reports how often a process has run, so the
caller must assume that something happened.
"""

import os
from collections.abc import Callable, Iterable

from workerlab.processes.tree import (
    clock_of_unknown_waiting,
    contents,
    has_proc,
    look,
    seconds_kept_waiting,
)

_WORKING = "RDU"  # running, or waiting for a disk that will answer by itself (U is macOS's D)


def at_work(roots: Iterable[int]) -> set[int]:
    """Which of these processes and their with_descendants are at work at this moment.

    The numbers of their threads; from `ps`, of their processes.
    """
    if has_proc():
        return busy_threads(with_descendants(roots))
    table = look()
    pids = set(roots) & table.keys()
    while more := {pid for pid, row in table.items() if row[0] in pids} - pids:
        pids |= more
    return {pid for pid in pids if table[pid][1][:1] in _WORKING}


def busy_threads(pids: Iterable[int]) -> set[int]:
    """Which of these processes alone are at work, by the same numbers."""
    if not has_proc():
        table = look()
        return {pid for pid in pids if pid in table and table[pid][1][:1] in _WORKING}
    return {
        int(thread) for pid in pids for thread in _threads(pid) if _state(pid, thread) in _WORKING
    }


def seconds_on_cpu(pid: int) -> float:
    """How long the process has had a processor so far, in seconds, over all its threads."""
    if not has_proc():
        return look().get(pid, (0, "", 0.0))[2]
    return sum(counts[0] for counts in _schedstats(pid)) / 1e9


def turns(pids: Iterable[int]) -> int | None:
    """How often these processes have been given a processor so far: a process that gets a request wakes up.

    None where the system does not report it.
    """
    if not has_proc():
        return None
    return sum(counts[2] for pid in pids for counts in _schedstats(pid))


def clock_of_waiting(pids: Iterable[int]) -> Callable[[], float]:
    """A function: how long, in seconds, the most delayed process has waited for a processor since now.

    A process that has ended no longer counts.
    """
    if not has_proc():
        return clock_of_unknown_waiting()
    before = {pid: seconds_kept_waiting(pid) for pid in pids}
    return lambda: max((seconds_kept_waiting(pid) - t for pid, t in before.items()), default=0.0)


def with_descendants(roots: Iterable[int]) -> list[int]:
    """From /proc: the processes themselves and everything they started that still lives."""
    found, waiting = [], list(roots)
    while waiting:
        pid = waiting.pop()
        if pid in found:
            continue
        found.append(pid)
        for thread in _threads(pid):
            waiting += map(int, _read(pid, thread, "children").split())
    return found


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:  # it has ended
        return []


def _read(pid: int, thread: str, name: str) -> bytes:
    """A file about a thread; empty when the thread has ended."""
    try:
        return contents(f"/proc/{pid}/task/{thread}/{name}")
    except OSError:
        return b""


def _state(pid: int, thread: str) -> str:
    """A letter; X for a thread that has ended."""
    rest = _read(pid, thread, "stat").rpartition(b") ")[2]
    return chr(rest[0]) if rest else "X"


def _schedstats(pid: int) -> list[list[int]]:
    """Of each thread: nanoseconds on a processor, nanoseconds it waited for one, turns."""
    texts = (_read(pid, thread, "schedstat") for thread in _threads(pid))
    return [[*map(int, text.split())] for text in texts if text]
