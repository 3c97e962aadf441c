"""How much a command and everything that it started may hold. Imported by lifeline.py.

Besides its own process tree, a command may be measured together with all that belongs to the
same submission: its other servers and its stores, and the memory that no process maps:
files in its writable file systems in memory, files without a name that a process holds open, and
segments of System V.
"""

import os

TYPE_CHECKING = False  # not from typing, whose import would take longer than all the others
if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
LOOK = 0.25  # seconds between two looks
LOOK_AT_ALL = 4  # … of which every so many is a look at everything
NAMELESS = "/memfd:"  # what the names of files in memory that have no name begin with


class Limits:
    """`memory` in bytes and `processes`, for a whole process tree; 0 is no limit.

    all_memory, all_processes, all_cpu   the same, and seconds of processor time, for all that
                                         the tree's caller has started
    all_in                               file systems in memory that count, with ":" between them
    """

    def __init__(
        self,
        memory: int = 0,
        processes: int = 0,
        all_memory: int = 0,
        all_processes: int = 0,
        all_cpu: float = 0,
        all_in: str = "",
    ) -> None:
        self.memory, self.processes = memory, processes
        self.all_memory, self.all_processes, self.all_cpu = all_memory, all_processes, all_cpu
        self.all_in = [place for place in all_in.split(":") if place]
        self._all = bool(all_memory or all_processes or all_cpu)
        self._looks = 0

    @classmethod
    def from_options(cls, options: dict[str, str]) -> "Limits":
        """The limits among a lifeline's options."""
        numbers = ("memory", "processes", "all_memory", "all_processes")
        given = {name: int(options[name]) for name in numbers if name in options}
        cpu, places = float(options.get("all_cpu", 0)), options.get("all_in", "")
        return cls(**given, all_cpu=cpu, all_in=places)

    @property
    def every(self) -> float | None:
        """Seconds after which to look again; None when nothing is limited."""
        return LOOK if self.memory or self.processes else None

    def exceeded(self, pids: list[int]) -> str:
        """What these processes have too much of; "" when they may go on."""
        if self.processes and len(pids) > self.processes:
            return f"it had {len(pids)} processes; the limit is {self.processes}"
        if self.memory and not os.path.exists("/proc/self/stat"):
            held = _resident_from_ps(pids)  # shared pages once for each: the shares are unknown
            if held > self.memory:
                return _too_much(held, self.memory)
        elif self.memory and sum(map(_resident, pids)) > self.memory:
            # Shared pages count once for each process until now; count shares instead.
            held = sum(map(_proportional, pids))
            if held > self.memory:
                return _too_much(held, self.memory)
        return ""

    def exceeded_by_all(self, all_pids: "Callable[[], list[int]]") -> str:
        """What all of the submission has too much of; `all_pids()` lists its processes.

        "" when it may go on, and when it is not yet time to look again.
        """
        self._looks += 1
        if not self._all or self._looks % LOOK_AT_ALL or not os.path.exists("/proc/self/stat"):
            return ""
        pids = all_pids()
        together = "together with its stores "
        if self.all_processes and len(pids) > self.all_processes:
            return f"{together}it had {len(pids)} processes; the limit is {self.all_processes}"
        if self.all_cpu and (used := sum(map(_ran, pids))) > self.all_cpu:
            return (
                f"{together}it used {used:.0f} s of processor time; the limit is {self.all_cpu:g} s"
            )
        if not self.all_memory:
            return ""
        files = sum(map(_kept_in, self.all_in)) + _nameless(pids) + _segments(pids)
        if files + sum(map(_resident, pids)) > self.all_memory:
            held = _without_sharing(pids, files)
            if held > self.all_memory:
                return together + _too_much(held, self.all_memory)
        return ""


def _too_much(held: int, limit: int) -> str:
    return f"it held {held // 10**6} MB; the limit is {limit // 10**6} MB"


def _resident_from_ps(pids: list[int]) -> int:
    """What processes hold in memory, in bytes, where there is no /proc (macOS)."""
    import subprocess

    command = ["ps", "-o", "rss=", "-p", ",".join(map(str, pids))]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout
    return 1024 * sum(map(int, output.split()))


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _proportional(pid: int) -> int:
    """A process's memory, of shared pages its share; all that is resident if that is unknown."""
    return _shares(pid).get("Pss") or _resident(pid)


def _shares(pid: int) -> dict[str, int]:
    """The proportional memory of a process in bytes: Pss, and of that Pss_Shmem and others."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            lines = [line.split() for line in file if line.startswith("Pss")]
        return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines}
    except (OSError, IndexError, ValueError):
        return {}


def _without_sharing(pids: list[int], files: int) -> int:
    """The memory of processes and of files in memory, what a process maps of these counted once."""
    shares = [_shares(pid) or {"Pss": _resident(pid)} for pid in pids]
    mapped = sum(share.get("Pss_Shmem", 0) for share in shares)
    return sum(share["Pss"] for share in shares) - mapped + max(mapped, files)


def _ran(pid: int) -> float:
    """Seconds that a process, and those of its children that have ended, had a processor."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            words = file.read().rpartition(b")")[2].split()
        return sum(map(int, words[11:15])) / TICKS
    except (OSError, ValueError):
        return 0.0


def _kept_in(place: str) -> int:
    """How much lies in a file system, in bytes."""
    try:
        room = os.statvfs(place)
    except OSError:
        return 0
    return (room.f_blocks - room.f_bfree) * room.f_frsize


def _nameless(pids: list[int]) -> int:
    """How much is in the files without a name that these processes hold open, in bytes."""
    found = {}
    for pid in pids:
        try:
            for entry in os.scandir(f"/proc/{pid}/fd"):
                if os.readlink(entry.path).startswith(NAMELESS):
                    status = os.stat(entry.path)
                    found[status.st_dev, status.st_ino] = status.st_blocks * 512
        except OSError:  # it has ended, or is not ours to look at
            continue
    return sum(found.values())


def _segments(pids: list[int]) -> int:
    """How much is in the System V segments that these processes made, in bytes."""
    try:
        with open("/proc/sysvipc/shm") as file:
            rows = [line.split() for line in file][1:]
    except OSError:
        return 0
    return sum(int(row[14]) for row in rows if len(row) > 14 and int(row[4]) in pids)
