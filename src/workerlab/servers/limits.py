"""How much a command and everything that it started may hold. Imported by lifeline.py."""

import os

PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK = 0.25  # seconds between two looks


class Limits:
    """`memory` in bytes and `processes`, for a whole tree of processes; 0 is no limit."""

    def __init__(self, memory: int = 0, processes: int = 0) -> None:
        self.memory, self.processes = memory, processes

    @property
    def every(self) -> float | None:
        """Seconds after which to look again; None when nothing is limited."""
        return LOOK if self.memory or self.processes else None

    def exceeded(self, pids: list[int]) -> str:
        """What these processes have too much of; "" when they may go on."""
        if self.processes and len(pids) > self.processes:
            return f"it had {len(pids)} processes; the limit is {self.processes}"
        if self.memory and not os.path.exists("/proc/self/stat"):
            held = _resident_from_ps(pids)  # shared pages once for each: nothing tells the shares
            if held > self.memory:
                return self._too_much(held)
        elif self.memory and sum(map(_resident, pids)) > self.memory:
            # Shared pages count once for each process until now; count shares instead.
            held = sum(map(_proportional, pids))
            if held > self.memory:
                return self._too_much(held)
        return ""

    def _too_much(self, held: int) -> str:
        return f"it held {held // 10**6} MB; the limit is {self.memory // 10**6} MB"


def _resident_from_ps(pids: list[int]) -> int:
    """What processes hold in memory, in bytes, where there is no /proc (macOS)."""
    import subprocess

    command = ["ps", "-o", "rss=", "-p", ",".join(map(str, pids))]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout
    return 1024 * sum(map(int, told.split()))


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _proportional(pid: int) -> int:
    """A process's memory, of shared pages its share; all that is resident if that is not told."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            lines = dict(line.split(":", 1) for line in file if line.startswith("Pss:"))
        return int(lines["Pss"].split()[0]) * 1024
    except (OSError, KeyError, IndexError, ValueError):
        return _resident(pid)
