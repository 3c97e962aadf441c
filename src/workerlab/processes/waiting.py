"""How long processes were ready to run and got no processor: time in which nobody may be judged.

On a busy machine every deadline by the clock can be reached by an app that is right. So a deadline
is put off by the seconds for which the most delayed thread of the processes concerned was kept
waiting by *others*. Threads that keep each other waiting, in an endless loop say, gain nothing by
that: what they ran themselves is taken off. Imported by lifeline.py, which runs without the
package; so only the standard library here.
"""

import os
import time

TYPE_CHECKING = False  # not from typing, whose import would take longer than all the others
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
UNKNOWN = (
    2 / 3
)  # of the time since, where the system does not tell: a deadline is three times as long


class Waiting:
    """Counts from when it is made. What has ended no longer counts, but the sum never falls.

    everybody   gives the processes, also those that have come since
    """

    def __init__(self, everybody: "Callable[[], Iterable[int]]") -> None:
        self._everybody = everybody
        self._began = time.monotonic()
        self._known = os.path.exists("/proc/self/schedstat")
        self._before = self._threads() if self._known else {}
        self._most = 0.0

    def seconds(self) -> float:
        """How long the most delayed of their threads was kept waiting by others, in seconds."""
        if not self._known:
            return (time.monotonic() - self._began) * UNKNOWN
        now = self._threads()
        ran, waited = [
            [spent[n] - self._before.get(thread, (0.0, 0.0))[n] for thread, spent in now.items()]
            for n in (0, 1)
        ]
        self._most = max(self._most, max(waited, default=0.0) - sum(ran) / CORES)
        return self._most

    def _threads(self) -> "dict[str, tuple[float, float]]":
        return {thread: spent for pid in self._everybody() for thread, spent in threads(pid)}


def threads(pid: int) -> "list[tuple[str, tuple[float, float]]]":
    """Of each thread of a process: its number, and the seconds that it ran and was kept waiting."""
    found = []
    try:
        names = os.listdir(f"/proc/{pid}/task")
    except OSError:  # it has ended
        return []
    for name in names:
        try:
            ran, waited, _ = _line(f"/proc/{pid}/task/{name}/schedstat").split()
        except (OSError, ValueError):
            continue
        found.append((name, (int(ran) / 1e9, int(waited) / 1e9)))
    return found


def _line(path: str) -> bytes:
    """A file of one line, at a third of what `open` takes: a look reads one for each thread."""
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(number, 200)
    finally:
        os.close(number)
