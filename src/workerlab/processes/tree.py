"""What the system knows about processes: their parents, their descendants, and what they leave.

Linux reports it in /proc. Where that is missing (macOS), the command `ps` reports most of it, at
the price of a process for each look; the rest is unknown, and said to be.
Imported by lifeline.py, which runs without the package; so only the standard library here.
"""

import os
import select
import sys
import time
from functools import cache

TYPE_CHECKING = False  # not from typing, whose import would take longer than all the others
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from _typeshed import FileDescriptorLike

__all__ = ["parents"]

PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4  # linux/prctl.h
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38


@cache
def has_proc() -> bool:
    """Whether this system reports in /proc what processes do."""
    return os.path.exists("/proc/self/stat")


def contents(path: str) -> bytes:
    """A whole file of /proc, at a third of what `open` takes: a look reads hundreds of them.

    Raises OSError.
    """
    number, parts = os.open(path, os.O_RDONLY | os.O_CLOEXEC), []
    try:
        while part := os.read(number, 4096):
            parts.append(part)
    finally:
        os.close(number)
    return b"".join(parts)


def parents() -> dict[int, int]:
    """Every process on this machine and its parent; zombies left out.

    From `ps`, an orphan's parent is the leader of its session: on a system that gives orphans to
    process 1, it is still known whose they are, unless they have left the session too.
    """
    if has_proc():
        return _parents_from_proc()
    table = look()
    found = {}
    for pid, (parent, state, _) in table.items():
        if not state.startswith("Z"):
            found[pid] = _session(pid, table) if parent == 1 else parent
    return found


def _parents_from_proc() -> dict[int, int]:
    known = ((int(name), _parent_from_proc(name)) for name in os.listdir("/proc") if name.isdigit())
    return {pid: parent for pid, parent in known if parent is not None}


def _parent_from_proc(pid: "int | str") -> "int | None":
    """The parent of a process; None if that has ended, or is a zombie."""
    try:
        state, parent = contents(f"/proc/{pid}/stat").rpartition(b")")[2].split()[:2]
    except OSError:
        return None
    return int(parent) if state not in b"ZX" or _has_threads(pid) else None


def alive(pids: "Iterable[int]") -> set[int]:
    """Those of `pids` that still run; a zombie does not."""
    if not has_proc():
        return set(pids) & parents().keys()
    return {pid for pid in pids if _parent_from_proc(pid) is not None}


def descends(pid: int, ancestor: int) -> bool:
    """Whether a live process descends from another one."""
    if not has_proc():
        return pid in descendants(ancestor)
    parent = _parent_from_proc(pid)
    while parent and parent != ancestor:
        parent = _parent_from_proc(parent)
    return parent == ancestor


def _session(pid: int, alive: dict[int, tuple[int, str, float]]) -> int:
    """The leader of an orphan's session, if it lives and is another process; else process 1."""
    try:
        leader = os.getsid(pid)
    except OSError:  # it ended while we looked
        return 1
    return leader if leader != pid and leader in alive else 1


def look() -> dict[int, tuple[int, str, float]]:
    """What `ps` reports of every process, by pid: parent, state, seconds on a processor.

    For a system without /proc. `ps` itself is left out: it is a child of this process.
    """
    import subprocess

    # Each column in an -o of its own: what follows a "=" may all be taken for a heading.
    columns = [word for name in ("pid", "ppid", "stat", "time") for word in ("-o", f"{name}=")]
    with subprocess.Popen(["ps", "-A", *columns], stdout=subprocess.PIPE, text=True) as ps:
        assert ps.stdout  # a pipe
        rows = [line.split() for line in ps.stdout]
    found = {}
    for pid, parent, *state, ran in rows:
        if int(pid) != ps.pid:
            found[int(pid)] = (int(parent), "".join(state), seconds(ran))
    return found


def seconds(printed: str) -> float:
    """The processor time that `ps` prints, as [[days-]hours:]minutes:seconds[.hundredths]."""
    days, _, clock = printed.rpartition("-")
    total = 0.0
    for part in clock.split(":"):
        total = 60 * total + float(part)
    return total + 86400 * int(days or 0)


def _ps(pid: int, column: str) -> str:
    """What `ps` reports of one process, in full; "" when it has ended."""
    import subprocess

    command = ["ps", "-ww", "-p", str(pid), "-o", f"{column}="]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()


