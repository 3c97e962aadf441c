"""Whether anybody in a family of processes could still move.

A worker that was let go and stays silent is either working or waiting for somebody else.
It waits only if *nobody* works: not the worker, not the store it talks to. In a live chain
of messages somebody is always runnable, since a sender makes the receiver runnable in the
act of sending; so a whole family asleep means that the silent worker waits for a lock or a timer.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from workerlab.servers.processes import seconds_kept_waiting

_WORKING = "RD"  # running, or waiting for a disk that will answer by itself
PROC = Path("/proc")


def readable() -> bool:
    """Whether this system tells what processes do (Linux does, macOS does not)."""
    return (PROC / "self/stat").exists()


def _threads(pid: int) -> list[str]:
    try:
        return [entry.name for entry in (PROC / str(pid) / "task").iterdir()]
    except OSError:  # it has ended
        return []


def descendants(roots: Iterable[int]) -> list[int]:
    """The processes themselves and everything they started that still lives."""
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


def _state(pid: int, thread: str) -> str:
    try:
        return (
            (PROC / str(pid) / "task" / thread / "stat").read_text().rpartition(")")[2].split()[0]
        )
    except (OSError, IndexError):
        return "X"


def busy_threads(pids: Iterable[int]) -> set[int]:
    """The threads of these processes that are at work at this moment."""
    return {
        int(thread) for pid in pids for thread in _threads(pid) if _state(pid, thread) in _WORKING
    }


def seconds_on_cpu(pid: int) -> float:
    """How long the process has had a processor so far, in seconds, over all its threads."""
    total = 0
    for thread in _threads(pid):
        try:
            text = (PROC / str(pid) / "task" / thread / "schedstat").read_text()
            total += int(text.split()[0])
        except (OSError, IndexError, ValueError):
            continue
    return total / 1e9


def turns(pids: Iterable[int]) -> int:
    """How often these processes have been given a processor so far: whoever is asked wakes up."""
    total = 0
    for pid in pids:
        for thread in _threads(pid):
            try:
                text = (PROC / str(pid) / "task" / thread / "schedstat").read_text()
                total += int(text.split()[2])
            except (OSError, IndexError, ValueError):
                continue
    return total


def clock_of_waiting(pids: Iterable[int]) -> Callable[[], float]:
    """Tells how long, in seconds, the one delayed most was kept from a processor since this call.

    Whoever has ended meanwhile counts no more.
    """
    before = {pid: seconds_kept_waiting(pid) for pid in pids}
    return lambda: max((seconds_kept_waiting(pid) - t for pid, t in before.items()), default=0.0)
