"""Whether anybody in a family of processes could still move.

A worker that was let go and stays silent is either working or waiting for somebody else.
It waits only if *nobody* works: not the worker, not the store it talks to. In a live chain
of messages somebody is always runnable, since a sender makes the receiver runnable in the
act of sending; so a whole family asleep means that the silent worker waits for a lock or a timer.

Linux tells this of each thread, in /proc. Without it (macOS) `ps` tells it of each process: one
state for all its threads, that of the busiest. How often a process has had a turn is then not
told at all, so whoever asks has to take it that something happened.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from workerlab.processes import tree
from workerlab.processes.tree import has_proc, seconds_kept_waiting

_WORKING = "RDU"  # running, or waiting for a disk that will answer by itself (U is macOS's D)
PROC = Path("/proc")


def at_work(roots: Iterable[int]) -> set[int]:
    """Who is at work at this moment, of these processes and everything they started.

    The numbers of their threads; from `ps`, of the tree.
    """
    if has_proc():
        return busy_threads(descendants(roots))
    table = tree.look()
    family = set(roots) & table.keys()
    while more := {pid for pid, row in table.items() if row[0] in family} - family:
        family |= more
    return {pid for pid in family if table[pid][1][:1] in _WORKING}


def busy_threads(pids: Iterable[int]) -> set[int]:
    """Those at work of these processes alone, by the same numbers."""
    if not has_proc():
        table = tree.look()
        return {pid for pid in pids if pid in table and table[pid][1][:1] in _WORKING}
    return {
        int(thread) for pid in pids for thread in _threads(pid) if _state(pid, thread) in _WORKING
    }


def seconds_on_cpu(pid: int) -> float:
    """How long the process has had a processor so far, in seconds, over all its threads."""
    if not has_proc():
        return tree.look().get(pid, (0, "", 0.0))[2]
    return sum(counts[0] for counts in _schedstats(pid)) / 1e9


def turns(pids: Iterable[int]) -> int | None:
    """How often these processes have been given a processor so far: whoever is asked wakes up.

    None where that is not told.
    """
    if not has_proc():
        return None
    return sum(counts[2] for pid in pids for counts in _schedstats(pid))


def clock_of_waiting(pids: Iterable[int]) -> Callable[[], float]:
    """Tells how long, in seconds, the one delayed most was kept from a processor since this call.

    Whoever has ended meanwhile counts no more.
    """
    if not has_proc():
        return tree.clock_of_unknown_waiting()
    before = {pid: seconds_kept_waiting(pid) for pid in pids}
    return lambda: max((seconds_kept_waiting(pid) - t for pid, t in before.items()), default=0.0)


def descendants(roots: Iterable[int]) -> list[int]:
    """From /proc: the processes themselves and everything they started that still lives."""
    found, waiting = [], list(roots)
    while waiting:
        pid = waiting.pop()
        if pid in found:
            continue
        found.append(pid)
        for thread in _threads(pid):
            try:
                text = (PROC / str(pid) / "task" / thread / "children").read_text()
            except OSError:
                continue
            waiting += map(int, text.split())
    return found


def _threads(pid: int) -> list[str]:
    try:
        return [entry.name for entry in (PROC / str(pid) / "task").iterdir()]
    except OSError:  # it has ended
        return []


def _state(pid: int, thread: str) -> str:
    try:
        return (
            (PROC / str(pid) / "task" / thread / "stat").read_text().rpartition(")")[2].split()[0]
        )
    except (OSError, IndexError):
        return "X"


def _schedstats(pid: int) -> list[list[int]]:
    """Of each thread: nanoseconds on a processor, nanoseconds it waited for one, turns."""
    found = []
    for thread in _threads(pid):
        try:
            text = (PROC / str(pid) / "task" / thread / "schedstat").read_text()
            running, waiting, given = map(int, text.split())
        except (OSError, ValueError):
            continue
        found.append([running, waiting, given])
    return found