def _has_threads(pid: "int | str") -> bool:
    """Whether a process whose main thread has ended goes on in others."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1
    except OSError:
        return False


def descendants(pid: int, known: dict[int, int] | None = None) -> list[int]:
    """The live processes that descend from `pid`, nearest first; `pid` itself left out.

    known   what `parents()` has just returned, when the caller needs that too
    """
    children: dict[int, list[int]] = {}
    for child, parent in (known or parents()).items():
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, ()))
    for process in found:
        found += children.get(process, ())
    return found


def seconds_kept_waiting(pid: int) -> float:
    """How long a process was ready to run and got no processor, since it started; 0 if unknown."""
    try:
        return int(contents(f"/proc/{pid}/schedstat").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def clock_of_unknown_waiting() -> "Callable[[], float]":
    """In place of `seconds_kept_waiting` where it is unknown (macOS): two thirds of the time
    since this call, in seconds. So a deadline is three times as long, and a busy machine fails
    no right answer."""
    began = time.monotonic()
    return lambda: (time.monotonic() - began) * 2 / 3


def send(pid: int, number: int) -> None:
    """Send a signal to a process that may have ended by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def name_of(pid: int) -> str:
    """A process's short name, without blanks."""
    if not has_proc():
        return "-".join(_ps(pid, "ucomm").split()) or "?"
    try:
        with open(f"/proc/{pid}/comm") as file:
            return "-".join(file.read().split())
    except OSError:
        return "?"


def own_number(pid: int) -> int:
    """The pid by which a process knows itself, which is another in a namespace of its own."""
    try:
        with open(f"/proc/{pid}/status") as file:
            numbers = next(line for line in file if line.startswith("NSpid:"))
        return int(numbers.split()[-1])
    except (OSError, StopIteration, ValueError):
        return pid


def program_of(pid: int) -> str:
    """The path of the program that a process runs; "" if it is unknown."""
    if not has_proc():
        return _ps(pid, "comm")
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def is_tracker(pid: int) -> bool:
    """Whether this is multiprocessing's resource tracker."""
    if not has_proc():
        return "multiprocessing.resource_tracker" in _ps(pid, "args")
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"multiprocessing.resource_tracker" in file.read()
    except OSError:
        return False


def process_control(option: int, value: int) -> bool:
    """Linux's prctl(2), which Python does not offer. Whether it was obeyed: elsewhere, never."""
    if sys.platform != "linux":
        return False
    import ctypes

    return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)


def watch(pid: int) -> "list[FileDescriptorLike]":
    """What `select` finds readable when the process ends: a descriptor from Linux, a queue of
    the system's events from macOS. Empty where there is neither, or the process has ended."""
    try:
        if not hasattr(select, "kqueue"):
            return [os.pidfd_open(pid)]
        macos: Any = select  # whose names a type checker on Linux does not know
        queue = macos.kqueue()
        ends = macos.kevent(pid, macos.KQ_FILTER_PROC, macos.KQ_EV_ADD, fflags=macos.KQ_NOTE_EXIT)
        queue.control([ends], 0)
    except (AttributeError, OSError):
        return []
    return [queue]


def remove_shared_memory(creators: set[int]) -> None:
    """Remove System V segments that these ended processes made (PostgreSQL, killed, leaves one)."""
    for segment, creator, attached in _segments_from_proc() or _segments_from_ipcs():
        if creator in creators and not attached:
            import ctypes

            ctypes.CDLL(None).shmctl(segment, 0, None)  # 0 is IPC_RMID


def _segments_from_proc() -> list[tuple[int, int, int]]:
    """Each segment's number, the process that made it, and how many have it."""
    try:
        with open("/proc/sysvipc/shm") as file:
            rows = [line.split() for line in file][1:]
    except OSError:
        return []
    return [(int(row[1]), int(row[4]), int(row[6])) for row in rows]


def _segments_from_ipcs() -> list[tuple[int, int, int]]:
    """The same from macOS's `ipcs`: T ID KEY MODE OWNER GROUP NATTCH CPID LPID, T being "m"."""
    if has_proc():
        return []
    import subprocess

    try:
        output = subprocess.run(
            ["ipcs", "-mop"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return []
    rows = [row for row in map(str.split, output.splitlines()) if len(row) == 9 and row[0] == "m"]
    return [(int(row[1]), int(row[7]), int(row[6])) for row in rows]
