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
        if self.memory and sum(map(_resident, pids)) > self.memory:
            # Shared pages count once for each process until now; count shares instead.
            held = sum(map(_proportional, pids))
            if held > self.memory:
                return f"it held {held // 10**6} MB; the limit is {self.memory // 10**6} MB"
        return ""


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
